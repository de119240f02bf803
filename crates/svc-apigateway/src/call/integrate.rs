//! The function behind the method, and what its answer becomes.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>

use super::event::{is_binary, proxy_event};
use super::{Aimed, Refusal};
use crate::ApiGateway;
use crate::model::integration_uri::with_stage_variables;
use crate::needs::{FunctionAnswer, Invoking};
use crate::quota;
use crate::state::ApiKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::Value;
use service::{Caller, ServiceError};
use std::collections::BTreeMap;
use std::time::Duration;
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
    pub(super) async fn integrate(
        &self,
        aimed: &Aimed<'_>,
        caller: Option<&Caller>,
        key: Option<&ApiKey>,
    ) -> Result<Response, Refusal> {
        if aimed.request.http.body.len() > quota::BODY_BYTES {
            return Err(Refusal::too_large());
        }
        let integration = aimed.matched.method.integration.as_ref();
        let integration =
            integration.ok_or_else(|| Refusal::bad_gateway("no integration is deployed".to_owned()))?;
        let event = proxy_event(aimed, caller, key).map_err(ServiceError::internal)?;
        let function = with_stage_variables(&integration.function, &aimed.stage.variables);
        let invoking = Invoking {
            scope: aimed.api.scope.clone(),
            function,
            source_arn: aimed.source_arn(),
            payload: event,
        };
        let patience = Duration::from_millis(u64::try_from(integration.timeout_ms).unwrap_or(0));
        let invoked = tokio::time::timeout(patience, self.needs.functions.invoke(invoking)).await;
        let invoked =
            invoked.map_err(|_| Refusal::timed_out(format!("the function took longer than {patience:?}")))?;
        let FunctionAnswer { payload, is_error } = invoked?;
        if is_error {
            return Err(Refusal::bad_gateway("the function failed: its log says why".to_owned()));
        }
        answer(&payload, &aimed.api.binary_media_types, aimed.request.http.header("accept"))
    }
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
