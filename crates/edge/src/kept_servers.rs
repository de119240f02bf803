//! Servers that are asked again and again, over connections that are kept.

use crate::exchange::{ExchangeError, outgoing, secured, whole};
use bytes::Bytes;
use http_body_util::Full;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use upstream::{Failure, Pool};
use wire::http::{Request, Response};

/// For how long an unused connection is kept, less than servers do, and how many to each server.
const IDLE: Duration = Duration::from_secs(30);
const MOST: usize = 64;

/// A connection, in TLS or not.
enum Stream {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

/// An address, and the name that the server there has in TLS.
type Place = (SocketAddr, Option<String>);

/// The servers, and the connections to them.
pub struct KeptServers(Pool<Place, Stream, Full<Bytes>>);

impl Default for KeptServers {
    fn default() -> Self {
        Self(Pool::new(IDLE, MOST))
    }
}

impl KeptServers {
    /// Asks the server at an address, over a connection that `connect` opens if none is kept; with the
    /// server's name, in TLS, the server being who it says it is. An error says why there is no whole answer.
    pub fn ask<'a>(
        &'a self,
        address: SocketAddr,
        server_name: Option<String>,
        request: Request,
        connect: impl Future<Output = io::Result<TcpStream>> + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = Result<Response, ExchangeError>> + Send + 'a>> {
        Box::pin(async move {
            let opened = open(connect, server_name.clone());
            match self.0.ask((address, server_name), outgoing(request)?, opened).await {
                Ok(response) => whole(response).await,
                Err(Failure::Connect(error)) => Err(ExchangeError::Unreachable(error.to_string())),
                Err(Failure::Spoken(error)) => Err(ExchangeError::Broken(error.to_string())),
            }
        })
    }
}

async fn open(
    connect: impl Future<Output = io::Result<TcpStream>>,
    server_name: Option<String>,
) -> io::Result<Stream> {
    let stream = connect.await?;
    let _ = stream.set_nodelay(true);
    Ok(match server_name {
        Some(name) => Stream::Secured(Box::new(secured(stream, &name).await.map_err(io::Error::other)?)),
        None => Stream::Plain(stream),
    })
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Secured(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Secured(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Secured(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Secured(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn request(path: &str) -> Request {
        let headers = vec![("host".to_owned(), "x".to_owned())];
        Request { method: "GET".to_owned(), path: path.to_owned(), headers, ..Request::default() }
    }

    /// Answers three requests of one connection, each with a status of its own.
    async fn serve(listener: TcpListener) {
        let (mut stream, _) = listener.accept().await.unwrap();
        for number in 0..3 {
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                heard.push(stream.read_u8().await.unwrap());
            }
            let answer = format!("HTTP/1.1 20{number} OK\r\ncontent-length: 2\r\n\r\nok");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_server_is_asked_again_over_the_same_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // It takes one connection only.
        let server = tokio::spawn(serve(listener));
        let servers = KeptServers::default();
        for status in 200..203 {
            let answer = servers.ask(address, None, request("/"), TcpStream::connect(address)).await.unwrap();
            assert_eq!((answer.status, answer.body.as_ref()), (status, b"ok".as_ref()));
        }
        server.await.unwrap();
    }

    #[tokio::test]
    async fn who_cannot_be_reached_is_told_apart() {
        let servers = KeptServers::default();
        let nobody = async { Err(io::Error::other("there is no way")) };
        let asked = servers.ask(SocketAddr::from(([127, 0, 0, 1], 9)), None, request("/"), nobody).await;
        assert_eq!(asked, Err(ExchangeError::Unreachable("there is no way".to_owned())));
    }
}
