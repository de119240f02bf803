//! Whether this caller may call this method.

use super::{Aimed, Refusal, Signer};
use crate::ApiGateway;
use crate::state::{AuthorizationType, EndpointType, RestApi};
use policy::{Document, Principal};
use service::{Access, Call, Caller, Denial, SessionFacts, Source, Verdict};
use std::sync::Arc;

/// A private API answers only through an endpoint for `execute-api`, and the endpoint leads to
/// no other API: a trap that AWS documents.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
pub(super) fn may_come_this_way(api: &RestApi, source: &Source) -> Result<(), Refusal> {
    let forbidden = |reason: &str| Err(Refusal::forbidden(reason.to_owned()));
    match (&source.endpoint, api.endpoint) {
        _ if api.disable_execute_api_endpoint => forbidden("the API's execute-api endpoint is disabled"),
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
    /// The caller, when the method asks who it is.
    pub(super) fn authorize(&self, aimed: &Aimed<'_>) -> Result<Option<Caller>, Refusal> {
        let document = aimed.api.policy.clone();
        match aimed.matched.method.authorization {
            AuthorizationType::Iam => {
                let call = signed(aimed)?;
                self.ask(aimed, call, document)?;
                Ok(Some(call.caller.clone()))
            }
            AuthorizationType::None => {
                // Without a policy everybody may call, except a private API, which needs one.
                if document.is_some() || aimed.api.endpoint == EndpointType::Private {
                    self.ask(aimed, &anonymous(aimed), document)?;
                }
                Ok(None)
            }
        }
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
