//! Routes whose callers a function knows.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

use super::authorize::Caller;
use super::authorizer_answers::{AuthorizerAnswer, Word};
use super::event::authorizer_event;
use super::{Aimed, Refusal, execute_api_arn};
use crate::ApiGatewayV2;
use crate::model::integration_uri;
use crate::needs::{FunctionAnswer, Invoking};
use crate::state::{Api, Authorizer, AuthorizerKind, Stage};
use base::Timestamp;
use policy::{Context, Document, Policies, Policy, Principal, Request};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// How long a function may think about it.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const PATIENCE: Duration = Duration::from_secs(10);
/// Stands between the parts of what identifies a caller.
const SEPARATOR: &str = "\u{1f}";
/// The message of a function's error by which it says that it does not know the caller.
const UNAUTHORIZED: &str = "Unauthorized";

/// Makes an event of what identifies the caller: kept answers need none.
pub(crate) type EventOf<'a> = Box<dyn Fn(&[String]) -> Value + Send + Sync + 'a>;

/// A question for an authorizer function.
pub(crate) struct Asking<'a> {
    pub(crate) api: &'a Api,
    pub(crate) stage: &'a Stage,
    pub(crate) authorizer: &'a Authorizer,
    /// What the caller wants to invoke.
    pub(crate) arn: String,
    pub(crate) now: Timestamp,
    /// What a policy may ask about the request, such as `aws:SourceIp`.
    pub(crate) keys: Context,
    /// What stands at the authorizer's sources.
    pub(crate) identity: Vec<Option<String>>,
    /// The event, made of what identifies the caller.
    pub(crate) event: EventOf<'a>,
}

/// A function's answer, in either form.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    is_authorized: Option<bool>,
    principal_id: Option<String>,
    policy_document: Option<Value>,
    context: Option<Map<String, Value>>,
}

impl Aimed<'_> {
    pub(super) fn asking<'s>(&'s self, authorizer: &'s Authorizer) -> Asking<'s> {
        Asking {
            api: &self.deployed.api,
            stage: &self.deployed.stage,
            authorizer,
            arn: self.arn(),
            now: self.request.now,
            keys: self.request.condition_keys(&self.deployed.api.scope),
            identity: authorizer.identity_sources.iter().map(|source| self.identity(source)).collect(),
            event: Box::new(|identity| authorizer_event(self, authorizer, identity)),
        }
    }
}

impl ApiGatewayV2 {
    pub(crate) async fn authorize_by_function(&self, asking: &Asking<'_>) -> Result<Caller, Refusal> {
        let AuthorizerKind::Request { ttl_s, .. } = &asking.authorizer.kind else {
            return Err(Refusal::internal("the route's authorizer asks no function"));
        };
        let identity: Option<Vec<String>> = asking.identity.iter().cloned().collect();
        let identity = identity.filter(|all| all.iter().all(|text| !text.is_empty()));
        let missing =
            || Refusal::unauthorized("the request lacks what identifies its caller to the authorizer");
        let identity = identity.ok_or_else(missing)?;
        let (api, stage) = (&asking.api.id, &asking.stage.name);
        let key = format!("{api}/{stage}/{}/{}", asking.authorizer.id, identity.join(SEPARATOR));
        // Without sources all callers would be one.
        let ttl_s = if identity.is_empty() { 0 } else { *ttl_s };
        let answer = match self.answers.get(&key, asking.now).filter(|_| ttl_s > 0) {
            Some(kept) => kept,
            None => {
                let answer = Arc::new(self.ask_function(asking, &identity).await?);
                self.answers.put(key, answer.clone(), asking.now, u32::try_from(ttl_s).unwrap_or(0));
                answer
            }
        };
        if !allows(&answer, asking) {
            return Err(Refusal::forbidden(format!("the authorizer {} said no", asking.authorizer.name)));
        }
        Ok(Caller::Function { principal: answer.principal.clone(), context: answer.context.clone() })
    }

