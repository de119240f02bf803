//! Servers behind `HTTP` and `HTTP_PROXY`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html>

use super::map_request::Asking;
use super::map_response::Got;
use super::{Aimed, Known, Refusal};
use crate::ApiGateway;
use crate::model::integration_uri::with_stage_variables;
use crate::needs::{Over, ServerError};
use crate::state::{Integration, IntegrationType, VpcLink};
use std::collections::BTreeSet;
use std::net::IpAddr;
use wire::http::{Request, Response};

/// Headers that belong to one connection, or that the gateway sets itself.
const OWN: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Whom the request came from, the last of them the gateway's own client.
const FORWARDED_FOR: &str = "x-forwarded-for";

impl ApiGateway {
    pub(super) async fn ask_server(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        asking: Asking,
        known: &mut Known,
    ) -> Result<Response, Refusal> {
        let (origin, request) = request(aimed, integration, asking)?;
        if let Some(trace) = &mut known.trace {
            trace.sending(&format!("{origin}{}", request.path), &request.headers, &request.body);
        }
        let answered = match &integration.connection {
            None => self.needs.servers.ask(origin.clone(), request).await,
            Some(connection) => {
                let over = over_link(aimed, integration, connection, &origin)?;
                self.needs.links.ask(over, request).await
            }
        };
        if let (Some(trace), Ok(response)) = (&mut known.trace, &answered) {
            trace.received(&response.headers, &response.body);
        }
        answered.map_err(|error| match error {
            ServerError::NotReachable(_) | ServerError::Failed(_) => {
                Refusal::unreachable(format!("{origin}: {error}"))
            }
        })
    }
}

/// The way over the VPC link that the integration names.
fn over_link(
    aimed: &Aimed<'_>,
    integration: &Integration,
    connection: &str,
    origin: &str,
) -> Result<Over, Refusal> {
    let scope = &aimed.api.scope;
    let id = with_stage_variables(connection, &aimed.stage.variables);
    let link = aimed.rows.get::<VpcLink>(&scope.key(&id))?;
    let link = link.ok_or_else(|| Refusal::integration_failure(format!("there is no VPC link `{id}`")))?;
    Ok(Over {
        scope: scope.clone(),
        balancer: link.target.clone(),
        origin: origin.to_owned(),
        patience: integration.patience(),
    })
}

/// What a server behind `HTTP` answered, for its responses to be chosen by the status.
pub(super) fn got(response: &Response) -> Got {
    Got {
        selector: Some(response.status.to_string()),
        headers: response.headers.clone(),
        body: response.body.clone(),
    }
}

/// A proxied answer goes on as it is, but for what belongs to the connection.
pub(super) fn passed_on(mut response: Response) -> Response {
    let named = named_by_connection(&response.headers);
    response.headers.retain(|(name, _)| !is_own(name) && !is_in(&named, name));
    response
}

fn is_own(name: &str) -> bool {
    OWN.iter().any(|own| name.eq_ignore_ascii_case(own))
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// What a message's `Connection` says belongs to its connection only (RFC 9110, 7.6.1).
fn named_by_connection(headers: &[(String, String)]) -> Vec<String> {
    let values = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    values.flat_map(|(_, value)| value.split(',')).map(|name| name.trim().to_owned()).collect()
}

/// The host that a request names: the one that is mapped, else the server's own.
fn host<'a>(mapped: &'a [(String, String)], authority: &'a str) -> &'a str {
    let is_host = |value: &str| {
        !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    };
    let mut hosts = mapped.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    hosts.find(|(_, value)| is_host(value)).map_or(authority, |(_, value)| value)
}

/// The origin and what it is asked.
fn request(
    aimed: &Aimed<'_>,
    integration: &Integration,
    asking: Asking,
) -> Result<(String, Request), Refusal> {
    let failure = Refusal::integration_failure;
    let (scheme, rest) = asking
        .uri
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        .ok_or_else(|| failure(format!("`{}` is no HTTP endpoint", asking.uri)))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (path, own_query) = path.split_once('?').unwrap_or((path, ""));
    if authority.is_empty() || authority.contains(['@', ' ']) || path.contains(char::is_whitespace) {
        return Err(failure(format!("`{}` is no HTTP endpoint", asking.uri)));
    }
    let method = match integration.http_method.as_str() {
        "ANY" | "" => aimed.request.http.method.clone(),
        own => own.to_owned(),
    };
    let request = Request {
        method,
        path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        query: query(aimed, integration, &asking.query, own_query),
        headers: headers(aimed, integration, &asking, authority),
        body: asking.body,
    };
    Ok((format!("{scheme}://{authority}"), request))
}

fn query(aimed: &Aimed<'_>, integration: &Integration, mapped: &[(String, String)], own: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    let mapped_names: BTreeSet<&str> = mapped.iter().map(|(name, _)| name.as_str()).collect();
    if integration.kind == IntegrationType::HttpProxy {
        let came = super::payload::query(aimed.request.http);
        for (name, value) in came.iter().filter(|(name, _)| !mapped_names.contains(name.as_str())) {
            pairs.append_pair(name, value);
        }
    }
    for (name, value) in mapped {
        pairs.append_pair(name, value);
    }
    let made = pairs.finish();
    [own, &made].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
}

/// What the client says of who came before it, and then the client, which it does not say of itself.
fn forwarded_for(http: &Request, client: &IpAddr) -> String {
    let said = http.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(FORWARDED_FOR));
    let all = said.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty());
    all.chain([client.to_string()]).collect::<Vec<_>>().join(", ")
}

fn headers(
    aimed: &Aimed<'_>,
    integration: &Integration,
    asking: &Asking,
    authority: &str,
) -> Vec<(String, String)> {
    let http = aimed.request.http;
    let mut headers = vec![("host".to_owned(), host(&asking.headers, authority).to_owned())];
    // A value with a line's end in it would be a header of its own.
    let is_value = |value: &str| !value.contains(['\r', '\n', '\0']);
    let is_known = |headers: &[(String, String)], name: &str| {
        headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    let set = |headers: &mut Vec<(String, String)>, name: &str, value: &str| {
        if !is_known(headers, name) && is_value(value) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    for (name, value) in &asking.headers {
        set(&mut headers, name, value);
    }
    if integration.kind == IntegrationType::HttpProxy {
        let named = named_by_connection(&http.headers);
        let is_held_back =
            |name: &str| is_own(name) || is_in(&named, name) || name.eq_ignore_ascii_case(FORWARDED_FOR);
        let goes_on = |name: &str| !is_held_back(name) && !is_known(&headers, name);
        // A header that came twice goes on twice: what an authorizer was shown, the server sees too.
        let passed = http.headers.iter().filter(|(name, value)| goes_on(name) && is_value(value));
        let passed: Vec<_> = passed.cloned().collect();
        headers.extend(passed);
        set(&mut headers, FORWARDED_FOR, &forwarded_for(http, &aimed.request.source.ip));
    }
    let mut set = |name: &str, value: &str| set(&mut headers, name, value);
    if !asking.body.is_empty() {
        set("content-type", super::payload::content_type(http.header("content-type")));
    }
    set("accept", "application/json");
    set("user-agent", &format!("AmazonAPIGateway_{}", aimed.api.id));
    set("x-amzn-apigateway-api-id", &aimed.api.id);
    headers
}
