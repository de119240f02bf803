//! Whether this caller may call this method.

use super::authorizer::Authorized;
use super::{Aimed, ApiRequest, Known, Refusal};
use crate::ApiGateway;
use crate::state::{AuthorizationType, EndpointType, RestApi};
use policy::{Document, Outcome, Principal};
use service::{Access, Call, Caller, Denial, ServiceError, SessionFacts, Signer, Verdict, global_keys};
use std::sync::Arc;

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

/// A private API answers only through an endpoint for `execute-api`, and the endpoint leads to
/// no other API: a trap that AWS documents.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
pub(super) fn may_come_this_way(api: &RestApi, request: &ApiRequest<'_>) -> Result<(), Refusal> {
    let forbidden = |reason: &str| Err(Refusal::forbidden(reason.to_owned()));
    match (&request.source.endpoint, api.endpoint) {
        _ if api.disable_execute_api_endpoint && request.base_path.is_none() => {
            forbidden("the API's execute-api endpoint is disabled")
        }
        (None, EndpointType::Private) => {
            forbidden("the API is private: it answers only through a VPC endpoint for execute-api")
        }
        (Some(_), EndpointType::Edge | EndpointType::Regional) => forbidden(
            "the request came through a VPC endpoint for execute-api, which leads to private APIs only; \
             without private DNS on the endpoint the name leads to the public address",
        ),
        _ => Ok(()),
    }
}

impl ApiGateway {
    /// Finds out who calls, as far as the method asks, and whether they may.
    pub(super) async fn authorize(&self, aimed: &Aimed<'_>, known: &mut Known) -> Result<(), Refusal> {
        let document = aimed.api.policy.clone();
        match aimed.matched.method.authorization {
            AuthorizationType::Iam => {
                let call = signed(aimed)?;
                self.ask(aimed, call, document)?;
                known.caller = Some(call.caller.clone());
            }
            AuthorizationType::None => {
                // Without a policy everybody may call, except a private API, which needs one.
                if document.is_some() || aimed.api.endpoint == EndpointType::Private {
                    self.ask(aimed, &anonymous(aimed), document)?;
                }
            }
            AuthorizationType::Custom => {
                let call = anonymous(aimed);
                self.check_endpoint(aimed, &call)?;
                let authorized = self.ask_authorizer(aimed).await?;
                decide(aimed, &authorized, &call, document.as_ref())?;
                known.authorized = Some(authorized);
            }
        }
        Ok(())
    }

    /// The policy of the endpoint that the request came through must allow it, whatever an authorizer
    /// says. A policy that allows everything stands where the API's own would.
    fn check_endpoint(&self, aimed: &Aimed<'_>, call: &Call) -> Result<(), Refusal> {
        if aimed.request.source.endpoint.is_none() {
            return Ok(());
        }
        let everything = Document::parse(EVERYTHING).map_err(ServiceError::internal)?;
        self.ask(aimed, call, Some(Arc::new(everything)))
    }

    fn ask(&self, aimed: &Aimed<'_>, call: &Call, document: Option<Arc<Document>>) -> Result<(), Refusal> {
        let access = Access::to("execute-api:Invoke", aimed.arn()).resource_policy(document);
        match self.needs.policies.decide(call, &access)? {
            Verdict::Allowed => Ok(()),
            Verdict::Denied { message, decision } => {
                let denial = Denial {
                    action: access.action,
                    resource: access.resource,
                    decision,
                    remarks: Vec::new(),
                };
                Err(Refusal::denied(message, denial))
            }
        }
    }
}

/// The authorizer's policy and the API's decide together.
fn decide(
    aimed: &Aimed<'_>,
    authorized: &Authorized,
    call: &Call,
    document: Option<&Arc<Document>>,
) -> Result<(), Refusal> {
    let (account, resource) = (&aimed.api.scope.account, aimed.arn());
    if document.is_none() && aimed.api.endpoint == EndpointType::Private {
        return Err(Refusal::forbidden("a private API needs a resource policy".to_owned()));
    }
    let decision = authorized.answer.decide(account, &resource, global_keys(call), document);
    if decision.is_allowed() {
        return Ok(());
    }
    let message = match decision.outcome {
        Outcome::ExplicitDeny(_) => "User is not authorized to access this resource with an explicit deny",
        _ => "User is not authorized to access this resource",
    };
    let denial = Denial {
        action: "execute-api:Invoke".to_owned(),
        resource,
        decision: Some(Box::new(decision)),
        remarks: Vec::new(),
    };
    Err(Refusal::denied(message.to_owned(), denial))
}

fn signed<'a>(aimed: &'a Aimed<'_>) -> Result<&'a Call, Refusal> {
    match &aimed.request.signer {
        Signer::Caller(call) => Ok(call),
        Signer::Nobody => Err(Refusal::missing_token("the method wants a signature (AWS_IAM)".to_owned())),
        Signer::Invalid { code, message } => Err(Refusal::invalid_signature(code, message)),
    }
}

/// A call by nobody, for the API's policy to decide about.
fn anonymous(aimed: &Aimed<'_>) -> Call {
    let request = aimed.request;
    Call {
        caller: Caller {
            principal: Principal::Anonymous,
            account: aimed.api.scope.account.clone(),
            access_key_id: String::new(),
            session_policies: Vec::new(),
            session_started: None,
            session_facts: SessionFacts::default(),
        },
        scope: aimed.api.scope.clone(),
        request_id: request.request_id.to_owned(),
        now: request.now,
        source: request.source.clone(),
        user_agent: request.http.header("user-agent").map(str::to_owned),
    }
}
