//! A refusal in the words of the API's owner, where there are some.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>

use super::context::{Ended, context, message_of};
use super::{Arrived, Known, Refusal};
use crate::model::mapping::{Reads, Source};
use crate::model::placeholders::filled;
use crate::model::route::Matched;
use crate::state::GatewayResponse;
use vtl::Json;
use wire::http::Response;

/// The prefix of the headers that a gateway response sets.
const HEADER: &str = "gatewayresponse.header.";

pub(super) fn worded(
    arrived: Arrived<'_>,
    matched: Option<&Matched<'_>>,
    known: &Known,
    refusal: &Refusal,
) -> Response {
    let worded = &arrived.deployed.compiled.deployment.parts.gateway_responses;
    let own = worded.get(refusal.kind.name).or_else(|| worded.get(refusal.kind.fallback().name));
    match own {
        None => refusal.response(arrived.request.request_id),
        Some(own) => in_words(arrived, matched, known, refusal, own),
    }
}

fn in_words(
    arrived: Arrived<'_>,
    matched: Option<&Matched<'_>>,
    known: &Known,
    refusal: &Refusal,
    own: &GatewayResponse,
) -> Response {
    let request = arrived.request;
    let status = own.status.as_deref().and_then(|status| status.parse().ok()).unwrap_or(refusal.status);
    let ended = Ended { status, length: 0, refusal: Some(refusal) };
    let context = context(arrived, matched, known, Some(&ended));
    let mut headers = refusal.headers(request.request_id);
    for (name, value) in set_headers(arrived, matched, own, &context) {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, value));
    }
    let accept = request.http.header("accept").unwrap_or_default();
    let template = own.templates.get_key_value(accept.split(',').next().unwrap_or_default().trim());
    let template = template.or_else(|| own.templates.get_key_value("application/json"));
    let (kind, body) = match template.or_else(|| own.templates.iter().next()) {
        Some((kind, template)) => {
            (kind.as_str(), filled(template, &context, &arrived.deployed.stage.variables, ""))
        }
        None => ("application/json", refusal.body()),
    };
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    Response { status, headers, body: body.into(), ..Response::default() }
}

/// The headers that the response's parameters set.
fn set_headers(
    arrived: Arrived<'_>,
    matched: Option<&Matched<'_>>,
    own: &GatewayResponse,
    context: &Json,
) -> Vec<(String, String)> {
    let query = super::payload::query(arrived.request.http);
    let none = Default::default();
    let message = message_of(arrived, matched.map_or(&none, |m| &m.parameters), &query, "", context);
    let set = own.parameters.iter().filter_map(|(target, source)| {
        let name = target.strip_prefix(HEADER)?;
        let value = Source::parse(source, Reads::MethodRequest)?.values(&message).into_iter().next()?;
        Some((name.to_owned(), value))
    });
    set.collect()
}
