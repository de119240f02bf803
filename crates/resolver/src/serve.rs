//! The two sockets of a resolver. They are opened by whoever may enter the VPC's namespace; here they
//! are only served.

use crate::{Transport, Zones, answer};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// Connections beyond these wait until one ends.
pub const MAX_TCP_CONNECTIONS: usize = 64;
/// Seconds after which a connection that asks nothing, or does not take its answer, is closed.
pub const TCP_IDLE_S: u64 = 10;
/// No query needs more; what is longer is cut and then not understood.
const MAX_UDP_QUERY_BYTES: usize = 4096;
/// After an error of the socket itself, so that a lasting one does not take a processor.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// Serves both sockets until the future is dropped. An error means that a socket could not be made
/// ready; later errors concern one query or connection each and end only that.
pub async fn serve(
    udp: std::net::UdpSocket,
    tcp: std::net::TcpListener,
    zones: Arc<dyn Zones>,
) -> io::Result<()> {
    udp.set_nonblocking(true)?;
    tcp.set_nonblocking(true)?;
    let (udp, tcp) = (UdpSocket::from_std(udp)?, TcpListener::from_std(tcp)?);
    tokio::join!(serve_udp(&udp, &*zones), serve_tcp(&tcp, &zones));
    Ok(())
}

async fn serve_udp(socket: &UdpSocket, zones: &dyn Zones) {
    let mut buffer = [0; MAX_UDP_QUERY_BYTES];
    loop {
        if let Err(error) = answer_datagram(socket, &mut buffer, zones).await {
            tracing::debug!(%error, "dns over udp");
            sleep(AFTER_ERROR).await;
        }
    }
}

async fn answer_datagram(socket: &UdpSocket, buffer: &mut [u8], zones: &dyn Zones) -> io::Result<()> {
    let (length, peer) = socket.recv_from(buffer).await?;
    let query = buffer.get(..length).unwrap_or_default();
    if let Some(reply) = answer(query, zones, Transport::Udp) {
        socket.send_to(&reply, peer).await?;
    }
    Ok(())
}

async fn serve_tcp(listener: &TcpListener, zones: &Arc<dyn Zones>) {
    let places = Arc::new(Semaphore::new(MAX_TCP_CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        // Waits for a place before accepting: what has none stays in the kernel's own bounded queue.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, zones.clone(), place));
            }
            Err(error) => {
                tracing::debug!(%error, "dns over tcp");
                sleep(AFTER_ERROR).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(mut stream: TcpStream, zones: Arc<dyn Zones>, _place: OwnedSemaphorePermit) {
    let patience = Duration::from_secs(TCP_IDLE_S);
    while let Ok(Ok(true)) = timeout(patience, exchange(&mut stream, &*zones)).await {}
}

/// One query, preceded by its length, and its answer; `false` when there is nothing to answer.
async fn exchange(stream: &mut TcpStream, zones: &dyn Zones) -> io::Result<bool> {
    let length = stream.read_u16().await?;
    let mut query = vec![0; usize::from(length)];
    stream.read_exact(&mut query).await?;
    let Some(reply) = answer(&query, zones, Transport::Tcp) else { return Ok(false) };
    let Ok(length) = u16::try_from(reply.len()) else { return Ok(false) };
    stream.write_all(&[&length.to_be_bytes(), reply.as_slice()].concat()).await?;
    Ok(true)
}
