//! The request to an integration, made of the request to the method: its parameters mapped, its body
//! put through a template.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>

use super::context::{context, message_of};
use super::payload::{content_type, handled};
use super::{Aimed, Known, Refusal, event};
use crate::model::integration_uri::with_stage_variables;
use crate::model::mapping::{Reads, Source, Target};
use crate::state::{Integration, Passthrough};
use bytes::Bytes;
use std::collections::BTreeMap;
use vtl::{Data, Json, Params};

/// What an integration is to be asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Asking {
    /// The URI with stage variables and path parameters in their places.
    pub(super) uri: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    /// Whether a template made the body.
    pub(super) is_rendered: bool,
}

/// What a template said to be otherwise, `$context.requestOverride` or `$context.responseOverride`.
pub(super) fn overrides<'j>(context: &'j Json, kind: &str, part: &str) -> Vec<(&'j str, String)> {
    let members = match context.at(&[kind, part]) {
        Some(Json::Object(members)) => members.as_slice(),
        _ => &[],
    };
    members.iter().map(|(name, value)| (name.as_str(), value.plain())).collect()
}

/// # Errors
/// 415 where neither a template nor a passthrough is for the body's type; 500 for a template that fails.
pub(super) fn asking(
    aimed: &Aimed<'_>,
    integration: &Integration,
    known: &mut Known,
) -> Result<Asking, Refusal> {
    let http = aimed.request.http;
    let is_binary =
        event::is_binary(&aimed.api.binary_media_types, content_type(http.header("content-type")));
    let body = handled(&http.body, integration.content_handling, is_binary)
        .ok_or_else(|| Refusal::integration_failure("the body is not in base64".to_owned()))?;
    let template = template(aimed, integration)?;
    if template.is_none() && integration.request_parameters.is_empty() {
        // Nothing is mapped, so nothing of what mappings read is put together.
        let uri =
            with_path(&with_stage_variables(&integration.uri, &aimed.stage.variables), &BTreeMap::new());
        return Ok(Asking { uri, body, ..Asking::default() });
    }
    let text = String::from_utf8_lossy(&body);
    let query = super::payload::query(http);
    let context = context(aimed.arrived(), Some(&aimed.matched), known, None);
    let mut asking = Asking { body: body.clone(), ..Asking::default() };
    let rendered = match template {
        Some(template) => {
            let params = params(aimed, &query);
            let stage_variables = &aimed.stage.variables;
            let data = Data { body: &text, params: &params, context: &context, stage_variables };
            let compiled = aimed.deployed.compiled.template(template);
            let rendered = compiled.and_then(|template| template.render(&data));
            let rendered =
                rendered.map_err(|e| Refusal::integration_failure(format!("the request template: {e}")))?;
            asking.body = rendered.text.into();
            asking.is_rendered = true;
            Some(rendered.context)
        }
        None => None,
    };
    let message = message_of(aimed.arrived(), &aimed.matched.parameters, &query, &text, &context);
    let mut path = BTreeMap::new();
    for (target, source) in &integration.request_parameters {
        let (Some(target), Some(source)) =
            (Target::parse(target), Source::parse(source, Reads::MethodRequest))
        else {
            continue;
        };
        let values = source.values(&message);
        match target {
            Target::Path(name) => path.extend(values.into_iter().next().map(|value| (name, value))),
            Target::Query(name) => asking.query.extend(values.into_iter().map(|value| (name.clone(), value))),
            Target::Header(name) => {
                asking.headers.extend(values.into_iter().map(|value| (name.clone(), value)))
            }
        }
    }
    if let Some(context) = rendered {
        override_parts(&mut asking, &mut path, &context);
        known.request_override = context.get("requestOverride").cloned();
    }
    asking.uri = with_path(&with_stage_variables(&integration.uri, &aimed.stage.variables), &path);
    Ok(asking)
}

fn override_parts(asking: &mut Asking, path: &mut BTreeMap<String, String>, context: &Json) {
    for (name, value) in overrides(context, "requestOverride", "header") {
        asking.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        asking.headers.push((name.to_owned(), value));
    }
    for (name, value) in overrides(context, "requestOverride", "querystring") {
        asking.query.retain(|(known, _)| known != name);
        asking.query.push((name.to_owned(), value));
    }
    path.extend(overrides(context, "requestOverride", "path").into_iter().map(|(n, v)| (n.to_owned(), v)));
}

/// The template for the body's type; none where the body goes on as it came.
fn template<'i>(aimed: &Aimed<'_>, integration: &'i Integration) -> Result<Option<&'i str>, Refusal> {
    if integration.kind.is_proxy() {
        return Ok(None);
    }
    let kind = content_type(aimed.request.http.header("content-type"));
    let templates = &integration.request_templates;
    if let Some(template) = templates.get(kind) {
        return Ok(Some(template));
    }
    match integration.passthrough {
        Passthrough::WhenNoMatch => Ok(None),
        Passthrough::WhenNoTemplates if templates.is_empty() => Ok(None),
        _ => Err(Refusal::unsupported_media_type(format!(
            "the integration has no request template for {kind}, and passthroughBehavior is {}",
            integration.passthrough.text()
        ))),
    }
}

/// `$input.params()`: the last value of each name.
pub(super) fn params(aimed: &Aimed<'_>, query: &[(String, String)]) -> Params {
    let decoded =
        |value: &String| percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
    Params {
        path: aimed.matched.parameters.iter().map(|(name, value)| (name.clone(), decoded(value))).collect(),
        querystring: query.iter().cloned().collect(),
        header: aimed.request.http.headers.iter().cloned().collect(),
    }
}

/// Puts path parameters in the places of `{name}` and `{name+}`.
fn with_path(uri: &str, path: &BTreeMap<String, String>) -> String {
    let (mut out, mut rest) = (String::with_capacity(uri.len()), uri);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        match path.get(name.trim_end_matches('+')) {
            Some(value) => out.push_str(value),
            None => out.extend(["{", name, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_parameters_take_their_places() {
        let path =
            BTreeMap::from([("id".to_owned(), "7".to_owned()), ("proxy".to_owned(), "a/b".to_owned())]);
        assert_eq!(with_path("https://x/{id}/{proxy+}/{no}/{", &path), "https://x/7/a/b/{no}/{");
    }
}
