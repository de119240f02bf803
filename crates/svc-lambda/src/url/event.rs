//! The event that a function receives for a request: payload format 2.0.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload>

use base::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use service::{Caller, Source};
use std::collections::BTreeMap;
use wire::http::Request;

/// What an event is made from.
pub struct EventParts<'a> {
    pub id: &'a str,
    /// The host name that AWS gives the address.
    pub domain: &'a str,
    pub request: &'a Request,
    pub source: &'a Source,
    pub request_id: &'a str,
    pub now: Timestamp,
    /// Who signed, for addresses that ask.
    pub caller: Option<&'a Caller>,
}

pub fn event(parts: &EventParts<'_>) -> Value {
    let request = parts.request;
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers(parts),
        "requestContext": context(parts),
        "isBase64Encoded": false,
    });
    let cookies: Vec<&str> =
        request.header("cookie").unwrap_or_default().split("; ").filter(|c| !c.is_empty()).collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let query = query(&request.query);
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query);
    }
    if !request.body.is_empty() {
        match std::str::from_utf8(&request.body).ok().filter(|_| is_text(request)) {
            Some(text) => event["body"] = json!(text),
            None => {
                event["body"] = json!(STANDARD.encode(&request.body));
                event["isBase64Encoded"] = json!(true);
            }
        }
    }
    event
}

/// In lower case, several of a name with commas between them; cookies have a place of their own.
fn headers(parts: &EventParts<'_>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &parts.request.headers {
        let name = name.to_ascii_lowercase();
        if name == "cookie" {
            continue;
        }
        all.entry(name)
            .and_modify(|known| {
                known.push(',');
                known.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    let secure = parts.source.secure_transport;
    for (name, value) in [
        ("x-forwarded-for", parts.source.ip.to_string()),
        ("x-forwarded-proto", if secure { "https" } else { "http" }.to_owned()),
        ("x-forwarded-port", if secure { "443" } else { "80" }.to_owned()),
    ] {
        all.entry(name.to_owned()).or_insert(value);
    }
    all
}

fn context(parts: &EventParts<'_>) -> Value {
    let request = parts.request;
    let mut context = json!({
        "accountId": parts.caller.map_or_else(|| "anonymous".to_owned(), |c| c.account.to_string()),
        "apiId": parts.id,
        "domainName": parts.domain,
        "domainPrefix": parts.id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": parts.source.ip.to_string(),
            "userAgent": request.header("user-agent").unwrap_or_default(),
        },
        "requestId": parts.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": time(parts.now),
        "timeEpoch": parts.now.millis(),
    });
    if let Some(caller) = parts.caller {
        context["authorizer"] = json!({ "iam": iam(caller) });
    }
    context
}

fn iam(caller: &Caller) -> Map<String, Value> {
    let id = caller.principal.user_id();
    let members = [
        ("accessKey", json!(caller.access_key_id)),
        ("accountId", json!(caller.account.to_string())),
        ("callerId", json!(id)),
        ("cognitoIdentity", Value::Null),
        ("principalOrgId", Value::Null),
        ("userArn", json!(caller.principal.arn())),
        ("userId", json!(id)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `12/Mar/2020:19:03:58 +0000`.
fn time(at: Timestamp) -> String {
    let utc = at.to_utc();
    let month: String = utc.month().to_string().chars().take(3).collect();
    let (hour, minute, second) = (utc.hour(), utc.minute(), utc.second());
    format!("{:02}/{month}/{:04}:{hour:02}:{minute:02}:{second:02} +0000", utc.day(), utc.year())
}

fn query(raw: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        all.entry(name)
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    all
}

/// Percent-decoded, a plus sign being a space.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Bodies of other types are given in base64.
fn is_text(request: &Request) -> bool {
    let kind = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.is_empty()
        || kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind)
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_event_is_aws_s() {
        let headers = [
            ("Host", "abc.lambda-url.us-east-1.on.aws"),
            ("Cookie", "a=1; b=2"),
            ("X-Own", "1"),
            ("x-own", "2"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("User-Agent", "agent"),
        ];
        let request = Request {
            method: "POST".to_owned(),
            path: "/my/path".to_owned(),
            query: "p=1&p=2&q=a%20b+c".to_owned(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: bytes::Bytes::from_static(b"x=y"),
        };
        let source = Source { ip: [192, 0, 2, 1].into(), endpoint: None, secure_transport: true, tls: None };
        let parts = EventParts {
            id: "abc",
            domain: "abc.lambda-url.us-east-1.on.aws",
            request: &request,
            source: &source,
            request_id: "id",
            now: Timestamp(1_584_039_838_123),
            caller: None,
        };
        expect![[r#"
            {
              "body": "eD15",
              "cookies": [
                "a=1",
                "b=2"
              ],
              "headers": {
                "content-type": "application/x-www-form-urlencoded",
                "host": "abc.lambda-url.us-east-1.on.aws",
                "user-agent": "agent",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
                "x-own": "1,2"
              },
              "isBase64Encoded": true,
              "queryStringParameters": {
                "p": "1,2",
                "q": "a b c"
              },
              "rawPath": "/my/path",
              "rawQueryString": "p=1&p=2&q=a%20b+c",
              "requestContext": {
                "accountId": "anonymous",
                "apiId": "abc",
                "domainName": "abc.lambda-url.us-east-1.on.aws",
                "domainPrefix": "abc",
                "http": {
                  "method": "POST",
                  "path": "/my/path",
                  "protocol": "HTTP/1.1",
                  "sourceIp": "192.0.2.1",
                  "userAgent": "agent"
                },
                "requestId": "id",
                "routeKey": "$default",
                "stage": "$default",
                "time": "12/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1584039838123
              },
              "routeKey": "$default",
              "version": "2.0"
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&event(&parts)).unwrap());
    }
}
