//! What a function's answer becomes as an answer over HTTP.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response>

use crate::state::PayloadFormat;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};
use wire::http::Response;

/// The type of a body whose function names none.
const PLAIN: &str = "text/plain;charset=utf-8";

/// Why an answer is none.
pub(super) type Malformed = &'static str;

/// In format 2.0 an answer without `statusCode` is the body of a success.
pub(super) fn response(payload: &[u8], format: PayloadFormat) -> Result<Response, Malformed> {
    let value: Value = serde_json::from_slice(payload).map_err(|_| "it is no JSON")?;
    match value {
        Value::Object(members) if members.contains_key("statusCode") => said(&members, format),
        _ if format == PayloadFormat::Two => {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            Ok(Response { status: 200, headers, body: payload.to_vec().into(), ..Response::default() })
        }
        _ => Err("it lacks statusCode"),
    }
}

fn said(members: &Map<String, Value>, format: PayloadFormat) -> Result<Response, Malformed> {
    let status = status(members.get("statusCode")).ok_or("its statusCode is no HTTP status")?;
    let mut headers = Vec::new();
    for (name, value) in map(members.get("headers"), "its headers are no map")?.into_iter().flatten() {
        headers.push((name.to_ascii_lowercase(), scalar(value).ok_or("a header is no text")?));
    }
    match format {
        PayloadFormat::One => more_headers(members, &mut headers)?,
        PayloadFormat::Two => cookies(members, &mut headers)?,
    }
    let text = match members.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text.as_str(),
        Some(_) => return Err("its body is no text"),
    };
    let body = match members.get("isBase64Encoded") {
        Some(Value::Bool(true)) => BASE64.decode(text).map_err(|_| "its body is not in base64")?,
        _ => text.as_bytes().to_vec(),
    };
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), PLAIN.to_owned()));
    }
    Ok(Response { status, headers, body: body.into(), ..Response::default() })
}

fn status(value: Option<&Value>) -> Option<u16> {
    let status = match value? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    (100..600).contains(&status).then_some(status)
}

/// Values here take the place of those in `headers`.
fn more_headers(members: &Map<String, Value>, headers: &mut Vec<(String, String)>) -> Result<(), Malformed> {
    let all = map(members.get("multiValueHeaders"), "its multiValueHeaders are no map")?;
    for (name, values) in all.into_iter().flatten() {
        let (name, values) = (name.to_ascii_lowercase(), values.as_array().ok_or("a header is no list")?);
        headers.retain(|(known, _)| *known != name);
        for value in values {
            headers.push((name.clone(), scalar(value).ok_or("a header is no text")?));
        }
    }
    Ok(())
}

fn cookies(members: &Map<String, Value>, headers: &mut Vec<(String, String)>) -> Result<(), Malformed> {
    let cookies = match members.get("cookies") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(cookies)) => cookies,
        Some(_) => return Err("its cookies are no list"),
    };
    for cookie in cookies {
        let cookie = cookie.as_str().ok_or("a cookie is no text")?;
        headers.push(("set-cookie".to_owned(), cookie.to_owned()));
    }
    Ok(())
}

fn map(value: Option<&Value>, wrong: Malformed) -> Result<Option<&Map<String, Value>>, Malformed> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(wrong),
    }
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

    fn check(format: PayloadFormat, payload: &str, expected: Expect) {
        let shown = match response(payload.as_bytes(), format) {
            Ok(r) => format!("{} {:?} {}", r.status, r.headers, String::from_utf8_lossy(&r.body)),
            Err(why) => why.to_owned(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn answers_in_format_2() {
        let two = PayloadFormat::Two;
        check(two, r#"{"a":1}"#, expect![[r#"200 [("content-type", "application/json")] {"a":1}"#]]);
        check(two, r#""Hello""#, expect![[r#"200 [("content-type", "application/json")] "Hello""#]]);
        check(
            two,
            r#"{"statusCode":201,"headers":{"X-N":1},"cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true}"#,
            expect![[
                r#"201 [("x-n", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-type", "text/plain;charset=utf-8")] hi"#
            ]],
        );
        check(two, r#"{"statusCode":200,"body":{}}"#, expect!["its body is no text"]);
        check(two, r#"{"statusCode":7}"#, expect!["its statusCode is no HTTP status"]);
        check(two, r#"{"statusCode":200,"cookies":"a"}"#, expect!["its cookies are no list"]);
        check(two, "no", expect!["it is no JSON"]);
    }

    #[test]
    fn answers_in_format_1() {
        let one = PayloadFormat::One;
        check(one, r#"{"a":1}"#, expect!["it lacks statusCode"]);
        check(
            one,
            r#"{"statusCode":"200","headers":{"x-a":"0","x-b":"3"},"multiValueHeaders":{"X-A":["1","2"]},"body":"b"}"#,
            expect![[
                r#"200 [("x-b", "3"), ("x-a", "1"), ("x-a", "2"), ("content-type", "text/plain;charset=utf-8")] b"#
            ]],
        );
    }
}
