//! What is behind the route: a function or a server.

use super::event::{Given, encoded, proxy_event, with_forwarded};
use super::{Aimed, Deployed, Refusal, function_answer};
use crate::ApiGatewayV2;
use crate::model::integration_uri::{function, with_stage_variables};
use crate::model::mapping::{self, Mapped};
use crate::needs::{FunctionAnswer, Invoking, Over, ServerError};
use crate::quota;
use crate::state::{Integration, IntegrationType, LinkStage, VpcLink};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;
use std::time::Duration;
use wire::http::{Request, Response};

/// What a variable of the path must not bring into a URI.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// How long it may take to find out why a VPC link does not lead on.
const TO_BE_TOLD: Duration = Duration::from_secs(10);

/// Headers of one connection, which do not go on to another.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

impl ApiGatewayV2 {
    pub(super) async fn integrate(&self, aimed: &Aimed<'_>) -> Result<Response, Refusal> {
        if aimed.request.http.body.len() > quota::BODY_BYTES {
            return Err(Refusal::too_large());
        }
        let integrations = &aimed.deployed.deployment.content.integrations;
        let integration = aimed.route.target.as_ref().and_then(|id| integrations.get(id));
        let integration = integration.ok_or_else(|| Refusal::internal("the route has no integration"))?;
        let mapped = (!integration.request_parameters.is_empty()).then(|| {
            let http = aimed.request.http;
            let values = |name: &str| aimed.of_request(name);
            let headers = match integration.kind {
                IntegrationType::AwsProxy => Cow::Borrowed(http.headers.as_slice()),
                IntegrationType::HttpProxy => end_to_end(&http.headers),
            };
            mapping::request(&integration.request_parameters, headers.into_owned(), &http.query, &values)
        });
        let patience = integration.patience();
        let answering = async {
            match integration.kind {
                IntegrationType::AwsProxy => self.invoke(aimed, integration, mapped.as_ref()).await,
                IntegrationType::HttpProxy => self.forward(aimed, integration, mapped).await,
            }
        };
        // A way over a link keeps the time itself, and then tells what is in the way.
        let told = if integration.connection.is_some() { TO_BE_TOLD } else { Duration::ZERO };
        let answered = tokio::time::timeout(patience + told, answering).await;
        let late =
            |_| Refusal::unavailable(format!("what is behind the route took longer than {patience:?}"));
        let mut response = answered.map_err(late)??;
        if let Some(parameters) = integration.response_parameters.get(&response.status.to_string()) {
            let (mut status, mut headers) = (response.status, response.headers.clone());
            let values = |name: &str| aimed.of_response(&response, name);
            mapping::response(parameters, &mut status, &mut headers, &values);
            response.status = status;
            response.headers = headers;
        }
        Ok(response)
    }

    async fn invoke(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        mapped: Option<&Mapped>,
    ) -> Result<Response, Refusal> {
        let event = proxy_event(aimed, &Given::of(aimed, mapped), integration.payload_format);
        let named = function(&integration.uri).unwrap_or_default();
        let invoking = Invoking {
            scope: aimed.deployed.api.scope.clone(),
            function: with_stage_variables(named, &aimed.deployed.stage.variables),
            source_arn: aimed.source_arn(),
            payload: event.to_string().into_bytes(),
        };
        let invoked = self.needs.functions.invoke(invoking).await.map_err(|error| match error.status {
            429 => Refusal::unavailable(error.to_string()),
            _ => Refusal::internal(error.to_string()),
        })?;
        let FunctionAnswer { payload, is_error } = invoked;
        if is_error {
            return Err(Refusal::internal("the function failed: its log says why"));
        }
        function_answer::response(&payload, integration.payload_format)
            .map_err(|why| Refusal::internal(format!("malformed answer of the function: {why}")))
    }

    async fn forward(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        mapped: Option<Mapped>,
    ) -> Result<Response, Refusal> {
        if let Some(connection) = &integration.connection {
            return self.forward_over_link(aimed, integration, connection, mapped).await;
        }
        let uri = with_variables(aimed, &integration.uri);
        let (origin, path) = split(&uri);
        let request = forwarded(aimed, integration, mapped, path);
        let response = self.needs.servers.ask(origin.to_owned(), request).await.map_err(unanswered)?;
        Ok(passed_on(response))
    }

