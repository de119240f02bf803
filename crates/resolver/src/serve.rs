//! The two sockets of a resolver. They are opened by whoever may enter the VPC's namespace; here they
//! are only served.

use crate::upstream::{checked, outside_question};
use crate::{Transport, Zones, answer};
use hickory_proto::op::Query;
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
/// Queries for names of the outside that are under way at a time, from one VPC.
const MAX_OUTSIDE_QUERIES: usize = 256;
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
    let udp = Arc::new(udp);
    tokio::join!(serve_udp(&udp, &zones), serve_tcp(&tcp, &zones));
    Ok(())
}

async fn serve_udp(socket: &Arc<UdpSocket>, zones: &Arc<dyn Zones>) {
    let mut buffer = [0; MAX_UDP_QUERY_BYTES];
    let places = Arc::new(Semaphore::new(MAX_OUTSIDE_QUERIES));
    let mut asking = tokio::task::JoinSet::new();
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, peer)) => {
                let query = buffer.get(..length).unwrap_or_default().to_vec();
                let Some(question) = outside_question(&query, &**zones) else {
                    answer_datagram(socket, &query, peer, &**zones).await;
                    continue;
                };
                // Beyond the cap a query is lost, as datagrams are; its sender asks again.
                let Ok(place) = places.clone().try_acquire_owned() else { continue };
                let (socket, zones) = (socket.clone(), zones.clone());
                asking.spawn(async move {
                    if let Some(reply) = ask_outside(query, &question, &*zones, Transport::Udp).await {
                        let _ = socket.send_to(&reply, peer).await;
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "dns over udp");
                sleep(AFTER_ERROR).await;
            }
        }
        while asking.try_join_next().is_some() {}
    }
}

async fn answer_datagram(socket: &UdpSocket, query: &[u8], peer: std::net::SocketAddr, zones: &dyn Zones) {
    if let Some(reply) = answer(query, zones, Transport::Udp)
        && let Err(error) = socket.send_to(&reply, peer).await
    {
        tracing::debug!(%error, "dns over udp");
    }
}

async fn ask_outside(
    query: Vec<u8>,
    question: &Query,
    zones: &dyn Zones,
    over: Transport,
) -> Option<Vec<u8>> {
    let upstream = zones.upstream()?;
    let reply = upstream.ask(query.clone(), over).await;
    checked(&query, question, reply, upstream)
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
    let reply = match outside_question(&query, zones) {
        Some(question) => ask_outside(query, &question, zones, Transport::Tcp).await,
        None => answer(&query, zones, Transport::Tcp),
    };
    let Some(reply) = reply else { return Ok(false) };
    let Ok(length) = u16::try_from(reply.len()) else { return Ok(false) };
    stream.write_all(&[&length.to_be_bytes(), reply.as_slice()].concat()).await?;
    Ok(true)
}
