//! Serving a listener: each connection, each request, the rule that it meets.

use crate::forward::{self, Asking, Upstream, without_port};
use crate::live::LiveListener;
use crate::needs::Needs;
use crate::page::{self, Body};
use crate::plan::Action;
use crate::rules::{self, Asked};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Most connections of a listener at once.
const CONNECTIONS_MAX: usize = 10_000;
/// Most bytes of a request's line and headers; AWS's limit for all headers is 64 KiB.
const HEAD_MAX: usize = 64 << 10;
/// How long to wait after the kernel refused a connection for want of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// What a listener serves, replaced as the plan changes; open connections see the newest.
pub(crate) type Current = Arc<RwLock<Arc<LiveListener>>>;

/// Takes connections for as long as it is polled; those that are open end with it.
pub(crate) async fn http(listener: TcpListener, current: Current, needs: Needs, upstream: Upstream) {
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        if open.len() >= CONNECTIONS_MAX {
            open.join_next().await;
        }
        match listener.accept().await {
            Ok((stream, client)) => {
                open.spawn(connection(stream, client, current.clone(), needs.clone(), upstream.clone()));
            }
            Err(error) => {
                tracing::debug!(%error, "accept for a load balancer");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    client: SocketAddr,
    current: Current,
    needs: Needs,
    upstream: Upstream,
) {
    let _ = stream.set_nodelay(true);
    let idle = newest(&current).plan.settings.idle_timeout;
    let service = service_fn(|request| {
        let (listener, needs, upstream) = (newest(&current), &needs, &upstream);
        async move { Ok::<_, Infallible>(answer(&listener, needs, upstream, client, request).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection to a load balancer");
    }
}

fn newest(current: &Current) -> Arc<LiveListener> {
    current.read().unwrap_or_else(PoisonError::into_inner).clone()
}

async fn answer(
    listener: &LiveListener,
    needs: &Needs,
    upstream: &Upstream,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(host) = host(&parts) else { return page::status(StatusCode::BAD_REQUEST) };
    let headers: Vec<(&str, &str)> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let asked = Asked {
        host: without_port(host),
        path: parts.uri.path(),
        query: parts.uri.query(),
        method: parts.method.as_str(),
        headers: &headers,
        source: client.ip(),
    };
    let Some(rule) = rules::choose(&listener.rules, &asked) else {
        return page::status(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match &rule.plan.action {
        Action::FixedResponse { status, content_type, body } => page::fixed(*status, content_type, body),
        Action::Redirect(redirect) => {
            page::redirect(redirect.status, &redirect.location(&asked, listener.plan.port))
        }
        Action::Forward(_) => match rule.group() {
            Some(group) => {
                forward::to_group(needs, upstream, group, Asking { listener, client, parts, body }).await
            }
            None => page::status(StatusCode::SERVICE_UNAVAILABLE),
        },
    }
}

/// The one host that a request names; HTTP/1.1 wants one, and two would mean different things to different readers.
fn host(parts: &Parts) -> Option<&str> {
    let mut given = parts.headers.get_all(HOST).iter();
    match (given.next(), given.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) if parts.version == hyper::Version::HTTP_10 => Some(""),
        _ => None,
    }
}
