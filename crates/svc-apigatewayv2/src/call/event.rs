//! The events that functions get: payload formats 1.0 and 2.0, and those of authorizers.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use super::Aimed;
use super::authorize::Caller;
use crate::model::mapping::Mapped;
use crate::model::request_time;
use crate::state::{Authorizer, AuthorizerKind, PayloadFormat};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wire::http::Request;

/// What differs from the request as it came, after its mapping.
pub(super) struct Given<'a> {
    pub(super) headers: &'a [(String, String)],
    pub(super) query: String,
    pub(super) path: String,
}

impl<'a> Given<'a> {
    pub(super) fn of(aimed: &'a Aimed<'_>, mapped: Option<&'a Mapped>) -> Self {
        let http = aimed.request.http;
        let query = mapped.and_then(|mapped| mapped.query.as_ref());
        Self {
            headers: mapped.map_or(&http.headers, |mapped| &mapped.headers),
            query: query.map_or_else(|| http.query.clone(), |pairs| encoded(pairs)),
            path: mapped.and_then(|m| m.path.clone()).unwrap_or_else(|| aimed.staged_path()),
        }
    }
}

/// A query as text.
pub(super) fn encoded(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(super) fn proxy_event(aimed: &Aimed<'_>, given: &Given<'_>, format: PayloadFormat) -> Value {
    match format {
        PayloadFormat::One => format_one(aimed, given),
        PayloadFormat::Two => format_two(aimed, given),
    }
}

fn format_two(aimed: &Aimed<'_>, given: &Given<'_>) -> Value {
    let mut event = described(aimed, given);
    event["requestContext"] = context_two(aimed);
    let (body, is_base64_encoded) = body(aimed.request.http);
    if let Some(body) = body {
        event["body"] = body.into();
    }
    event["isBase64Encoded"] = is_base64_encoded.into();
    event
}

/// What format 2.0 says of a request, to functions behind routes and to authorizers.
fn described(aimed: &Aimed<'_>, given: &Given<'_>) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": aimed.route.key,
        "rawPath": given.path,
        "rawQueryString": given.query,
        "headers": joined_headers(aimed, given),
    });
    let cookies = cookies(given.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let query = joined(form_urlencoded::parse(given.query.as_bytes()).into_owned());
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query);
    }
    if !aimed.parameters.is_empty() {
        event["pathParameters"] = json!(aimed.parameters);
    }
    if !aimed.deployed.stage.variables.is_empty() {
        event["stageVariables"] = json!(aimed.deployed.stage.variables);
    }
    event
}

fn format_one(aimed: &Aimed<'_>, given: &Given<'_>) -> Value {
    let http = aimed.request.http;
    let (body, is_base64_encoded) = body(http);
    let mut event = described_one(aimed, given);
    event["version"] = json!("1.0");
    event["requestContext"] = context_one(aimed);
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(is_base64_encoded);
    event
}

fn described_one(aimed: &Aimed<'_>, given: &Given<'_>) -> Value {
    let headers: Vec<(String, String)> = with_forwarded(aimed, given.headers);
    let query: Vec<(String, String)> = form_urlencoded::parse(given.query.as_bytes()).into_owned().collect();
    let some = |map: &BTreeMap<String, String>| (!map.is_empty()).then(|| json!(map));
    let (resource, _) = resource(aimed);
    json!({
        "resource": resource,
        "path": given.path,
        "httpMethod": aimed.request.http.method,
        "headers": last(&headers),
        "multiValueHeaders": all(&headers),
        "queryStringParameters": if query.is_empty() { Value::Null } else { json!(last(&query)) },
        "multiValueQueryStringParameters": if query.is_empty() { Value::Null } else { json!(all(&query)) },
        "pathParameters": some(&aimed.parameters),
        "stageVariables": some(&aimed.deployed.stage.variables),
    })
}

/// The route's path, or its whole key where it has none.
fn resource<'a>(aimed: &'a Aimed<'_>) -> (&'a str, &'a str) {
    let key = aimed.route.key.as_str();
    key.split_once(' ').map_or((key, key), |(method, path)| (path, method))
}

/// The event of an authorizer function.
pub(super) fn authorizer_event(aimed: &Aimed<'_>, authorizer: &Authorizer, identity: &[String]) -> Value {
    let given = Given::of(aimed, None);
    let format = match &authorizer.kind {
        AuthorizerKind::Request { payload_format, .. } => payload_format.unwrap_or(PayloadFormat::One),
        AuthorizerKind::Jwt { .. } => PayloadFormat::Two,
    };
    let mut event = match format {
        PayloadFormat::Two => described(aimed, &given),
        PayloadFormat::One => described_one(aimed, &given),
    };
    event["version"] = json!(format.text());
    event["type"] = json!("REQUEST");
    match format {
        PayloadFormat::Two => {
            event["routeArn"] = json!(aimed.arn());
            event["identitySource"] = json!(identity);
            let mut context = context_two(aimed);
            context["authentication"] = Value::Null;
            event["requestContext"] = context;
        }
        PayloadFormat::One => {
            event["methodArn"] = json!(aimed.arn());
            event["identitySource"] = json!(identity.join(","));
            event["authorizationToken"] = json!(identity.join(","));
            event["requestContext"] = context_one(aimed);
        }
    }
    event
}

