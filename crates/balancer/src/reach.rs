//! How a node reaches targets: from its interface, over TLS where the group says so.

use crate::needs::Network;
use crate::tls::ToTargets;
use base::NetworkInterfaceId;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

#[derive(Clone)]
pub(crate) struct Reach {
    pub network: Arc<dyn Network>,
    pub from: NetworkInterfaceId,
    pub tls: ToTargets,
}

impl Reach {
    /// Opens a connection, on a thread that may block.
    pub(crate) async fn connect(&self, to: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
        let (network, from) = (self.network.clone(), self.from.clone());
        let opened = tokio::task::spawn_blocking(move || network.connect(&from, to, timeout)).await;
        let stream = opened.map_err(io::Error::other)??;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        TcpStream::from_std(stream)
    }

    pub(crate) async fn open(
        &self,
        to: SocketAddr,
        is_encrypted: bool,
        timeout: Duration,
    ) -> io::Result<TargetStream> {
        let stream = self.connect(to, timeout).await?;
        if is_encrypted {
            Ok(TargetStream::Encrypted(Box::new(self.tls.greet(to, stream).await?)))
        } else {
            Ok(TargetStream::Plain(stream))
        }
    }
}

/// A connection to a target.
pub(crate) enum TargetStream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for TargetStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for TargetStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
