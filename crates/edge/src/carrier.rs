//! Connections from inside that are carried on as real ones from the host. Who is asked for must be outside, both
//! by the address that was asked for and by what the host makes of it: nobody inside reaches the host itself, or
//! the networks around it.

use crate::Outside;
use crate::outside_address::is_outside;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;

/// Connections that are carried at a time; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// How long the other side may take to accept.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// After an error of the listener, so that a lasting one does not take a processor.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// Addresses that somebody named on the command line, and where on the host connections to them go.
pub type Named = BTreeMap<SocketAddrV4, SocketAddr>;

/// Carries connections.
pub struct Carrier {
    outside: Arc<dyn Outside>,
    named: Named,
}

/// Why a connection was not carried.
#[derive(Debug, thiserror::Error)]
pub enum NotCarried {
    #[error("`{0}` is not outside")]
    NotOutside(SocketAddr),
    #[error("`{0}` is this machine's own address")]
    OwnAddress(SocketAddr),
    #[error("`{address}` cannot be reached: {source}")]
    Unreachable { address: SocketAddr, source: io::Error },
}

impl Carrier {
    pub fn new(outside: Arc<dyn Outside>, named: Named) -> Self {
        Self { outside, named }
    }

    /// Carries what arrives for as long as it is polled. `destination` tells where a connection wanted to go.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        destination: fn(&TcpStream) -> io::Result<SocketAddrV4>,
    ) {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            let accepted = listener.accept().await;
            let wanted = accepted.and_then(|(stream, _)| Ok((destination(&stream)?, stream)));
            let (wanted, stream) = match wanted {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "a connection to the outside");
                    tokio::time::sleep(AFTER_ERROR).await;
                    continue;
                }
            };
            let carrier = self.clone();
            tokio::spawn(async move {
                if let Err(error) = carrier.carry(stream, wanted).await {
                    tracing::info!(%error, "a connection is not carried outside");
                }
                drop(place);
            });
        }
    }

    /// Carries one connection until both sides have ended it.
    ///
    /// # Errors
    /// When there is nobody to carry it to: then the client's side is reset.
    pub async fn carry(&self, mut inside: TcpStream, wanted: SocketAddrV4) -> Result<(), NotCarried> {
        let mut outside = match self.connect(wanted).await {
            Ok(outside) => outside,
            Err(error) => {
                let _ = inside.set_zero_linger();
                return Err(error);
            }
        };
        let _ = (inside.set_nodelay(true), outside.set_nodelay(true));
        // That one of them went away ends the connection, as it does without anybody between.
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
        Ok(())
    }

    /// A connection from the host to where somebody inside wants to go.
    ///
    /// # Errors
    /// When that is not outside, or nobody takes the connection.
    pub async fn connect(&self, wanted: SocketAddrV4) -> Result<TcpStream, NotCarried> {
        let address = match self.named.get(&wanted) {
            Some(named) => *named,
            None => self.permitted(SocketAddr::V4(wanted))?,
        };
        let unreachable = |source| NotCarried::Unreachable { address, source };
        let socket =
            socket(self.outside.tcp(address.is_ipv6()).map_err(unreachable)?).map_err(unreachable)?;
        let connected = tokio::time::timeout(CONNECT_PATIENCE, socket.connect(address)).await;
        let stream =
            connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(unreachable)?;
        // Once more, of what really came about.
        if !self.named.contains_key(&wanted) {
            let (local, peer) = (stream.local_addr(), stream.peer_addr());
            let (local, peer) = (local.map_err(unreachable)?, peer.map_err(unreachable)?);
            if local.ip() == peer.ip() || !is_outside(peer.ip()) {
                return Err(NotCarried::OwnAddress(address));
            }
        }
        Ok(stream)
    }

    /// An address outside, that is not the host's own: what the host sends there from another address.
    fn permitted(&self, address: SocketAddr) -> Result<SocketAddr, NotCarried> {
        if !is_outside(address.ip()) {
            return Err(NotCarried::NotOutside(address));
        }
        let unreachable = |source| NotCarried::Unreachable { address, source };
        // A datagram socket finds its way without sending anything.
        let probe = self.outside.udp(address.is_ipv6()).map_err(unreachable)?;
        let probe = std::net::UdpSocket::from(probe);
        probe.connect(address).map_err(unreachable)?;
        let source: IpAddr = probe.local_addr().map_err(unreachable)?.ip();
        if source == address.ip() || source.is_loopback() {
            return Err(NotCarried::OwnAddress(address));
        }
        Ok(address)
    }
}

fn socket(opened: OwnedFd) -> io::Result<TcpSocket> {
    let socket = std::net::TcpStream::from(opened);
    socket.set_nonblocking(true)?;
    Ok(TcpSocket::from_std_stream(socket))
}
