//! Serving a listener: each connection, each request, the rule that it meets.

use crate::cookie;
use crate::forward::{self, Asking, Upstream, without_port};
use crate::http2;
use crate::live::LiveListener;
use crate::needs::Needs;
use crate::page::{self, Body};
use crate::plan::{Action, Settings};
use crate::rules::{self, Asked};
use crate::tls::{self, Agreed, Door};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderName, HeaderValue, SERVER};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Most connections of a listener at once.
const CONNECTIONS_MAX: usize = 10_000;
/// Most bytes of a request's line and headers; AWS's limit for all headers is 64 KiB.
const HEAD_MAX: usize = 64 << 10;
/// Requests that one HTTP/2 connection may have open, as on AWS.
const HTTP2_STREAMS: u32 = 128;
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
    let listener = newest(&current);
    let idle = listener.plan.settings.idle_timeout;
    let from = From { client, agreed: None, current, needs, upstream };
    match &listener.door {
        Door::Plain => from.http1(stream, idle).await,
        Door::Shut => {}
        Door::Encrypted(acceptor) => match tls::greet(acceptor, stream, idle).await {
            Ok(stream) => {
                let from = From { agreed: Agreed::of(stream.get_ref().1), ..from };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    from.http2(stream, idle).await;
                } else {
                    from.http1(stream, idle).await;
                }
            }
            Err(error) => tracing::debug!(%error, "a TLS handshake with a load balancer"),
        },
    }
}

/// Who is at the other end of a connection, and what its requests need.
#[derive(Clone)]
struct From {
    client: SocketAddr,
    agreed: Option<Agreed>,
    current: Current,
    needs: Needs,
    upstream: Upstream,
}

impl From {
    async fn http1<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, idle: Duration) {
        let service = service_fn(|request| async move { Ok::<_, Infallible>(self.answer(request).await) });
        let served = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(idle)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = served.await {
            tracing::debug!(%error, "a connection to a load balancer");
        }
    }

    /// Ends when no request was open for as long as a connection may be silent.
    async fn http2<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S, idle: Duration) {
        let used = Arc::new(Used::default());
        let noted = used.clone();
        let service = service_fn(move |request| {
            let (from, open) = (self.clone(), noted.begin());
            async move {
                let answered = from.answer(request).await;
                drop(open);
                Ok::<_, Infallible>(answered)
            }
        });
        let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(idle)
            .max_header_list_size(HEAD_MAX as u32)
            .max_concurrent_streams(HTTP2_STREAMS)
            .serve_connection(TokioIo::new(stream), service);
        let mut served = std::pin::pin!(served);
        loop {
            tokio::select! {
                ended = served.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection to a load balancer");
                    }
                    return;
                }
                () = tokio::time::sleep(idle) => {
                    if used.was_idle() {
                        served.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let listener = newest(&self.current);
        let mut answered = answer(&listener, self, request).await;
        dress(&listener.plan.settings, &mut answered);
        answered
    }
}

/// Makes the headers those that the listener answers with.
fn dress(settings: &Settings, answered: &mut Response<Body>) {
    let headers = answered.headers_mut();
    if !settings.has_server_header {
        headers.remove(SERVER);
    }
    for (name, value) in &settings.answered_headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_str(name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
}

/// Whether a connection was used since it was last asked.
#[derive(Default)]
struct Used {
    open: AtomicUsize,
    begun: AtomicBool,
}

/// A request that is open.
struct Using(Arc<Used>);

impl Used {
    fn begin(self: &Arc<Self>) -> Using {
        self.begun.store(true, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        Using(self.clone())
    }

    fn was_idle(&self) -> bool {
        !self.begun.swap(false, Ordering::Relaxed) && self.open.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Using {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) fn newest(current: &Current) -> Arc<LiveListener> {
    current.read().unwrap_or_else(PoisonError::into_inner).clone()
}

async fn answer(listener: &LiveListener, from: &From, request: Request<Incoming>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    if parts.method == Method::TRACE {
        return page::status(StatusCode::METHOD_NOT_ALLOWED);
    }
    if parts.method == Method::CONNECT
        || (parts.version == Version::HTTP_2 && http2::lower(&mut parts).is_none())
    {
        return page::status(StatusCode::BAD_REQUEST);
    }
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
        source: from.client.ip(),
    };
    let Some(rule) = rules::choose(&listener.rules, &asked) else {
        return page::status(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match &rule.plan.action {
        Action::FixedResponse { status, content_type, body } => page::fixed(*status, content_type, body),
        Action::Redirect(redirect) => {
            page::redirect(redirect.status, &redirect.location(&asked, listener.scheme(), listener.plan.port))
        }
        Action::Forward(forward) => {
            let given = forward.stickiness.and_then(|_| cookie::find(&parts.headers, cookie::GROUP));
            let known = given.and_then(|given| rule.known(&given));
            let Some(group) = known.or_else(|| rule.group()) else {
                return page::status(StatusCode::SERVICE_UNAVAILABLE);
            };
            let (client, agreed) = (from.client, from.agreed);
            let asking = Asking { listener, client, agreed, parts, body };
            let mut answered = forward::to_group(&from.needs, &from.upstream, group, asking).await;
            if let Some(cookies) = rule.cookies(group) {
                cookies.set(answered.headers_mut());
            }
            answered
        }
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
