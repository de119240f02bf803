//! Functions as targets: the event that one gets, and what becomes of its answer.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>

use crate::page::{Body, full};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};

/// Most bytes of a request's body and of an answer.
pub(crate) const BYTES_MAX: usize = 1 << 20;

/// The event, from a request whose headers are already those for a target.
pub(crate) fn event(group: &str, parts: &Parts, body: &Bytes, multi_value: bool) -> Vec<u8> {
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let query = parts.uri.query().unwrap_or_default().split('&').filter(|part| !part.is_empty());
    // Parameters are handed over as they came, still encoded.
    let query = query.map(|part| part.split_once('=').unwrap_or((part, "")));
    let query = query.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let (is_base64, text) = if is_text(parts) {
        (false, String::from_utf8_lossy(body).into_owned())
    } else {
        (!body.is_empty(), STANDARD.encode(body))
    };
    let (headers_name, query_name) = if multi_value {
        ("multiValueHeaders", "multiValueQueryStringParameters")
    } else {
        ("headers", "queryStringParameters")
    };
    let event = json!({
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": parts.method.as_str(),
        "path": parts.uri.path(),
        query_name: collect(query, multi_value),
        headers_name: collect(headers, multi_value),
        "body": text,
        "isBase64Encoded": is_base64,
    });
    event.to_string().into_bytes()
}

/// Names with their last value, or with all.
fn collect(pairs: impl Iterator<Item = (String, String)>, multi_value: bool) -> Value {
    let mut map = Map::new();
    for (name, value) in pairs {
        if !multi_value {
            map.insert(name, Value::String(value));
        } else if let Value::Array(values) = map.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            values.push(Value::String(value));
        }
    }
    Value::Object(map)
}

/// Whether the body is handed over as text.
fn is_text(parts: &Parts) -> bool {
    if parts.headers.contains_key(hyper::header::CONTENT_ENCODING) {
        return false;
    }
    let kind = parts.headers.get(hyper::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.is_empty()
        || kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str())
}

/// The response that a function's answer asks for; `None` when it is not one.
pub(crate) fn response(answer: &[u8], multi_value: bool) -> Option<Response<Body>> {
    if answer.len() > BYTES_MAX {
        return None;
    }
    let answer: Map<String, Value> = serde_json::from_slice(answer).ok()?;
    let code = match answer.get("statusCode")? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let body = match answer.get("body") {
        Some(Value::String(text)) if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
            STANDARD.decode(text).ok()?
        }
        Some(Value::String(text)) => text.clone().into_bytes(),
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return None,
    };
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(code).ok()?;
    for (name, value) in headers(&answer, multi_value) {
        let (name, value) = (name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?);
        if !crate::forward::is_hop_by_hop(&name) && name != hyper::header::CONTENT_LENGTH {
            response.headers_mut().append(name, value);
        }
    }
    Some(response)
}

fn headers(answer: &Map<String, Value>, multi_value: bool) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let name = if multi_value { "multiValueHeaders" } else { "headers" };
    let given = answer.get(name).and_then(Value::as_object);
    let pairs = given.into_iter().flatten().flat_map(|(name, value)| {
        let values: Vec<String> = match value {
            Value::Array(values) if multi_value => values.iter().map(text).collect(),
            value => vec![text(value)],
        };
        values.into_iter().map(|value| (name.clone(), value))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn parts(kind: &str) -> Parts {
        let request = Request::post("/a/b?x=1&y=%20&x=2").header("host", "h").header("content-type", kind);
        request.header("x-a", "1").header("x-a", "2").body(()).unwrap().into_parts().0
    }

    #[test]
    fn an_event_has_the_shape_that_functions_behind_load_balancers_know() {
        let event = event("arn:g", &parts("application/json"), &Bytes::from_static(b"{}"), false);
        let event: Value = serde_json::from_slice(&event).unwrap();
        assert_eq!(
            event,
            json!({"requestContext": {"elb": {"targetGroupArn": "arn:g"}}, "httpMethod": "POST", "path": "/a/b",
                "queryStringParameters": {"x": "2", "y": "%20"}, "body": "{}", "isBase64Encoded": false,
                "headers": {"host": "h", "content-type": "application/json", "x-a": "2"}})
        );
    }

    #[test]
    fn bytes_are_encoded_and_lists_are_kept_when_asked_for() {
        let event = event("g", &parts("image/png"), &Bytes::from_static(&[0xff]), true);
        let event: Value = serde_json::from_slice(&event).unwrap();
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
        assert_eq!(event["multiValueHeaders"]["x-a"], json!(["1", "2"]));
        assert_eq!(event["multiValueQueryStringParameters"], json!({"x": ["1", "2"], "y": ["%20"]}));
    }

    #[test]
    fn an_answer_is_a_response_or_it_is_a_502() {
        let ok = response(
            br#"{"statusCode": 201, "headers": {"x-a": "1", "connection": "close"}, "body": "hi"}"#,
            false,
        );
        let ok = ok.unwrap();
        assert_eq!((ok.status().as_u16(), ok.headers().len()), (201, 1));
        let lists =
            response(br#"{"statusCode": "200", "multiValueHeaders": {"set-cookie": ["a=1", "b=2"]}}"#, true);
        assert_eq!(lists.unwrap().headers().get_all("set-cookie").iter().count(), 2);
        for bad in
            [&b"null"[..], b"{}", b"{\"statusCode\": 99}", b"{\"statusCode\": 200, \"body\": 1}", b"\"x\""]
        {
            assert!(response(bad, false).is_none(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