    /// To a load balancer inside a VPC. The path has the stage in it.
    async fn forward_over_link(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        connection: &str,
        mapped: Option<Mapped>,
    ) -> Result<Response, Refusal> {
        let Deployed { api, stage, .. } = aimed.deployed;
        let id = with_stage_variables(connection, &stage.variables);
        let link = self.store.read().get::<VpcLink>(&api.scope.key(&id))?;
        let link = link.ok_or_else(|| Refusal::internal(format!("there is no VPC link `{id}`")))?;
        if link.stage != LinkStage::Available {
            let (status, message) = (link.stage.text(), link.stage.message());
            return Err(Refusal::unavailable(format!("the VPC link {id} is {status}: {message}")));
        }
        let mut request = forwarded(aimed, integration, mapped, &aimed.staged_path());
        request.headers.push(("host".to_owned(), aimed.request.domain.to_owned()));
        let over = Over {
            scope: api.scope.clone(),
            from: link.interfaces.clone(),
            listener: with_stage_variables(&integration.uri, &stage.variables),
            patience: integration.patience(),
        };
        let response = self.needs.links.ask(over, request).await.map_err(unanswered)?;
        Ok(passed_on(response))
    }
}

fn unanswered(error: ServerError) -> Refusal {
    match error {
        ServerError::NotReachable(_) => Refusal::unavailable(error.to_string()),
        ServerError::Failed(_) => Refusal::internal(error.to_string()),
    }
}

/// The request as it goes on.
fn forwarded(aimed: &Aimed<'_>, integration: &Integration, mapped: Option<Mapped>, path: &str) -> Request {
    let http = aimed.request.http;
    let (headers, query, own_path) = match mapped {
        Some(Mapped { headers, query, path }) => {
            (Cow::Owned(headers), query.map(|pairs| encoded(&pairs)), path)
        }
        None => (end_to_end(&http.headers), None, None),
    };
    // What the integration's own URI asks for comes before what the client asks for.
    let (path, own_query) = path.split_once('?').unwrap_or((path, ""));
    let query = query.unwrap_or_else(|| http.query.clone());
    let queries = [own_query, query.as_str()];
    let method = match integration.method.as_deref() {
        None | Some("ANY") => http.method.clone(),
        Some(method) => method.to_owned(),
    };
    Request {
        method,
        path: own_path.unwrap_or_else(|| path.to_owned()),
        query: queries.into_iter().filter(|query| !query.is_empty()).collect::<Vec<_>>().join("&"),
        headers: with_forwarded(aimed, &headers).into_iter().filter(|(name, _)| goes_on(name)).collect(),
        body: http.body.clone(),
    }
}

fn goes_on(name: &str) -> bool {
    !HOP_BY_HOP.iter().any(|own| name.eq_ignore_ascii_case(own))
}

fn passed_on(mut response: Response) -> Response {
    let named = named_by_connection(&response.headers);
    response.headers.retain(|(name, _)| goes_on(name) && !is_in(&named, name));
    response
}

/// A request's headers without those that are of its connection only because it says so.
fn end_to_end(headers: &[(String, String)]) -> Cow<'_, [(String, String)]> {
    let named = named_by_connection(headers);
    if !headers.iter().any(|(name, _)| is_in(&named, name)) {
        return Cow::Borrowed(headers);
    }
    Cow::Owned(headers.iter().filter(|(name, _)| !is_in(&named, name)).cloned().collect())
}

/// What a message's `Connection` names (RFC 9110, 7.6.1).
fn named_by_connection(headers: &[(String, String)]) -> Vec<String> {
    let values = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    values.flat_map(|(_, value)| value.split(',')).map(|name| name.trim().to_owned()).collect()
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// The URI with the request's variables in the place of `{name}`, and the stage's.
fn with_variables(aimed: &Aimed<'_>, uri: &str) -> String {
    let mut uri = with_stage_variables(uri, &aimed.deployed.stage.variables);
    for (name, value) in &aimed.parameters {
        let value = utf8_percent_encode(value, IN_PATH).to_string();
        uri = uri.replace(&format!("{{{name}}}"), &value).replace(&format!("{{{name}+}}"), &value);
    }
    uri
}

/// `https://host:port` and the path.
fn split(uri: &str) -> (&str, &str) {
    let host_at = uri.find("://").map_or(0, |at| at + 3);
    match uri.get(host_at..).and_then(|rest| rest.find('/')) {
        Some(at) => uri.split_at_checked(host_at + at).unwrap_or((uri, "/")),
        None => (uri, "/"),
    }
}
