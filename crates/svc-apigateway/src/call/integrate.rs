//! What is behind the method, and what its answer becomes.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>

use super::event::{is_binary, proxy_event};
use super::http_backend;
use super::map_request::{Asking, asking};
use super::map_response::{Got, mapped};
use super::{Aimed, Known, Refusal};
use crate::ApiGateway;
use crate::model::integration_uri::{self, with_stage_variables};
use crate::needs::{FunctionAnswer, Invoking};
use crate::state::{Integration, IntegrationType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::Value;
use service::ServiceError;
use std::collections::BTreeMap;
use wire::http::Response;

/// What a function behind `AWS_PROXY` must answer. Other members make the answer malformed, as on AWS.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ProxyAnswer {
    status_code: Option<Value>,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    body: Option<Value>,
    is_base64_encoded: Option<bool>,
}

impl ApiGateway {
    /// Asks what is behind the method, and makes its answer the client's.
    pub(super) async fn integrate(&self, aimed: &Aimed<'_>, known: &mut Known) -> Result<Response, Refusal> {
        let integration = aimed.matched.method.integration.as_ref();
        let integration =
            integration.ok_or_else(|| Refusal::bad_gateway("no integration is deployed".to_owned()))?;
        let before = self.needs.clock.now();
        let patience = integration.patience();
        let asked = tokio::time::timeout(patience, self.ask_integration(aimed, integration, known)).await;
        let asked = asked.unwrap_or_else(|_| {
            Err(Refusal::timed_out(format!("the integration took longer than {patience:?}")))
        });
        known.integration_latency_ms = Some(self.needs.clock.now().millis().saturating_sub(before.millis()));
        known.integration_status = Some(match &asked {
            Ok(response) => response.status,
            Err(refusal) => refusal.status,
        });
        known.integration_error = asked.as_ref().err().map(|refusal| refusal.reason.clone());
        asked
    }

    async fn ask_integration(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        known: &mut Known,
    ) -> Result<Response, Refusal> {
        match integration.kind {
            IntegrationType::AwsProxy => {
                let event = proxy_event(aimed, known).map_err(ServiceError::internal)?;
                if let Some(trace) = &mut known.trace {
                    trace.sending(&integration.uri, &[], &event);
                }
                let FunctionAnswer { payload, is_error } =
                    self.invoke(aimed, integration, &integration.uri, event, false).await?;
                if let Some(trace) = &mut known.trace {
                    trace.received(&[], &payload);
                }
                if is_error {
                    return Err(Refusal::bad_gateway("the function failed: its log says why".to_owned()));
                }
                answer(&payload, &aimed.api.binary_media_types, aimed.request.http.header("accept"))
            }
            IntegrationType::Mock => {
                let asking = asking(aimed, integration, known)?;
                mapped(aimed, integration, known, &mock(&asking)?)
            }
            IntegrationType::HttpProxy => {
                let asking = asking(aimed, integration, known)?;
                self.ask_server(aimed, integration, asking, known).await.map(http_backend::passed_on)
            }
            IntegrationType::Http => {
                let asking = asking(aimed, integration, known)?;
                let response = self.ask_server(aimed, integration, asking, known).await?;
                mapped(aimed, integration, known, &http_backend::got(&response))
            }
            IntegrationType::Aws => {
                let asking = asking(aimed, integration, known)?;
                if let Some(trace) = &mut known.trace {
                    trace.sending(&asking.uri, &asking.headers, &asking.body);
                }
                let got = if integration_uri::function(&asking.uri).is_ok() {
                    self.ask_function(aimed, integration, asking).await?
                } else {
                    self.ask_service(aimed, integration, asking).await?
                };
                if let Some(trace) = &mut known.trace {
                    trace.received(&got.headers, &got.body);
                }
                mapped(aimed, integration, known, &got)
            }
        }
    }

    /// A function that is handed what the mappings made. Its error's message chooses the response.
    async fn ask_function(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        asking: Asking,
    ) -> Result<Got, Refusal> {
        let kind = asking.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-invocation-type"));
        let is_event = match kind.map(|(_, kind)| kind.as_str()) {
            None | Some("RequestResponse") => false,
            Some("Event") => true,
            Some(other) => {
                return Err(ServiceError::not_implemented(&format!("the invocation type {other}")).into());
            }
        };
        let payload = if asking.body.is_empty() { b"{}".to_vec() } else { asking.body.to_vec() };
        let FunctionAnswer { payload, is_error } =
            self.invoke(aimed, integration, &asking.uri, payload, is_event).await?;
        let selector = is_error.then(|| error_message(&payload));
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(Got { selector, headers, body: payload.into() })
    }

