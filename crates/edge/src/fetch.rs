//! Reading small documents from the host's network, which the daemon itself has left: sockets for
//! it come from outside.

use crate::believed;
use base::is_loopback_host;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::Uri;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The host's network.
pub trait Outside: Send + Sync {
    /// A TCP socket on it, for IPv4 or IPv6, that is neither bound nor connected.
    fn tcp(&self, is_ipv6: bool) -> io::Result<OwnedFd>;

    /// Likewise a UDP socket.
    fn udp(&self, is_ipv6: bool) -> io::Result<OwnedFd>;
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("reach `{url}`: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("`{url}` answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("`{url}` answered with more than {limit} bytes")]
    TooLarge { url: String, limit: usize },
}

/// How large a document may be: keys of an issuer are some kilobytes.
const DOCUMENT_BYTES: usize = 256 << 10;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client that follows no redirections and keeps nothing.
pub struct Fetcher {
    outside: Arc<dyn Outside>,
}

impl Fetcher {
    pub fn new(outside: Arc<dyn Outside>) -> Self {
        Self { outside }
    }

    /// The document at the URL. A server whose certificate has one of the thumbprints is believed
    /// though no authority of the machine vouches for it.
    ///
    /// # Errors
    /// When it cannot be had in time, in full, and as the answer to this very question.
    pub async fn get(&self, url: &str, thumbprints: &[String]) -> Result<Bytes, FetchError> {
        let failed = |reason: String| FetchError::Unreachable { url: url.to_owned(), reason };
        let uri: Uri = url.parse().map_err(|error| failed(format!("{error}")))?;
        let asked = async {
            let stream = self.connect(&uri).await.map_err(|error| failed(error.to_string()))?;
            if uri.scheme_str() != Some("https") {
                return ask(url, &uri, stream).await;
            }
            let secured = secure(&uri, stream, thumbprints).await;
            ask(url, &uri, secured.map_err(|error| failed(error.to_string()))?).await
        };
        let answered = tokio::time::timeout(PATIENCE, asked).await;
        answered.unwrap_or_else(|_| Err(failed("it took too long".to_owned())))
    }

    async fn connect(&self, uri: &Uri) -> io::Result<TcpStream> {
        let host = uri.host().unwrap_or_default();
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let address = SocketAddr::new(address(host)?, uri.port_u16().unwrap_or(usual));
        let socket = std::net::TcpStream::from(self.outside.tcp(address.is_ipv6())?);
        socket.set_nonblocking(true)?;
        TcpSocket::from_std_stream(socket).connect(address).await
    }
}

async fn secure(uri: &Uri, stream: TcpStream, thumbprints: &[String]) -> io::Result<TlsStream<TcpStream>> {
    let config = believed::client_config(thumbprints).map_err(io::Error::other)?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn ask<S>(url: &str, uri: &Uri, stream: S) -> Result<Bytes, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |reason: &dyn std::fmt::Display| FetchError::Unreachable {
        url: url.to_owned(),
        reason: reason.to_string(),
    };
    let spoken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut send, connection) = spoken.map_err(|error| failed(&error))?;
    let _connection = Aborted(tokio::spawn(connection));
    let response = send.send_request(question(uri)).await.map_err(|error| failed(&error))?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status { url: url.to_owned(), status });
    }
    match Limited::new(response.into_body(), DOCUMENT_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(FetchError::TooLarge { url: url.to_owned(), limit: DOCUMENT_BYTES })
        }
        Err(error) => Err(failed(&error)),
    }
}

fn address(host: &str) -> io::Result<IpAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(address) => Ok(address),
        Err(_) if is_loopback_host(host) => Ok(Ipv4Addr::LOCALHOST.into()),
        Err(_) => Err(io::Error::other("names of other machines are not resolved by moat")),
    }
}

fn question(uri: &Uri) -> hyper::Request<Empty<Bytes>> {
    let mut request = hyper::Request::new(Empty::new());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().unwrap_or_else(|_| Uri::from_static("/"));
    let host = uri.authority().and_then(|authority| authority.as_str().parse().ok());
    if let Some(host) = host {
        request.headers_mut().insert(hyper::header::HOST, host);
    }
    let json = hyper::header::HeaderValue::from_static("application/json");
    request.headers_mut().insert(hyper::header::ACCEPT, json);
    request
}

/// Ends the connection's task with the question.
struct Aborted<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
