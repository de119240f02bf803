//! The event that a function behind `AWS_PROXY` gets.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format>

use super::{Aimed, Arrived, Known};
use crate::state::ApiKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use policy::Principal;
use serde::Serialize;
use service::Caller;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Headers that AWS does not hand on.
const HIDDEN: [&str; 5] = ["connection", "content-length", "te", "transfer-encoding", "upgrade"];

/// Written as it is borrowed: a request makes no tree of values of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    /// An authorizer's event says what it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method_arn: Option<&'a str>,
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Option<BTreeMap<&'a str, &'a str>>,
    multi_value_headers: Option<BTreeMap<&'a str, Vec<&'a str>>>,
    query_string_parameters: Option<BTreeMap<&'a str, &'a str>>,
    multi_value_query_string_parameters: Option<BTreeMap<&'a str, Vec<&'a str>>>,
    path_parameters: Option<&'a BTreeMap<String, String>>,
    stage_variables: Option<&'a BTreeMap<String, String>>,
    request_context: RequestContext<'a>,
    #[serde(flatten)]
    body: Option<Body<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    resource_id: &'a str,
    resource_path: &'a str,
    operation_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<serde_json::Value>,
    http_method: &'a str,
    extended_request_id: &'a str,
    request_time: String,
    path: String,
    account_id: &'a str,
    protocol: &'a str,
    stage: &'a str,
    domain_prefix: &'a str,
    request_time_epoch: i64,
    request_id: &'a str,
    identity: Identity<'a>,
    domain_name: &'a str,
    deployment_id: &'a str,
    api_id: &'a str,
}

/// Who calls. What is left out and what is null is as AWS has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity<'a> {
    cognito_identity_pool_id: Option<&'a str>,
    account_id: Option<&'a str>,
    cognito_identity_id: Option<&'a str>,
    caller: Option<&'a str>,
    source_ip: String,
    principal_org_id: Option<&'a str>,
    access_key: Option<&'a str>,
    cognito_authentication_type: Option<&'a str>,
    cognito_authentication_provider: Option<&'a str>,
    user_arn: Option<String>,
    user_agent: Option<&'a str>,
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpce_id: Option<&'a str>,
}

/// The event as JSON.
///
/// # Errors
/// None that is known; the writer has the type.
pub fn proxy_event(aimed: &Aimed<'_>, known: &Known) -> Result<Vec<u8>, serde_json::Error> {
    event(aimed, known, None)
}

/// What an authorizer's function gets that is shown the whole request but its body.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>
pub fn authorizer_event(aimed: &Aimed<'_>, method_arn: &str) -> Result<Vec<u8>, serde_json::Error> {
    event(aimed, &Known::default(), Some(method_arn))
}

fn event(aimed: &Aimed<'_>, known: &Known, method_arn: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
    let http = aimed.request.http;
    let shown = http.headers.iter().filter(|(name, _)| !HIDDEN.iter().any(|h| name.eq_ignore_ascii_case(h)));
    let (mut headers, mut multi_value_headers) = last_and_all(shown.map(|(n, v)| (n.as_str(), v.as_str())));
    let query: Vec<_> = form_urlencoded::parse(http.query.as_bytes()).collect();
    let (mut query, mut multi_value_query) =
        last_and_all(query.iter().map(|(n, v)| (n.as_ref(), v.as_ref())));
    let none = BTreeMap::new();
    let (mut path_parameters, mut stage_variables) =
        (some(&aimed.matched.parameters), some(&aimed.stage.variables));
    if method_arn.is_some() {
        // An authorizer gets empty maps where a function behind the method gets null.
        headers.get_or_insert_default();
        multi_value_headers.get_or_insert_default();
        query.get_or_insert_default();
        multi_value_query.get_or_insert_default();
        path_parameters.get_or_insert(&none);
        stage_variables.get_or_insert(&none);
    }
    let path = aimed.request.shown_path();
    let caller = known.caller.as_ref();
    let user_id = caller.map(|caller| caller.principal.user_id());
    let identity = identity(aimed.arrived(), caller, user_id.as_deref(), known.key.as_deref());
    let event = Event {
        kind: method_arn.map(|_| "REQUEST"),
        method_arn,
        resource: &aimed.matched.resource.path,
        path: &path,
        http_method: &http.method,
        headers,
        multi_value_headers,
        query_string_parameters: query,
        multi_value_query_string_parameters: multi_value_query,
        path_parameters,
        stage_variables,
        request_context: request_context(aimed, known, identity),
        body: method_arn.is_none().then(|| body(aimed)),
    };
    serde_json::to_vec(&event)
}