fn context_two(aimed: &Aimed<'_>) -> Value {
    let (request, http) = (aimed.request, aimed.request.http);
    let mut context = json!({
        "accountId": aimed.deployed.api.scope.account.as_str(),
        "apiId": aimed.deployed.api.id,
        "domainName": request.domain,
        "domainPrefix": request.domain.split('.').next().unwrap_or_default(),
        "http": {
            "method": http.method,
            "path": aimed.staged_path(),
            "protocol": "HTTP/1.1",
            "sourceIp": request.source.ip.to_string(),
            "userAgent": http.header("user-agent").unwrap_or_default(),
        },
        "requestId": request.request_id,
        "routeKey": aimed.route.key,
        "stage": aimed.deployed.stage.name,
        "time": request_time::text(request.now),
        "timeEpoch": request.now.millis(),
    });
    match &aimed.caller {
        Caller::Nobody => {}
        Caller::Iam(caller) => context["authorizer"] = json!({ "iam": iam(caller) }),
        Caller::Jwt { claims, scopes } => {
            context["authorizer"] = json!({ "jwt": { "claims": claims_text(claims), "scopes": scopes } });
        }
        Caller::Function { context: said, .. } => context["authorizer"] = json!({ "lambda": said }),
    }
    context
}

fn iam(caller: &service::Caller) -> Value {
    let id = caller.principal.user_id();
    json!({
        "accessKey": caller.access_key_id,
        "accountId": caller.account.as_str(),
        "callerId": id,
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": caller.principal.arn(),
        "userId": id,
    })
}

fn context_one(aimed: &Aimed<'_>) -> Value {
    let (request, http) = (aimed.request, aimed.request.http);
    let signed = match &aimed.caller {
        Caller::Iam(caller) => Some(caller),
        _ => None,
    };
    let user = signed.map(|caller| caller.principal.user_id());
    let mut context = json!({
        "accountId": aimed.deployed.api.scope.account.as_str(),
        "apiId": aimed.deployed.api.id,
        "domainName": request.domain,
        "domainPrefix": request.domain.split('.').next().unwrap_or_default(),
        "extendedRequestId": request.request_id,
        "httpMethod": http.method,
        "identity": {
            "accessKey": signed.map(|caller| &caller.access_key_id),
            "accountId": signed.map(|caller| caller.account.as_str()),
            "caller": user,
            "cognitoAmr": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": request.source.ip.to_string(),
            "user": user,
            "userAgent": http.header("user-agent"),
            "userArn": signed.map(|caller| caller.principal.arn()),
        },
        "path": aimed.staged_path(),
        "protocol": "HTTP/1.1",
        "requestId": request.request_id,
        "requestTime": request_time::text(request.now),
        "requestTimeEpoch": request.now.millis(),
        "resourceId": aimed.route.key,
        "resourcePath": resource(aimed).0,
        "stage": aimed.deployed.stage.name,
    });
    match &aimed.caller {
        Caller::Nobody | Caller::Iam(_) => {}
        Caller::Jwt { claims, scopes } => {
            context["authorizer"] = json!({ "claims": claims_text(claims), "scopes": scopes });
        }
        Caller::Function { principal, context: said } => {
            let mut said = said.clone();
            said.insert("principalId".to_owned(), json!(principal));
            context["authorizer"] = Value::Object(said);
        }
    }
    context
}

/// Claims are texts; a list is written `[a b]`.
fn claims_text(claims: &Map<String, Value>) -> BTreeMap<&str, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(crate::model::json_path::text).collect();
            format!("[{}]", items.join(" "))
        }
        other => other.to_string(),
    };
    claims.iter().map(|(name, value)| (name.as_str(), text(value))).collect()
}

fn cookies(headers: &[(String, String)]) -> Vec<&str> {
    let all = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    all.flat_map(|(_, value)| value.split("; ")).filter(|cookie| !cookie.is_empty()).collect()
}

/// With what the way here adds to the headers.
pub(super) fn with_forwarded(aimed: &Aimed<'_>, headers: &[(String, String)]) -> Vec<(String, String)> {
    let source = aimed.request.source;
    let (proto, port) = if source.secure_transport { ("https", "443") } else { ("http", "80") };
    let mut headers = headers.to_vec();
    for (name, value) in [
        ("x-forwarded-for", source.ip.to_string().as_str()),
        ("x-forwarded-port", port),
        ("x-forwarded-proto", proto),
    ] {
        if name == "x-forwarded-for" || !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers
}

/// In lower case, several of a name with commas between them; cookies have a place of their own.
fn joined_headers(aimed: &Aimed<'_>, given: &Given<'_>) -> BTreeMap<String, String> {
    let headers = with_forwarded(aimed, given.headers).into_iter();
    joined(
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).filter(|(name, _)| name != "cookie"),
    )
}

fn joined(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name)
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    all
}

fn last(pairs: &[(String, String)]) -> BTreeMap<&str, &str> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn all(pairs: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).or_default().push(value);
    }
    all
}

/// The body as text, or in base64 where its type is no text.
fn body(http: &Request) -> (Option<String>, bool) {
    if http.body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(&http.body).ok().filter(|_| is_text(http)) {
        Some(text) => (Some(text.to_owned()), false),
        None => (Some(BASE64.encode(&http.body)), true),
    }
}

fn is_text(http: &Request) -> bool {
    let kind = http.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    http.header("content-encoding").is_none()
        && (kind.is_empty()
            || kind.starts_with("text/")
            || ["application/json", "application/javascript", "application/xml"].contains(&kind)
            || kind.ends_with("+json")
            || kind.ends_with("+xml"))
}