    async fn ask_function(
        &self,
        asking: &Asking<'_>,
        identity: &[String],
    ) -> Result<AuthorizerAnswer, Refusal> {
        let AuthorizerKind::Request { uri, simple_responses, .. } = &asking.authorizer.kind else {
            return Err(Refusal::internal("the route's authorizer asks no function"));
        };
        let function = integration_uri::function(uri).unwrap_or_default();
        let invoking = Invoking {
            scope: asking.api.scope.clone(),
            function: integration_uri::with_stage_variables(function, &asking.stage.variables),
            source_arn: execute_api_arn(asking.api, &format!("authorizers/{}", asking.authorizer.id)),
            payload: (asking.event)(identity).to_string().into_bytes(),
        };
        let invoked = tokio::time::timeout(PATIENCE, self.needs.functions.invoke(invoking)).await;
        let invoked = invoked.map_err(|_| Refusal::internal("the authorizer took longer than 10 seconds"))?;
        let invoked =
            invoked.map_err(|e| Refusal::internal(format!("the authorizer cannot be invoked: {e}")))?;
        read(&invoked, *simple_responses)
    }
}

fn read(invoked: &FunctionAnswer, simple_responses: bool) -> Result<AuthorizerAnswer, Refusal> {
    let malformed = |why: &str| Refusal::internal(format!("malformed answer of the authorizer: {why}"));
    if invoked.is_error {
        let error: Value = serde_json::from_slice(&invoked.payload).unwrap_or_default();
        return Err(match error.get("errorMessage").and_then(Value::as_str) {
            Some(UNAUTHORIZED) => Refusal::unauthorized("the authorizer does not know the caller"),
            _ => Refusal::internal("the authorizer failed: its log says why"),
        });
    }
    let answer: Answer =
        serde_json::from_slice(&invoked.payload).map_err(|error| malformed(&error.to_string()))?;
    let word = if simple_responses {
        match answer.is_authorized {
            Some(true) => Word::Yes,
            Some(false) => Word::No,
            None => return Err(malformed("it lacks isAuthorized")),
        }
    } else {
        let document = answer.policy_document.ok_or_else(|| malformed("it lacks policyDocument"))?;
        let document =
            Document::parse(&document.to_string()).map_err(|error| malformed(&error.to_string()))?;
        Word::Policy(Arc::new(document))
    };
    Ok(AuthorizerAnswer { word, principal: answer.principal_id, context: answer.context.unwrap_or_default() })
}

/// A policy is asked as if it were the caller's own.
fn allows(answer: &AuthorizerAnswer, asking: &Asking<'_>) -> bool {
    let document = match &answer.word {
        Word::Yes => return true,
        Word::No => return false,
        Word::Policy(document) => document,
    };
    let name = answer.principal.clone().unwrap_or_default();
    let account = asking.api.scope.account.clone();
    let principal = Principal::User { account, path: "/".to_owned(), id: name.clone(), name };
    let request =
        Request::new(principal, "execute-api:Invoke", asking.arn.clone()).with_context(asking.keys.clone());
    let identity = [Policy::new("authorizer", document.clone())];
    policy::evaluate(&request, &Policies { identity: &identity, ..Policies::default() }).is_allowed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(payload: &str, is_error: bool, simple: bool, expected: Expect) {
        let answer = FunctionAnswer { payload: payload.as_bytes().to_vec(), is_error };
        let shown = match read(&answer, simple) {
            Ok(answer) => format!("{:?} {:?} {:?}", answer.word, answer.principal, answer.context),
            Err(refusal) => format!("{} {}", refusal.status, refusal.reason),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn answers_are_read() {
        check(
            r#"{"isAuthorized":true,"context":{"a":1}}"#,
            false,
            true,
            expect![[r#"Yes None {"a": Number(1)}"#]],
        );
        check(r#"{"isAuthorized":false}"#, false, true, expect!["No None {}"]);
        check(r#"{}"#, false, true, expect!["500 malformed answer of the authorizer: it lacks isAuthorized"]);
        check(
            r#"{"isAuthorized":true}"#,
            false,
            false,
            expect!["500 malformed answer of the authorizer: it lacks policyDocument"],
        );
        check(
            r#"{"errorMessage":"Unauthorized"}"#,
            true,
            true,
            expect!["401 the authorizer does not know the caller"],
        );
        check(r#"{"errorMessage":"x"}"#, true, true, expect!["500 the authorizer failed: its log says why"]);
    }
}
