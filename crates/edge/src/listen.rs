//! Listeners: who accepts, and what the listening socket says about those it accepts.

use crate::answer::Arrival;
use crate::connection::{self, Protocols};
use crate::{Apis, Ca, Internal, Limits, Services};
use base::{Clock, Ids, VpcEndpointId, VpcId};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// What it means to have come in by a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The port on the host, `http://localhost:4566`.
    Host,
    /// The interface endpoint whose interface holds the socket.
    Endpoint {
        vpc: VpcId,
        vpce: VpcEndpointId,
        /// The signing name of the one service behind it; any when absent.
        service: Option<String>,
    },
    /// AWS's public addresses, as reached through an internet or NAT gateway.
    Public,
}

/// What an edge is made of.
pub struct Parts {
    pub services: Arc<dyn Services>,
    pub internal: Arc<dyn Internal>,
    pub apis: Arc<dyn Apis>,
    pub ca: Arc<Ca>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub limits: Limits,
}

/// Serves any number of listeners with the same services.
pub struct Edge {
    parts: Arc<Parts>,
    protocols: Protocols,
}

/// A listener being served. Dropping it closes the listener and every connection of it.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Serving {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting and waits, for `grace` at most, until open requests are answered.
    pub async fn shut_down(mut self, grace: Duration) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(grace, &mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How long to wait after the system refused to accept, for example for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Edge {
    /// # Errors
    /// When no TLS configuration can be made of the CA.
    pub fn new(parts: Parts) -> Result<Self, crate::CaError> {
        let protocols = Protocols::new(&parts)?;
        Ok(Self { parts: Arc::new(parts), protocols })
    }

    /// Serves `listener`, which may have been opened in another network namespace. Must be
    /// called on a tokio runtime.
    ///
    /// # Errors
    /// When the socket cannot be used.
    pub fn serve(&self, listener: TcpListener, origin: Origin) -> io::Result<Serving> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let acceptor = Acceptor {
            parts: self.parts.clone(),
            protocols: self.protocols.clone(),
            origin: Arc::new(origin),
            seats: Arc::new(Semaphore::new(self.parts.limits.connections)),
        };
        let task = tokio::spawn(acceptor.run(listener, stopped));
        Ok(Serving { address, stop, task })
    }
}

struct Acceptor {
    parts: Arc<Parts>,
    protocols: Protocols,
    origin: Arc<Origin>,
    seats: Arc<Semaphore>,
}

impl Acceptor {
    /// Accepts until stopped, then lets the open connections finish.
    async fn run(self, listener: tokio::net::TcpListener, mut stopped: watch::Receiver<bool>) {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let Ok(seat) = self.seats.clone().acquire_owned().await else { break };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = connection::told_to_stop(&mut stopped) => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let arrival =
                        Arrival { origin: self.origin.clone(), peer: peer.ip().to_canonical(), tls: None };
                    let serving = connection::serve(
                        self.parts.clone(),
                        self.protocols.clone(),
                        arrival,
                        stream,
                        stopped.clone(),
                    );
                    connections.spawn(async move {
                        serving.await;
                        drop(seat);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }
}
