//! The answer to the client, made of what an integration answered.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html>

use super::context::context;
use super::map_request::{overrides, params};
use super::payload::{content_type, handled};
use super::{Aimed, Known, Refusal, event};
use crate::model::mapping::{Message, Reads, Source};
use crate::state::{Integration, IntegrationResponse};
use bytes::Bytes;
use vtl::{Data, Json};
use wire::http::Response;

/// What an integration answered, and what its responses are chosen by.
#[derive(Debug, Clone, Default)]
pub(super) struct Got {
    /// A status, or the message of a function's error; none for a function that succeeded.
    pub(super) selector: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// The prefix of the headers that an integration's response sets.
const HEADER: &str = "method.response.header.";

/// # Errors
/// 500 where no response fits and none is the default, and for a template that fails.
pub(super) fn mapped(
    aimed: &Aimed<'_>,
    integration: &Integration,
    known: &Known,
    got: &Got,
) -> Result<Response, Refusal> {
    let failure = Refusal::integration_failure;
    let (status, response) = chosen(aimed, integration, got).ok_or_else(|| {
        let selector = got.selector.as_deref().unwrap_or("a success");
        failure(format!("no integration response is for `{selector}`, and none is the default"))
    })?;
    let kind = got.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.map(|(_, kind)| kind.as_str());
    let is_binary = event::is_binary(&aimed.api.binary_media_types, content_type(kind));
    let body = handled(&got.body, response.content_handling, is_binary)
        .ok_or_else(|| failure("the integration's body is not in base64".to_owned()))?;
    let text = String::from_utf8_lossy(&body);
    let context = context(aimed.arrived(), Some(&aimed.matched), known, None);
    let mut headers = parameters(aimed, response, got, &text, &context);
    let mut answered =
        Response { status: status.parse().unwrap_or(200), body: body.clone(), ..Response::default() };
    let mut answered_kind = kind.unwrap_or("application/json").to_owned();
    if let Some((kind, template)) = template(aimed, response) {
        let query = super::payload::query(aimed.request.http);
        let params = params(aimed, &query);
        let stage_variables = &aimed.stage.variables;
        let data = Data { body: &text, params: &params, context: &context, stage_variables };
        let rendered = aimed.deployed.compiled.template(template).and_then(|t| t.render(&data));
        let rendered = rendered.map_err(|e| failure(format!("the response template: {e}")))?;
        answered.body = rendered.text.into();
        kind.clone_into(&mut answered_kind);
        override_parts(&mut answered.status, &mut headers, &rendered.context);
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.insert(0, ("content-type".to_owned(), answered_kind));
    }
    answered.headers = headers;
    Ok(answered)
}

fn override_parts(status: &mut u16, headers: &mut Vec<(String, String)>, context: &Json) {
    let wanted = context.at(&["responseOverride", "status"]).and_then(|status| status.plain().parse().ok());
    // AWS overlooks what is no status.
    if let Some(wanted) = wanted.filter(|wanted| (100..600).contains(wanted)) {
        *status = wanted;
    }
    for (name, value) in overrides(context, "responseOverride", "header") {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), value));
    }
}

/// The first response whose pattern the selector fits, else the one that has none.
fn chosen<'i>(
    aimed: &Aimed<'_>,
    integration: &'i Integration,
    got: &Got,
) -> Option<(&'i String, &'i IntegrationResponse)> {
    let pattern = |response: &'i IntegrationResponse| {
        response.selection_pattern.as_deref().filter(|pattern| !pattern.is_empty())
    };
    let fitting = got.selector.as_deref().and_then(|selector| {
        integration.responses.iter().find(|(_, response)| {
            pattern(response).is_some_and(|p| aimed.deployed.compiled.fits(p, selector))
        })
    });
    fitting.or_else(|| integration.responses.iter().find(|(_, response)| pattern(response).is_none()))
}

/// The template that the client accepts, else the one for JSON, else the first.
fn template<'r>(aimed: &Aimed<'_>, response: &'r IntegrationResponse) -> Option<(&'r str, &'r str)> {
    let templates = &response.templates;
    let accept = aimed.request.http.header("accept").unwrap_or_default();
    let accepted = accept
        .split(',')
        .find_map(|kind| templates.get_key_value(kind.split(';').next().unwrap_or_default().trim()));
    let found =
        accepted.or_else(|| templates.get_key_value("application/json")).or_else(|| templates.iter().next());
    // An empty template lets the body through.
    found.map(|(kind, text)| (kind.as_str(), text.as_str())).filter(|(_, text)| !text.is_empty())
}

fn parameters(
    aimed: &Aimed<'_>,
    response: &IntegrationResponse,
    got: &Got,
    text: &str,
    context: &Json,
) -> Vec<(String, String)> {
    let none = Default::default();
    let message = Message {
        path: &none,
        query: &[],
        headers: &got.headers,
        body: text,
        context,
        stage_variables: &aimed.stage.variables,
    };
    let set = response.parameters.iter().filter_map(|(target, source)| {
        let name = target.strip_prefix(HEADER)?;
        Some((name, Source::parse(source, Reads::IntegrationResponse)?.values(&message)))
    });
    set.flat_map(|(name, values)| values.into_iter().map(move |value| (name.to_owned(), value))).collect()
}