    async fn invoke(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        uri: &str,
        payload: Vec<u8>,
        is_event: bool,
    ) -> Result<FunctionAnswer, Refusal> {
        let uri = with_stage_variables(uri, &aimed.stage.variables);
        let function = integration_uri::function(&uri)
            .map_err(|_| Refusal::integration_failure(format!("`{uri}` names no function")))?;
        let invoking = Invoking {
            scope: aimed.api.scope.clone(),
            function: function.to_owned(),
            source_arn: aimed.source_arn(),
            credentials: integration.credentials.clone(),
            is_event,
            payload,
        };
        Ok(self.needs.functions.invoke(invoking).await?)
    }
}

fn error_message(payload: &[u8]) -> String {
    let error: Value = serde_json::from_slice(payload).unwrap_or_default();
    error.get("errorMessage").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A mock answers with the status that its request's template says.
fn mock(asking: &Asking) -> Result<Got, Refusal> {
    let told: Option<Value> = serde_json::from_slice(&asking.body).ok();
    let status = told.as_ref().and_then(|told| told.get("statusCode")).and_then(|status| match status {
        Value::Number(number) => number.as_u64().map(|status| status.to_string()),
        Value::String(text) => text.parse::<u16>().ok().map(|status| status.to_string()),
        _ => None,
    });
    let status = status.ok_or_else(|| {
        Refusal::integration_failure("the request template of a mock must make a `statusCode`".to_owned())
    })?;
    Ok(Got { selector: Some(status), ..Got::default() })
}

fn answer(payload: &[u8], binary_media_types: &[String], accept: Option<&str>) -> Result<Response, Refusal> {
    let malformed = |why: &str| Refusal::bad_gateway(format!("malformed Lambda proxy response: {why}"));
    let answer: Option<ProxyAnswer> =
        serde_json::from_slice(payload).map_err(|e| malformed(&e.to_string()))?;
    let answer = answer.unwrap_or_default();
    let status = match &answer.status_code {
        // Without a status AWS takes 200, and an answer of null is one.
        None => 200,
        Some(Value::Number(n)) => n.as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(0),
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(_) => 0,
    };
    if !(100..600).contains(&status) {
        return Err(malformed("its statusCode is no HTTP status"));
    }
    let mut headers = Vec::new();
    for (name, value) in answer.headers.unwrap_or_default() {
        headers.push((name, text(&value).ok_or_else(|| malformed("a header is no text"))?));
    }
    for (name, values) in answer.multi_value_headers.unwrap_or_default() {
        // Values here come in addition, and once only.
        for value in values {
            let value = text(&value).ok_or_else(|| malformed("a header is no text"))?;
            if !headers.iter().any(|(n, v): &(String, String)| n.eq_ignore_ascii_case(&name) && *v == value) {
                headers.push((name.clone(), value));
            }
        }
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let body = match answer.body {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(_) => return Err(malformed("its body is no text")),
    };
    let decode = answer.is_base64_encoded == Some(true)
        && accept.is_some_and(|kinds| kinds.split(',').any(|kind| is_binary(binary_media_types, kind)));
    let body = if decode {
        BASE64.decode(&body).map_err(|_| malformed("its body is not in base64"))?
    } else {
        body.into_bytes()
    };
    Ok(Response { status, headers, body: body.into(), rest: None })
}

/// A header's value: AWS takes numbers and booleans too.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(payload: &str, expected: Expect) {
        let shown = match answer(payload.as_bytes(), &["image/png".to_owned()], Some("image/png")) {
            Ok(r) => format!("{} {:?} {:?}", r.status, r.headers, String::from_utf8_lossy(&r.body)),
            Err(refusal) => format!("{} {}", refusal.status, refusal.reason),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn answers_of_functions_become_responses() {
        check(
            r#"{"statusCode":201,"headers":{"x-n":1},"multiValueHeaders":{"X-N":["1","2"]},"body":"hi"}"#,
            expect![[r#"201 [("x-n", "1"), ("X-N", "2"), ("content-type", "application/json")] "hi""#]],
        );
        check(
            r#"{"statusCode":"200","headers":{"Content-Type":"image/png"},"body":"aGk=","isBase64Encoded":true}"#,
            expect![[r#"200 [("Content-Type", "image/png")] "hi""#]],
        );
        check("null", expect![[r#"200 [("content-type", "application/json")] """#]]);
    }

    #[test]
    fn other_answers_are_malformed() {
        check(
            "\"text\"",
            expect![[
                r#"502 malformed Lambda proxy response: invalid type: string "text", expected struct ProxyAnswer at line 1 column 6"#
            ]],
        );
        check(
            r#"{"statusCode":7}"#,
            expect!["502 malformed Lambda proxy response: its statusCode is no HTTP status"],
        );
        check(
            r#"{"statusCode":200,"body":{"a":1}}"#,
            expect!["502 malformed Lambda proxy response: its body is no text"],
        );
        check(
            r#"{"statusCode":200,"extra":1}"#,
            expect![
                "502 malformed Lambda proxy response: unknown field `extra`, expected one of `statusCode`, `headers`, `multiValueHeaders`, `body`, `isBase64Encoded` at line 1 column 25"
            ],
        );
    }
}
