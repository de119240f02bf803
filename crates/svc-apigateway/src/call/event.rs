//! The event that a function behind `AWS_PROXY` gets.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format>

use super::Aimed;
use crate::state::ApiKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use policy::Principal;
use serde_json::{Map, Value, json};
use service::Caller;
use std::collections::BTreeMap;

/// Headers that AWS does not hand on.
const HIDDEN: [&str; 5] = ["connection", "content-length", "te", "transfer-encoding", "upgrade"];

pub fn proxy_event(aimed: &Aimed<'_>, caller: Option<&Caller>, key: Option<&ApiKey>) -> Value {
    let http = aimed.request.http;
    let shown = http.headers.iter().filter(|(name, _)| !HIDDEN.contains(&name.to_ascii_lowercase().as_str()));
    let (headers, multi_headers) = last_and_all(shown.map(|(n, v)| (n.clone(), v.clone())));
    let query = form_urlencoded::parse(http.query.as_bytes());
    let (query, multi_query) = last_and_all(query.map(|(n, v)| (n.into_owned(), v.into_owned())));
    let (body, is_base64) = body(aimed);
    json!({
        "resource": aimed.matched.resource.path,
        "path": aimed.request.path,
        "httpMethod": http.method,
        "headers": or_null(headers),
        "multiValueHeaders": or_null(multi_headers),
        "queryStringParameters": or_null(query),
        "multiValueQueryStringParameters": or_null(multi_query),
        "pathParameters": or_null(texts(&aimed.matched.parameters)),
        "stageVariables": or_null(texts(&aimed.stage.variables)),
        "requestContext": request_context(aimed, caller, key),
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

fn or_null(map: Map<String, Value>) -> Value {
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

fn texts(map: &BTreeMap<String, String>) -> Map<String, Value> {
    map.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}

/// The last value of each name, and all of them.
fn last_and_all(pairs: impl Iterator<Item = (String, String)>) -> (Map<String, Value>, Map<String, Value>) {
    let (mut last, mut all) = (Map::new(), Map::new());
    for (name, value) in pairs {
        let values = all.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values {
            values.push(Value::from(value.as_str()));
        }
        last.insert(name, Value::from(value));
    }
    (last, all)
}

/// The body as text, or in base64 when its type is one of the API's binary media types. As on
/// AWS, bytes that are no text are replaced when the API did not name their type.
fn body(aimed: &Aimed<'_>) -> (Value, bool) {
    let http = aimed.request.http;
    let kind = http.header("content-type").unwrap_or_default();
    if is_binary(&aimed.api.binary_media_types, kind) && !http.body.is_empty() {
        return (Value::from(BASE64.encode(&http.body)), true);
    }
    if http.body.is_empty() {
        return (Value::Null, false);
    }
    (Value::from(String::from_utf8_lossy(&http.body).into_owned()), false)
}

/// Whether a content type is one of those listed; `image/*` and `*/*` stand for many.
pub fn is_binary(listed: &[String], content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    listed.iter().any(|wanted| match wanted.split_once('/') {
        Some(("*", "*")) => true,
        Some((group, "*")) => kind.split('/').next() == Some(group),
        _ => wanted.eq_ignore_ascii_case(kind),
    })
}

fn request_context(aimed: &Aimed<'_>, caller: Option<&Caller>, key: Option<&ApiKey>) -> Value {
    let request = aimed.request;
    let when = request.now.to_utc();
    let format =
        time::macros::format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let prefix = request.domain.split('.').next().unwrap_or_default();
    json!({
        "resourceId": aimed.matched.resource.id,
        "resourcePath": aimed.matched.resource.path,
        "operationName": aimed.matched.method.operation_name,
        "httpMethod": request.http.method,
        "extendedRequestId": request.request_id,
        "requestTime": when.format(&format).unwrap_or_default(),
        "path": format!("/{}{}", aimed.stage.name, request.path),
        "accountId": aimed.api.scope.account.as_str(),
        "protocol": "HTTP/1.1",
        "stage": aimed.stage.name,
        "domainPrefix": prefix,
        "requestTimeEpoch": request.now.millis(),
        "requestId": request.request_id,
        "identity": identity(aimed, caller, key),
        "domainName": request.domain,
        "deploymentId": aimed.stage.deployment,
        "apiId": aimed.api.id,
    })
}

fn identity(aimed: &Aimed<'_>, caller: Option<&Caller>, key: Option<&ApiKey>) -> Value {
    let http = aimed.request.http;
    let signed = caller.filter(|caller| caller.principal != Principal::Anonymous);
    let mut identity = json!({
        "cognitoIdentityPoolId": null,
        "accountId": signed.map(|c| c.account.as_str()),
        "cognitoIdentityId": null,
        "caller": signed.map(|c| c.principal.user_id()),
        "sourceIp": aimed.request.source.ip.to_string(),
        "principalOrgId": null,
        "accessKey": signed.map(|c| c.access_key_id.as_str()),
        "cognitoAuthenticationType": null,
        "cognitoAuthenticationProvider": null,
        "userArn": signed.map(|c| c.principal.arn()),
        "userAgent": http.header("user-agent"),
        "user": signed.map(|c| c.principal.user_id()),
    });
    let mut set = |name: &str, value: Value| {
        if let Value::Object(members) = &mut identity {
            members.insert(name.to_owned(), value);
        }
    };
    if let Some(key) = key {
        set("apiKeyId", Value::from(key.id.as_str()));
        set("apiKey", Value::from(http.header("x-api-key")));
    }
    if let Some(endpoint) = &aimed.request.source.endpoint {
        set("vpcId", Value::from(endpoint.vpc.as_str()));
        set("vpceId", Value::from(endpoint.vpce.as_str()));
    }
    identity
}
