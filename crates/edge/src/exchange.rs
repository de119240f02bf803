//! One request over a connection that is open already, and its whole answer: what APIs ask of the servers
//! behind them.

use crate::believed;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::http::{Request, Response};

/// Bytes of an answer, API Gateway's quota of a payload.
const ANSWER_BYTES: usize = 10 * 1024 * 1024;

/// Headers that say how long a body is, which the connection says itself.
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    #[error("the request is none: {0}")]
    Request(String),
    #[error("the server is not believed, or speaks no TLS: {0}")]
    Tls(String),
    #[error("{0}")]
    Unreachable(String),
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer is larger than {ANSWER_BYTES} bytes")]
    TooLarge,
}

/// Asks over a connection; with a server's name, in TLS, the server being who it says it is.
///
/// # Errors
/// When there is no whole answer.
pub async fn exchange<S>(
    stream: S,
    server_name: Option<&str>,
    request: Request,
) -> Result<Response, ExchangeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = outgoing(request)?;
    match server_name {
        Some(name) => ask(secured(stream, name).await?, request).await,
        None => ask(stream, request).await,
    }
}

/// The same connection in TLS, with a server that is who it says it is.
pub(crate) async fn secured<S>(stream: S, name: &str) -> Result<TlsStream<S>, ExchangeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let failed = |error: &dyn std::fmt::Display| ExchangeError::Tls(error.to_string());
    let config = believed::client_config(&[]).map_err(|error| failed(&error))?;
    let name = ServerName::try_from(name.to_owned()).map_err(|error| failed(&error))?;
    let secured = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    secured.map_err(|error| failed(&error))
}

pub(crate) fn outgoing(request: Request) -> Result<hyper::Request<Full<Bytes>>, ExchangeError> {
    let Request { method, path, query, headers, body } = request;
    let target = if query.is_empty() { path } else { [path.as_str(), "?", &query].concat() };
    let mut made = hyper::Request::new(Full::new(body));
    *made.method_mut() = Method::from_bytes(method.as_bytes()).map_err(is_none)?;
    *made.uri_mut() = Uri::try_from(target).map_err(is_none)?;
    made.headers_mut().try_reserve(headers.len() + FRAMING.len()).map_err(is_none)?;
    for (name, value) in headers {
        if !FRAMING.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            let name = HeaderName::try_from(name).map_err(is_none)?;
            let value = HeaderValue::try_from(value).map_err(is_none)?;
            made.headers_mut().try_append(name, value).map_err(is_none)?;
        }
    }
    Ok(made)
}

fn is_none(error: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::Request(error.to_string())
}

async fn ask<S>(stream: S, request: hyper::Request<Full<Bytes>>) -> Result<Response, ExchangeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| ExchangeError::Broken(error.to_string());
    let (mut send, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(connection);
    whole(send.send_request(request).await.map_err(broken)?).await
}

/// An answer with all of its body.
pub(crate) async fn whole<B>(answered: hyper::Response<B>) -> Result<Response, ExchangeError>
where
    B: Body<Data = Bytes, Error = hyper::Error>,
{
    let (head, body) = answered.into_parts();
    let body = match Limited::new(body, ANSWER_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(ExchangeError::TooLarge),
        Err(error) => return Err(ExchangeError::Broken(error.to_string())),
    };
    let headers = head.headers.iter().filter(|(name, _)| !FRAMING.contains(&name.as_str()));
    let headers = headers
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Ok(Response { status: head.status.as_u16(), headers, body, rest: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn request() -> Request {
        Request {
            method: "POST".to_owned(),
            path: "/a".to_owned(),
            query: "b=1".to_owned(),
            headers: vec![("host".to_owned(), "x".to_owned()), ("Content-Length".to_owned(), "9".to_owned())],
            body: "hi".into(),
        }
    }

    /// What a server heard, and what its answer became.
    async fn asked(answer: &'static [u8]) -> (String, Result<Response, ExchangeError>) {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        let server = tokio::spawn(async move {
            let mut heard = Vec::new();
            while !heard.ends_with(b"hi") {
                let mut piece = [0; 512];
                let read = theirs.read(&mut piece).await.unwrap();
                heard.extend_from_slice(&piece[..read]);
            }
            theirs.write_all(answer).await.unwrap();
            String::from_utf8(heard).unwrap()
        });
        let got = exchange(ours, None, request()).await;
        (server.await.unwrap(), got)
    }

    #[tokio::test]
    async fn a_request_is_asked_and_its_answer_is_whole() {
        let answer =
            b"HTTP/1.1 201 Created\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        let (heard, got) = asked(answer).await;
        assert!(heard.starts_with("POST /a?b=1 HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("content-length: 2\r\n") && !heard.contains("content-length: 9"), "{heard}");
        let got = got.unwrap();
        assert_eq!((got.status, got.body.as_ref()), (201, b"ok".as_ref()));
        assert_eq!(got.headers, [("x-a".to_owned(), "1".to_owned())]);
    }

    #[tokio::test]
    async fn a_connection_that_ends_is_no_answer() {
        assert!(matches!(
            asked(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab").await.1,
            Err(ExchangeError::Broken(_))
        ));
        assert!(matches!(asked(b"").await.1, Err(ExchangeError::Broken(_))));
        let no_method = Request { method: "GE T".to_owned(), ..request() };
        let (ours, _theirs) = tokio::io::duplex(64);
        assert!(matches!(exchange(ours, None, no_method).await, Err(ExchangeError::Request(_))));
    }
}
