//! The listener, the connections and which path leads where.

use crate::answer::{self, Answer};
use crate::extension::{self, Surroundings};
use crate::session::{Session, Shared};
use crate::telemetry::{self, Api};
use crate::{MAX_CONNECTIONS, MAX_RESPONSE_BYTES};
use crate::{init_error::init_error, invocation_error::invocation_error, next::next, response::response};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

const RUNTIME: &str = "/2018-06-01/runtime/";
const EXTENSION: &str = "/2020-01-01/extension/";
const TELEMETRY: &str = "/2022-07-01/telemetry";
const LOGS: &str = "/2020-08-15/logs";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// After an accept that failed (no descriptors left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub fn serve(
    listener: std::net::TcpListener,
    surroundings: Option<Surroundings>,
) -> std::io::Result<Session> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let session = Session::new(surroundings);
    let (shared, ended, unserved) = (session.shared(), session.ended(), session.unserved.clone());
    tokio::spawn(async move {
        accept(listener, shared, ended).await;
        unserved.send_replace(true);
    });
    Ok(session)
}

/// Accepts until the session ends; dropping the set then ends every connection.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut ended: watch::Receiver<()>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = ended.changed() => return,
            Some(_) = connections.join_next() => continue,
            accepted = admit(&listener, &room) => accepted,
        };
        match accepted {
            Some((stream, permit)) => {
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    converse(stream, &shared).await;
                    drop(permit);
                });
            }
            None => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn admit(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    Some((stream, permit))
}

async fn converse(stream: TcpStream, shared: &Arc<Shared>) {
    // Small answers to a local peer: waiting to fill a segment would only add latency.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| async { Ok::<_, Infallible>(route(shared, request).await) });
    let connection = hyper::server::conn::http1::Builder::new()
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a runtime's connection ended");
    }
}

async fn route(shared: &Shared, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let Some(rest) = path.strip_prefix(RUNTIME) else {
        return route_extensions(shared, &path, request).await;
    };
    let mut parts = rest.split('/');
    let endpoint = (parts.next(), parts.next(), parts.next(), parts.next());
    let get = request.method() == Method::GET;
    let post = request.method() == Method::POST;
    match endpoint {
        (Some("invocation"), Some("next"), None, None) if get => next(shared).await,
        (Some("invocation"), Some(id), Some("response"), None) if post => response(shared, id, request).await,
        (Some("invocation"), Some(id), Some("error"), None) if post => {
            invocation_error(shared, id, request).await
        }
        (Some("init"), Some("error"), None, None) if post => init_error(shared, request).await,
        (Some("invocation"), Some("next"), None, None)
        | (Some("invocation"), Some(_), Some("response" | "error"), None)
        | (Some("init"), Some("error"), None, None) => answer::wrong_method(),
        _ => answer::not_found(),
    }
}

/// What extensions ask for; where there can be none, there is nothing.
async fn route_extensions(shared: &Shared, path: &str, request: Request<Incoming>) -> Answer {
    let (Some(surroundings), Some(telemetry)) = (shared.surroundings(), shared.telemetry()) else {
        return answer::not_found();
    };
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let asked = path.strip_prefix(EXTENSION).unwrap_or_else(|| path.trim_end_matches('/'));
    match (asked, method) {
        ("register", Method::POST) => extension::register(shared, surroundings, request).await,
        ("event/next", Method::GET) => extension::next(shared, surroundings, &headers).await,
        ("init/error", Method::POST) => extension::init_error(shared, &headers),
        ("exit/error", Method::POST) => extension::exit_error(shared, &headers),
        (TELEMETRY, Method::PUT) => telemetry::subscribe(shared, telemetry, Api::Telemetry, request).await,
        (LOGS, Method::PUT) => telemetry::subscribe(shared, telemetry, Api::Logs, request).await,
        ("register" | "event/next" | "init/error" | "exit/error" | TELEMETRY | LOGS, _) => {
            answer::wrong_method()
        }
        _ => answer::not_found(),
    }
}

/// A posted body.
pub enum Posted {
    Whole {
        body: Bytes,
        /// A streamed response says in its trailer that it ended in an error.
        trailing_error_type: Option<String>,
    },
    TooLarge,
    Broken,
}

pub async fn read_body(request: Request<Incoming>) -> Posted {
    match Limited::new(request.into_body(), MAX_RESPONSE_BYTES).collect().await {
        Ok(collected) => {
            let trailing_error_type = collected.trailers().and_then(error_type);
            Posted::Whole { body: collected.to_bytes(), trailing_error_type }
        }
        Err(error) if error.is::<LengthLimitError>() => Posted::TooLarge,
        Err(_) => Posted::Broken,
    }
}

pub fn error_type(headers: &HeaderMap) -> Option<String> {
    headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
