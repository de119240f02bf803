//! The socket at 169.254.169.254 of one instance.

use crate::{Asked, Reply, Source, Tokens, answer};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections of one instance at a time.
const MAX_CONNECTIONS: usize = 128;
/// Of answers that may go anywhere.
const USUAL_HOPS: u32 = 64;
/// How long a client may take for its request's head.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers for as long as it is polled.
pub async fn serve(listener: TcpListener, source: Arc<dyn Source>) -> std::io::Result<()> {
    let tokens = Arc::new(Tokens::default());
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { return Ok(()) };
        let (stream, _) = listener.accept().await?;
        let (source, tokens) = (source.clone(), tokens.clone());
        tokio::spawn(async move {
            connection(stream, source, tokens).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, source: Arc<dyn Source>, tokens: Arc<Tokens>) {
    let Ok((stream, socket)) = shared(stream) else { return };
    let service = service_fn(|request: Request<Incoming>| {
        let (source, tokens) = (source.clone(), tokens.clone());
        let _ = socket.set_ttl(hops(&request, source.as_ref()));
        async move {
            let reply = answer(&asked(&request), source.as_ref(), &tokens).await;
            Ok::<_, Infallible>(written(&reply))
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "instance metadata");
    }
}

/// The stream, and its socket.
fn shared(stream: TcpStream) -> std::io::Result<(TcpStream, std::net::TcpStream)> {
    let socket = stream.into_std()?;
    let shared = socket.try_clone()?;
    Ok((TcpStream::from_std(socket)?, shared))
}

/// How far the answer goes: a token dies on its way to whoever is further away than the instance allows.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsRequest.html>
fn hops(request: &Request<Incoming>, source: &dyn Source) -> u32 {
    let limit = || source.facts().map(|facts| u32::from(facts.hop_limit));
    (request.method() == hyper::Method::PUT).then(limit).flatten().unwrap_or(USUAL_HOPS)
}

fn asked(request: &Request<Incoming>) -> Asked {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    Asked {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        token: header("x-aws-ec2-metadata-token"),
        lifetime: header("x-aws-ec2-metadata-token-ttl-seconds"),
        forwarded: request.headers().contains_key("x-forwarded-for"),
    }
}

fn written(reply: &Reply) -> Response<Full<Bytes>> {
    let mut response = Response::builder()
        .status(reply.status)
        .header("Server", "EC2ws")
        .header("Content-Type", "text/plain");
    if let Some(lifetime) = reply.lifetime {
        response = response.header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", lifetime.to_string());
    }
    response.body(Full::new(Bytes::from(reply.text.clone()))).unwrap_or_default()
}
