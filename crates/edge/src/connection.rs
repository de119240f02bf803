//! One connection: plain HTTP/1.1, HTTP/2 or TLS, told apart by what the client sends first.

use crate::answer::{Arrival, answer};
use crate::listen::Parts;
use crate::sockets::{self, Afterwards};
use crate::{CaError, leaf};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use service::Tls;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The first byte of a TLS handshake record; no HTTP method begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// How connections are spoken, made once for an edge.
#[derive(Clone)]
pub(crate) struct Protocols {
    tls: TlsAcceptor,
    http: auto::Builder<TokioExecutor>,
    handshake_timeout: Duration,
    first_byte_timeout: Duration,
}

impl Protocols {
    pub(crate) fn new(parts: &Parts) -> Result<Self, CaError> {
        let limits = &parts.limits;
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_timeout)
            .max_buf_size(limits.head_bytes);
        // Room for its own number of headers hyper takes without asking for memory.
        if limits.headers != HEADERS_OF_HYPER {
            http.http1().max_headers(limits.headers);
        }
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.head_timeout)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(HTTP2_STREAMS);
        Ok(Self {
            tls: TlsAcceptor::from(Arc::new(leaf::server_config(
                parts.ca.clone(),
                parts.clock.clone(),
                parts.ids.clone(),
                parts.apis.clone(),
            )?)),
            http,
            handshake_timeout: limits.handshake_timeout,
            first_byte_timeout: limits.head_timeout,
        })
    }
}

/// Headers that hyper takes unless it is told another number.
const HEADERS_OF_HYPER: usize = 100;
/// Requests that one HTTP/2 connection may have open.
const HTTP2_STREAMS: u32 = 128;

pub(crate) async fn serve(
    parts: Arc<Parts>,
    protocols: Protocols,
    arrival: Arrival,
    stream: TcpStream,
    stopped: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let mut first = [0u8; 1];
    let peeked = tokio::time::timeout(protocols.first_byte_timeout, stream.peek(&mut first)).await;
    match peeked {
        Ok(Ok(1)) if first == [TLS_HANDSHAKE] => {
            let handshake =
                tokio::time::timeout(protocols.handshake_timeout, protocols.tls.accept(stream)).await;
            match handshake {
                Ok(Ok(stream)) => {
                    let tls = Some(Arc::new(agreed(stream.get_ref().1)));
                    let arrival = Arrival { tls, ..arrival };
                    speak(parts, &protocols, arrival, stream, stopped).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        }
        Ok(Ok(1)) => speak(parts, &protocols, arrival, stream, stopped).await,
        // Closed or silent: nobody to answer.
        _ => {}
    }
}

/// What the handshake agreed on, in CloudTrail's words: `TLSv1.3`, `TLS_AES_128_GCM_SHA256`.
fn agreed(connection: &rustls::ServerConnection) -> Tls {
    let version = connection.protocol_version().map(|v| format!("{v:?}")).unwrap_or_default();
    let suite = connection.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite())).unwrap_or_default();
    Tls {
        version: version.replace('_', "."),
        cipher_suite: suite.replacen("TLS13_", "TLS_", 1),
        server_name: connection.server_name().map(str::to_owned),
    }
}

async fn speak<S>(
    parts: Arc<Parts>,
    protocols: &Protocols,
    arrival: Arrival,
    stream: S,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (afterwards, stop_of_sockets) = (Afterwards::default(), stopped.clone());
    let going_on = afterwards.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let (parts, arrival) = (parts.clone(), arrival.clone());
        let (afterwards, stopped) = (afterwards.clone(), stop_of_sockets.clone());
        async move {
            let answered = match sockets::asked(&parts, &arrival, &request) {
                Some(asked) => {
                    let upgrade = hyper::upgrade::on(&mut request);
                    sockets::open(parts, arrival, asked, upgrade, afterwards, stopped).await
                }
                None => answer(parts, arrival, request).await,
            };
            Ok::<_, Infallible>(answered)
        }
    });
    let connection = protocols.http.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told_to_stop(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
    if let Some(talk) = going_on.take() {
        talk.await;
    }
}

/// Waits for the word. Its guard must not live across an await, hence the own function.
pub(crate) async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}
