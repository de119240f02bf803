//! Authorizers: functions that say who calls and what they may do.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

use super::context::context;
use super::event::authorizer_event;
use super::{Aimed, Known, Refusal};
use crate::ApiGateway;
use crate::model::integration_uri::{self, with_stage_variables};
use crate::model::resource_policy;
use crate::needs::{FunctionAnswer, Invoking};
use crate::quota;
use crate::state::{Authorizer, AuthorizerType};
use authorizer::{Answer, Cache, IdentitySource, Spelling};
use serde_json::{Value, json};
use service::ServiceError;
use std::sync::Arc;
use std::time::Duration;
use vtl::Json;

/// Answers that are kept, by stage, authorizer and identity.
pub(crate) type Verdicts = Cache<Answer>;

/// What an authorizer said of a request's caller.
#[derive(Debug, Clone)]
pub(crate) struct Authorized {
    pub(crate) answer: Arc<Answer>,
    pub(crate) latency_ms: i64,
}

impl Authorized {
    /// `$context.authorizer`.
    pub(super) fn context(&self) -> Json {
        let own = self.answer.context.iter().map(|(name, value)| (name.as_str(), Json::from(plain(value))));
        let more = [
            ("principalId", Json::from(self.answer.principal_id.as_str())),
            ("integrationLatency", Json::Int(self.latency_ms)),
        ];
        own.chain(more).collect()
    }

