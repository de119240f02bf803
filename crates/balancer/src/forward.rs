//! Carrying a request to a target.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>

use crate::health::Outstanding;
use crate::live::{LiveGroup, LiveListener, LiveTarget};
use crate::needs::Needs;
use crate::page::{self, Body, BodyError};
use crate::plan::{ForwardedFor, Place, Stickiness};
use crate::reach::{Reach, TargetStream};
use crate::silence::{Answered, Question, Silence};
use crate::tls::Agreed;
use crate::{cookie, function, trace};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use upstream::{Answer, Failure, Pool};

/// How long a target may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection to a target is kept, and how many to each.
const KEPT: Duration = Duration::from_secs(60);
const KEPT_MAX: usize = 64;

/// A target's address, and whether it is spoken to over TLS.
type Spot = (SocketAddr, bool);

/// A node's connections to targets.
#[derive(Clone)]
pub(crate) struct Upstream {
    reach: Reach,
    kept: Arc<Pool<Spot, TargetStream, Body>>,
}

impl Upstream {
    pub(crate) fn new(reach: Reach) -> Self {
        Self { reach, kept: Arc::new(Pool::new(KEPT, KEPT_MAX)) }
    }

    async fn ask(
        &self,
        (to, is_encrypted): Spot,
        request: Request<Body>,
    ) -> Result<Response<Answer<Spot, TargetStream, Body>>, Failure> {
        let open = self.reach.open(to, is_encrypted, CONNECT_TIMEOUT);
        self.kept.ask((to, is_encrypted), request, open).await
    }
}

/// A client's request, and where it came in.
pub(crate) struct Asking<'a> {
    pub listener: &'a LiveListener,
    pub client: SocketAddr,
    /// What was agreed with a client that speaks TLS.
    pub agreed: Option<Agreed>,
    pub parts: Parts,
    pub body: Incoming,
}

/// Hands the request to a target of the group.
pub(crate) async fn to_group(
    needs: &Needs,
    upstream: &Upstream,
    group: &LiveGroup,
    mut asked: Asking<'_>,
) -> Response<Body> {
    let cookie = match &group.plan.stickiness {
        Some(Stickiness::Cookie(_)) => Some(cookie::TARGET),
        Some(Stickiness::AfterCookie(..)) => Some(cookie::APPLICATION),
        Some(Stickiness::SourceIp) | None => None,
    };
    let given = cookie.and_then(|name| cookie::find(&asked.parts.headers, name));
    let known = given.and_then(|given| group.known(&given));
    let Some(target) = known.or_else(|| group.target()) else {
        return page::status(StatusCode::SERVICE_UNAVAILABLE);
    };
    dress(needs, &mut asked);
    let outstanding = target.state.begin();
    let answered = match &target.plan.place {
        Place::Address(to) => to_address(upstream, group, *to, asked, outstanding).await,
        Place::Function(function) => to_function(needs, group, function, asked).await,
        Place::Nowhere => return page::status(StatusCode::SERVICE_UNAVAILABLE),
    };
    match answered {
        Ok(response) => stick(group, target, response),
        Err(status) => page::status(status),
    }
}

fn stick(group: &LiveGroup, target: &LiveTarget, mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let is_due = match &group.plan.stickiness {
        Some(Stickiness::AfterCookie(name, _)) => cookie::is_set(headers, name),
        _ => true,
    };
    if let Some(cookies) = target.cookies.as_ref().filter(|_| is_due) {
        cookies.set(headers);
    }
    response
}

async fn to_address(
    upstream: &Upstream,
    group: &LiveGroup,
    to: SocketAddr,
    asked: Asking<'_>,
    outstanding: Outstanding,
) -> Result<Response<Body>, StatusCode> {
    let silence = Arc::new(Silence::new(asked.listener.plan.settings.idle_timeout));
    let question = Question { body: asked.body, silence: silence.clone() };
    let mut request = Request::from_parts(asked.parts, question.map_err(BodyError::from).boxed());
    if request.method() == Method::CONNECT {
        return Err(StatusCode::BAD_REQUEST);
    }
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or(Uri::from_static("/"), Uri::from);
    *request.version_mut() = hyper::Version::HTTP_11;
    if !request.headers().contains_key(HOST) {
        set(request.headers_mut(), "host", &to.to_string());
    }
    let answered = silence.or(upstream.ask((to, group.plan.is_encrypted), request)).await;
    let answered = answered.map_err(|_| match silence.awaits_client() {
        true => StatusCode::REQUEST_TIMEOUT,
        false => StatusCode::GATEWAY_TIMEOUT,
    })?;
    let response = answered.map_err(|error| refused(&error))?;
    let (mut parts, body) = response.into_parts();
    remove_hop_by_hop(&mut parts.headers);
    parts.version = hyper::Version::HTTP_11;
    let body = Counted { body, _outstanding: outstanding };
    Ok(Response::from_parts(parts, Answered::new(body, silence).boxed()))
}

/// A target that takes no connection in time is a 504, one that refuses or breaks it a 502.
fn refused(error: &Failure) -> StatusCode {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>()
            && matches!(io.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
        {
            return StatusCode::GATEWAY_TIMEOUT;
        }
        cause = error.source();
    }
    StatusCode::BAD_GATEWAY
}

