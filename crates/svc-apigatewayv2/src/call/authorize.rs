//! Whether this caller may call this route.

use super::{Aimed, ApiRequest, Refusal};
use crate::ApiGatewayV2;
use crate::state::{AuthorizationType, Authorizer, Content, Route};
use base::Scope;
use policy::{Context, Principal};
use serde_json::{Map, Value};
use service::{Access, Call, Denial, SessionFacts, Signer, Verdict};

/// Who calls, as the route's authorization found out.
#[derive(Debug, Clone, Default)]
pub enum Caller {
    #[default]
    Nobody,
    /// Who signed.
    Iam(Box<service::Caller>),
    /// What a token says, and its scopes where the route asks for some.
    Jwt { claims: Map<String, Value>, scopes: Option<Vec<String>> },
    /// What an authorizer function says.
    Function { principal: Option<String>, context: Map<String, Value> },
}

impl ApiGatewayV2 {
    pub(super) async fn authorize(&self, aimed: &Aimed<'_>) -> Result<Caller, Refusal> {
        let content = &aimed.deployed.deployment.content;
        match aimed.route.authorization {
            AuthorizationType::None => Ok(Caller::Nobody),
            AuthorizationType::Iam => {
                let call = signed(&aimed.request.signer)?;
                self.ask_policies(call, "execute-api:Invoke", aimed.arn())?;
                Ok(Caller::Iam(Box::new(call.caller.clone())))
            }
            AuthorizationType::Jwt => self.authorize_token(aimed, authorizer(content, aimed.route)?).await,
            AuthorizationType::Custom => {
                let authorizer = authorizer(content, aimed.route)?;
                self.authorize_by_function(&aimed.asking(authorizer)).await
            }
        }
    }

    /// The caller's identity policies say what it may do with the API; HTTP and WebSocket APIs have no
    /// policies of their own.
    pub(crate) fn ask_policies(&self, call: &Call, action: &str, arn: String) -> Result<(), Refusal> {
        let access = Access::to(action, arn);
        match self.needs.policies.decide(call, &access)? {
            Verdict::Allowed => Ok(()),
            Verdict::Denied { message, decision } => {
                let Access { action, resource, .. } = access;
                Err(Refusal::denied(message, Denial { action, resource, decision, remarks: Vec::new() }))
            }
        }
    }
}

impl ApiRequest<'_> {
    /// The global condition keys of the request, whoever sent it.
    pub(crate) fn condition_keys(&self, scope: &Scope) -> Context {
        service::global_keys(&Call {
            caller: service::Caller {
                principal: Principal::Anonymous,
                account: scope.account.clone(),
                access_key_id: String::new(),
                session_policies: Vec::new(),
                session_started: None,
                session_facts: SessionFacts::default(),
            },
            scope: scope.clone(),
            request_id: self.request_id.to_owned(),
            now: self.now,
            source: self.source.clone(),
            user_agent: self.http.header("user-agent").map(str::to_owned),
        })
    }
}

pub(crate) fn signed(signer: &Signer) -> Result<&Call, Refusal> {
    match signer {
        Signer::Caller(call) => Ok(call),
        Signer::Nobody => Err(Refusal::forbidden("the route wants a signature (AWS_IAM)")),
        Signer::Invalid { code, message } => {
            Err(Refusal::forbidden(format!("the signature was not accepted: {code}: {message}")))
        }
    }
}

pub(crate) fn authorizer<'a>(content: &'a Content, route: &Route) -> Result<&'a Authorizer, Refusal> {
    let found = route.authorizer.as_ref().and_then(|id| content.authorizers.get(id));
    found.ok_or_else(|| Refusal::internal("the route's authorizer is not deployed"))
}