    /// `requestContext.authorizer` of a function's event: its values are texts.
    pub(super) fn event(&self) -> Value {
        let own = self.answer.context.iter().map(|(name, value)| (name.clone(), Value::from(plain(value))));
        let more = [
            ("principalId".to_owned(), Value::from(self.answer.principal_id.as_str())),
            ("integrationLatency".to_owned(), Value::from(self.latency_ms)),
        ];
        Value::Object(own.chain(more).collect())
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl ApiGateway {
    /// Asks a method's authorizer, or remembers what it said.
    pub(super) async fn ask_authorizer(&self, aimed: &Aimed<'_>) -> Result<Authorized, Refusal> {
        let id = aimed.matched.method.authorizer.as_deref().unwrap_or_default();
        let authorizer = aimed.deployed.compiled.deployment.parts.authorizers.get(id);
        let authorizer = authorizer.ok_or_else(|| {
            Refusal::authorizer_misconfigured(format!("the authorizer {id} is not deployed"))
        })?;
        let shown = identity(aimed, authorizer)?;
        let key = cache_key(aimed, authorizer, &shown);
        if let Some(answer) = self.verdicts.get(&key, aimed.request.now) {
            return Ok(Authorized { answer, latency_ms: 0 });
        }
        let arn = aimed.arn();
        let event = match authorizer.kind {
            AuthorizerType::Token => token_event(&arn, shown.first().map(String::as_str).unwrap_or_default()),
            AuthorizerType::Request => authorizer_event(aimed, &arn).map_err(ServiceError::internal)?,
        };
        let before = self.needs.clock.now();
        let answer = Arc::new(self.invoke_authorizer(aimed, authorizer, event).await?);
        let latency_ms = self.needs.clock.now().millis().saturating_sub(before.millis());
        self.verdicts.put(key, answer.clone(), aimed.request.now, authorizer.ttl_s);
        Ok(Authorized { answer, latency_ms })
    }

    async fn invoke_authorizer(
        &self,
        aimed: &Aimed<'_>,
        authorizer: &Authorizer,
        event: Vec<u8>,
    ) -> Result<Answer, Refusal> {
        let misconfigured = Refusal::authorizer_misconfigured;
        let uri = with_stage_variables(&authorizer.uri, &aimed.stage.variables);
        let function = integration_uri::function(&uri)
            .map_err(|_| misconfigured("the authorizer's URI names no function".to_owned()))?;
        let rest = format!("authorizers/{}", authorizer.id);
        let invoking = Invoking {
            scope: aimed.api.scope.clone(),
            function: function.to_owned(),
            source_arn: resource_policy::arn(&aimed.api.scope, &aimed.api.id, &rest),
            credentials: authorizer.credentials.clone(),
            is_event: false,
            payload: event,
        };
        let patience =
            Duration::from_millis(u64::try_from(*quota::INTEGRATION_TIMEOUT_MS.end()).unwrap_or(0));
        let invoked = tokio::time::timeout(patience, self.needs.functions.invoke(invoking)).await;
        let invoked = invoked.map_err(|_| {
            Refusal::authorizer_failed(format!(
                "the authorizer {} took longer than {patience:?}",
                authorizer.name
            ))
        })?;
        let FunctionAnswer { payload, is_error } = invoked.map_err(|e| misconfigured(e.to_string()))?;
        if is_error {
            return Err(of_error(&payload, &authorizer.name));
        }
        Answer::read(&payload).map_err(|e| misconfigured(format!("the authorizer {}: {e}", authorizer.name)))
    }
}

/// A function that fails with `Unauthorized` refuses; any other failure is one.
fn of_error(payload: &[u8], name: &str) -> Refusal {
    let error: Value = serde_json::from_slice(payload).unwrap_or_default();
    let message = error.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
    if message == "Unauthorized" {
        return Refusal::unauthorized(format!("the authorizer {name} failed with `Unauthorized`"));
    }
    Refusal::authorizer_failed(format!("the authorizer {name} failed: {message}"))
}

pub(super) fn token_event(method_arn: &str, token: &str) -> Vec<u8> {
    json!({ "type": "TOKEN", "methodArn": method_arn, "authorizationToken": token }).to_string().into_bytes()
}

/// What identifies the caller. Without it nobody is asked.
fn identity(aimed: &Aimed<'_>, authorizer: &Authorizer) -> Result<Vec<String>, Refusal> {
    let sources: Vec<&str> =
        authorizer.identity_source.as_deref().unwrap_or_default().split(',').map(str::trim).collect();
    let is_wanted = authorizer.kind == AuthorizerType::Token || authorizer.ttl_s > 0;
    let mut shown = Vec::new();
    for source in sources.into_iter().filter(|source| !source.is_empty()) {
        let source_read = IdentitySource::parse(source, Spelling::Rest);
        let value = source_read.and_then(|source| at_source(aimed, source)).unwrap_or_default();
        if value.is_empty() && is_wanted {
            let reason = format!("the authorizer {} wants {source}, which is missing", authorizer.name);
            return Err(Refusal::unauthorized(reason));
        }
        shown.push(value);
    }
    if let (AuthorizerType::Token, Some(expression), Some(token)) =
        (authorizer.kind, &authorizer.validation_expression, shown.first())
        && !aimed.deployed.compiled.fits(expression, token)
    {
        let reason = format!("the token does not fit the expression of the authorizer {}", authorizer.name);
        return Err(Refusal::unauthorized(reason));
    }
    Ok(shown)
}

/// What stands at a source: the last value of its name.
fn at_source(aimed: &Aimed<'_>, source: IdentitySource<'_>) -> Option<String> {
    let http = aimed.request.http;
    match source {
        IdentitySource::Header(name) => {
            let found = http.headers.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        }
        IdentitySource::Query(name) => {
            let found = super::payload::query(http).into_iter().rev().find(|(known, _)| known == name);
            found.map(|(_, value)| value)
        }
        IdentitySource::StageVariable(name) => aimed.stage.variables.get(name).cloned(),
        IdentitySource::Context(name) => {
            let context = context(aimed.arrived(), Some(&aimed.matched), &Known::default(), None);
            let path: Vec<&str> = name.split('.').collect();
            context.at(&path).filter(|value| **value != Json::Null).map(Json::plain)
        }
    }
}

/// A stage's answers for one identity. Lengths keep two identities apart that join to one text.
fn cache_key(aimed: &Aimed<'_>, authorizer: &Authorizer, shown: &[String]) -> String {
    let mut key =
        format!("{}/{}/{}/{}", aimed.api.id, aimed.stage.name, aimed.stage.deployment, authorizer.id);
    for value in shown {
        key.push_str(&format!("/{}:{value}", value.len()));
    }
    key
}
