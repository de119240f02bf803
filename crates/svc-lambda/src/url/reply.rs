//! What a function's answer becomes as an answer over HTTP.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};
use wire::http::Response;

/// An answer with a `statusCode` says all itself; any other JSON is the body of a success.
pub fn reply(payload: &Bytes) -> Response {
    match serde_json::from_slice::<Value>(payload) {
        Ok(Value::Object(members)) if members.contains_key("statusCode") => {
            said(&members).unwrap_or_else(internal_error)
        }
        Ok(_) => plain(200, payload.clone()),
        Err(_) => internal_error(),
    }
}

/// The function failed, or its answer makes no sense.
pub fn internal_error() -> Response {
    plain(502, Bytes::from_static(b"Internal Server Error"))
}

/// The status and headers with which a streamed answer begins.
pub fn prelude(json: &[u8]) -> Option<Response> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(json) else { return None };
    members.entry("statusCode").or_insert(Value::from(200));
    members.remove("body");
    members.remove("isBase64Encoded");
    said(&members)
}

/// Lambda's own refusal.
pub fn refusal(status: u16, code: &str, body: &Value) -> Response {
    let mut response = plain(status, Bytes::from(body.to_string()));
    response.headers.push(("x-amzn-errortype".to_owned(), code.to_owned()));
    response
}

pub(super) fn plain(status: u16, body: Bytes) -> Response {
    let kind = ("content-type".to_owned(), "application/json".to_owned());
    Response { status, headers: vec![kind], body, rest: None }
}

/// None when a member has not its type.
fn said(members: &Map<String, Value>) -> Option<Response> {
    let status = match members.get("statusCode")? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    if !(100..=599).contains(&status) {
        return None;
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    match members.get("headers") {
        Some(Value::Object(given)) => {
            for (name, value) in given {
                headers.push((name.to_ascii_lowercase(), scalar(value)?));
            }
        }
        None | Some(Value::Null) => {}
        Some(_) => return None,
    }
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    match members.get("cookies") {
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                headers.push(("set-cookie".to_owned(), cookie.as_str()?.to_owned()));
            }
        }
        None | Some(Value::Null) => {}
        Some(_) => return None,
    }
    let text = match members.get("body") {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    let body = match members.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => Bytes::from(STANDARD.decode(text).ok()?),
        _ => Bytes::from(text),
    };
    Some(Response { status, headers, body, rest: None })
}

fn scalar(value: &Value) -> Option<String> {
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
        let response = reply(&Bytes::copy_from_slice(payload.as_bytes()));
        let body = String::from_utf8_lossy(&response.body).into_owned();
        expected.assert_eq(&format!("{} {:?} {body}", response.status, response.headers));
    }

    #[test]
    fn answers_become_responses() {
        check(r#"{"a": 1}"#, expect![[r#"200 [("content-type", "application/json")] {"a": 1}"#]]);
        check(
            r#"{"statusCode": 201, "headers": {"X-Own": 7}, "cookies": ["a=1", "b=2"], "body": "text"}"#,
            expect![[
                r#"201 [("x-own", "7"), ("content-type", "application/json"), ("set-cookie", "a=1"), ("set-cookie", "b=2")] text"#
            ]],
        );
        check(
            r#"{"statusCode": 200, "headers": {"Content-Type": "image/x"}, "body": "YWI=", "isBase64Encoded": true}"#,
            expect![[r#"200 [("content-type", "image/x")] ab"#]],
        );
        for broken in [
            r#"{"statusCode": "x"}"#,
            r#"{"statusCode": 700}"#,
            r#"{"statusCode": 200, "headers": []}"#,
            r#"{"statusCode": 200, "body": "?", "isBase64Encoded": true}"#,
            "no JSON",
        ] {
            check(broken, expect![[r#"502 [("content-type", "application/json")] Internal Server Error"#]]);
        }
    }
}