/// An answer's body; its request is outstanding until it was read.
struct Counted {
    body: Answer<Spot, TargetStream, Body>,
    _outstanding: Outstanding,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn to_function(
    needs: &Needs,
    group: &LiveGroup,
    function: &str,
    asked: Asking<'_>,
) -> Result<Response<Body>, StatusCode> {
    let silence = Arc::new(Silence::new(asked.listener.plan.settings.idle_timeout));
    let question = Question { body: asked.body, silence: silence.clone() };
    let collected = silence.or(Limited::new(question, function::BYTES_MAX).collect()).await;
    let collected = collected.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    let body = collected.map_err(|error| {
        if error.is::<LengthLimitError>() { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
    })?;
    let multi_value = group.plan.multi_value_headers;
    let event = function::event(&group.plan.arn, &asked.parts, &body.to_bytes(), multi_value);
    let answered = needs.functions.invoke(function, &group.plan.arn, event).await;
    let answer = answered.map_err(|failure| {
        tracing::info!(%failure, function, "a function behind a load balancer");
        StatusCode::BAD_GATEWAY
    })?;
    function::response(&answer, multi_value).ok_or(StatusCode::BAD_GATEWAY)
}

/// Makes the headers those that a target gets.
fn dress(needs: &Needs, asked: &mut Asking<'_>) {
    let settings = &asked.listener.plan.settings;
    let headers = &mut asked.parts.headers;
    remove_hop_by_hop(headers);
    if settings.drop_invalid_headers {
        remove_invalid(headers);
    }
    let client = asked.client;
    let own = if settings.client_port { client.to_string() } else { client.ip().to_string() };
    let given = joined(headers, "x-forwarded-for");
    match settings.forwarded_for {
        ForwardedFor::Preserve => {}
        ForwardedFor::Remove => {
            headers.remove("x-forwarded-for");
        }
        ForwardedFor::Append => {
            set(headers, "x-forwarded-for", &given.map_or(own.clone(), |given| format!("{given}, {own}")));
        }
    }
    set(headers, "x-forwarded-proto", asked.listener.scheme());
    if settings.tls_headers
        && let Some(agreed) = asked.agreed
    {
        set(headers, "x-amzn-tls-version", agreed.version);
        set(headers, "x-amzn-tls-cipher-suite", agreed.cipher_suite);
    }
    set(headers, "x-forwarded-port", &asked.listener.plan.port.to_string());
    let trace =
        trace::header(joined(headers, "x-amzn-trace-id").as_deref(), needs.clock.now(), needs.ids.as_ref());
    set(headers, "x-amzn-trace-id", &trace);
    if !settings.preserve_host
        && let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok())
        && let Ok(host) = HeaderValue::from_str(&host_for_target(host, asked.listener.plan.port))
    {
        headers.insert(HOST, host);
    }
}

/// At a usual port the host has no port, at another one it has the listener's unless the client named one.
fn host_for_target(host: &str, port: u16) -> String {
    let bare = without_port(host);
    if matches!(port, 80 | 443) {
        bare.to_owned()
    } else if bare == host && !host.is_empty() {
        format!("{host}:{port}")
    } else {
        host.to_owned()
    }
}

/// A host without its port, an address in brackets with them.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Headers that are for one connection only (RFC 9110, 7.6.1).
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    const NAMES: [&str; 8] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name.as_str())
}

/// With those that `Connection` names. A message whose body came in chunks is as long as they were, whatever else it
/// says (RFC 9112, 6.3). The host is for everybody on the way.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| name != HOST)
        .collect();
    let own: Vec<HeaderName> = headers.keys().filter(|name| is_hop_by_hop(name)).cloned().collect();
    for name in own.iter().chain(&named) {
        headers.remove(name);
    }
}

/// Names with anything but letters, digits and hyphens, which some servers read as other names.
fn remove_invalid(headers: &mut HeaderMap) {
    let is_invalid =
        |name: &&HeaderName| !name.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let invalid: Vec<HeaderName> = headers.keys().filter(is_invalid).cloned().collect();
    for name in invalid {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_one_connection_goes_no_further() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Secret, Host"),
            ("host", "a"),
            ("transfer-encoding", "chunked"),
            ("content-length", "9"),
            ("x-secret", "1"),
            ("te", "trailers"),
            ("x-kept", "1"),
            ("upgrade", "h2c"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        remove_hop_by_hop(&mut headers);
        let mut kept: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["host", "x-kept"]);
    }

    #[test]
    fn the_host_has_the_port_of_an_unusual_listener() {
        for (host, port, wanted) in
            [("a.b", 80, "a.b"), ("a.b:80", 80, "a.b"), ("a.b", 8080, "a.b:8080"), ("a.b:1", 8080, "a.b:1")]
        {
            assert_eq!(host_for_target(host, port), wanted);
        }
    }

    #[test]
    fn a_port_is_taken_off_a_host() {
        for (host, wanted) in
            [("a.b:80", "a.b"), ("a.b", "a.b"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), (":80", ":80")]
        {
            assert_eq!(without_port(host), wanted);
        }
    }
}