fn some(map: &BTreeMap<String, String>) -> Option<&BTreeMap<String, String>> {
    (!map.is_empty()).then_some(map)
}

type Last<'a> = BTreeMap<&'a str, &'a str>;
type All<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The last value of each name, and all of them; null where there are none.
fn last_and_all<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> (Option<Last<'a>>, Option<All<'a>>) {
    let (mut last, mut all) = (Last::new(), All::new());
    for (name, value) in pairs {
        all.entry(name).or_default().push(value);
        last.insert(name, value);
    }
    if last.is_empty() { (None, None) } else { (Some(last), Some(all)) }
}

/// The body as text, or in base64 when its type is one of the API's binary media types. As on
/// AWS, bytes that are no text are replaced when the API did not name their type.
fn body<'a>(aimed: &Aimed<'a>) -> Body<'a> {
    let http = aimed.request.http;
    let kind = http.header("content-type").unwrap_or_default();
    if http.body.is_empty() {
        return Body { body: None, is_base64_encoded: false };
    }
    if is_binary(&aimed.api.binary_media_types, kind) {
        return Body { body: Some(BASE64.encode(&http.body).into()), is_base64_encoded: true };
    }
    Body { body: Some(String::from_utf8_lossy(&http.body)), is_base64_encoded: false }
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

/// `09/Apr/2015:12:34:56 +0000`
pub fn request_time(now: base::Timestamp) -> String {
    let format =
        time::macros::format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    now.to_utc().format(&format).unwrap_or_default()
}

fn request_context<'a>(aimed: &'a Aimed<'_>, known: &Known, identity: Identity<'a>) -> RequestContext<'a> {
    let request = aimed.request;
    RequestContext {
        resource_id: &aimed.matched.resource.id,
        resource_path: &aimed.matched.resource.path,
        operation_name: aimed.matched.method.operation_name.as_deref(),
        authorizer: known.authorized.as_ref().map(super::authorizer::Authorized::event),
        http_method: &request.http.method,
        extended_request_id: request.request_id,
        request_time: request_time(request.now),
        path: request.whole_path(&aimed.stage.name),
        account_id: aimed.api.scope.account.as_str(),
        protocol: "HTTP/1.1",
        stage: &aimed.stage.name,
        domain_prefix: request.domain.split('.').next().unwrap_or_default(),
        request_time_epoch: request.now.millis(),
        request_id: request.request_id,
        identity,
        domain_name: request.domain,
        deployment_id: &aimed.stage.deployment,
        api_id: &aimed.api.id,
    }
}

pub(super) fn identity<'a>(
    arrived: Arrived<'a>,
    caller: Option<&'a Caller>,
    user_id: Option<&'a str>,
    key: Option<&'a ApiKey>,
) -> Identity<'a> {
    let http = arrived.request.http;
    let signed = caller.filter(|caller| caller.principal != Principal::Anonymous);
    let user_id = user_id.filter(|_| signed.is_some());
    let endpoint = arrived.request.source.endpoint.as_ref();
    Identity {
        cognito_identity_pool_id: None,
        account_id: signed.map(|c| c.account.as_str()),
        cognito_identity_id: None,
        caller: user_id,
        source_ip: arrived.request.source.ip.to_string(),
        principal_org_id: None,
        access_key: signed.map(|c| c.access_key_id.as_str()),
        cognito_authentication_type: None,
        cognito_authentication_provider: None,
        user_arn: signed.map(|c| c.principal.arn()),
        user_agent: http.header("user-agent"),
        user: user_id,
        api_key_id: key.map(|key| key.id.as_str()),
        api_key: key.and_then(|_| http.header("x-api-key")),
        vpc_id: endpoint.map(|e| e.vpc.as_str()),
        vpce_id: endpoint.map(|e| e.vpce.as_str()),
    }
}
