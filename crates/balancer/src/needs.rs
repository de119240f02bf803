//! What nodes need: sockets in the network, functions, certificates, and what stickiness cookies are made with.

use base::{Clock, Ids, NetworkInterfaceId};
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A boxed future, so that the traits below can be trait objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone)]
pub struct Needs {
    pub network: Arc<dyn Network>,
    pub functions: Arc<dyn Functions>,
    pub certificates: Arc<dyn Certificates>,
    pub tags: Arc<dyn Tags>,
    pub ids: Arc<dyn Ids>,
    pub clock: Arc<dyn Clock>,
}

/// The interfaces of nodes. Methods block.
pub trait Network: Send + Sync {
    /// Listens at an interface's addresses.
    fn listen(&self, interface: &NetworkInterfaceId, port: u16) -> io::Result<TcpListener>;

    /// Opens a connection from an interface.
    fn connect(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> io::Result<TcpStream>;
}

/// Certificates of listeners with their private keys. Methods block.
pub trait Certificates: Send + Sync {
    /// The certificate of an ARN; `None` when there is none, or none any more.
    fn pair(&self, arn: &str) -> Option<Pair>;
}

/// A certificate and its private key.
pub struct Pair {
    /// In PEM, the certificate itself first.
    pub chain: String,
    /// In PEM.
    pub key: String,
}

/// What stands for a text without saying anything of it, made with the installation's key.
pub trait Tags: Send + Sync {
    /// Always the same for a text, another one for each purpose, and nobody without the key can make it.
    fn tag(&self, purpose: &str, text: &[u8]) -> [u8; 32];
}

/// Functions that are targets.
pub trait Functions: Send + Sync {
    /// Invokes the function for a target group, which its policy must permit; what it answered.
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        group: &'a str,
        event: Vec<u8>,
    ) -> Pending<'a, Result<Vec<u8>, FunctionFailure>>;
}

#[derive(Debug, thiserror::Error)]
pub enum FunctionFailure {
    #[error("the function's policy does not permit it, or there is no such function: {0}")]
    Refused(String),
    #[error("the function failed")]
    Failed,
}
