//! A signed call to a running moat, over HTTP.

use crate::failure::Failure;
use base::{Clock, SystemClock};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;

/// Calls `method path` with a JSON body, signed for the service `moat`; status and body.
pub fn call(to: SocketAddr, method: &str, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(exchange(to, method, path, body))
}

async fn exchange(to: SocketAddr, method: &str, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
    let stream = tokio::net::TcpStream::connect(to)
        .await
        .map_err(|error| Failure::new(format!("moat does not answer at {to}: {error}")).hint("moat up -d"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = hyper::Request::builder().method(method).uri(path);
    for (name, value) in signed_headers(to, method, path, body) {
        request = request.header(name, value);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::copy_from_slice(body)))?).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes().to_vec();
    Ok((status, body))
}

fn signed_headers(to: SocketAddr, method: &str, path: &str, body: &[u8]) -> Vec<(String, String)> {
    let var = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let mut credentials =
        sigv4::Credentials::new(var("AWS_ACCESS_KEY_ID", "test"), var("AWS_SECRET_ACCESS_KEY", "test"));
    credentials.session_token = std::env::var("AWS_SESSION_TOKEN").ok();
    let region = var("AWS_DEFAULT_REGION", "us-east-1");
    let mut headers =
        vec![("Host".to_owned(), to.to_string()), ("Content-Type".to_owned(), "application/json".to_owned())];
    let request = sigv4::Request { method, path, query: "", headers: &headers, body };
    let added = sigv4::Signer::new(&credentials, &region, "moat").sign(&request, SystemClock.now());
    headers.extend(added);
    headers
}
