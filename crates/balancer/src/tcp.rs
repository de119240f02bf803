//! Connections that are carried as they are.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html>

use crate::live::LiveListener;
use crate::plan::Place;
use crate::proxy_protocol;
use crate::reach::{Reach, TargetStream};
use crate::serve::{self, Current};
use crate::silence::Silence;
use crate::tls::{self, Door};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const CONNECTIONS_MAX: usize = 10_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
const BUFFER: usize = 16 << 10;

/// Takes connections for as long as it is polled; those that are open end with it.
pub(crate) async fn tcp(listener: TcpListener, current: Current, reach: Reach) {
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        if open.len() >= CONNECTIONS_MAX {
            open.join_next().await;
        }
        match listener.accept().await {
            Ok((client, _)) => {
                let (listener, reach) = (serve::newest(&current), reach.clone());
                open.spawn(async move {
                    if let Err(error) = carry(client, &listener, &reach).await {
                        tracing::debug!(%error, "a connection through a load balancer");
                    }
                });
            }
            Err(error) => {
                tracing::debug!(%error, "accept for a load balancer");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The client's connection ends with a reset when there is no target, as on AWS.
async fn carry(client: TcpStream, listener: &LiveListener, reach: &Reach) -> io::Result<()> {
    let group = listener.rules.last().and_then(|rule| rule.group());
    let source = client.peer_addr()?.ip();
    let target = group.and_then(|group| Some((group, group.target_of(source)?)));
    let place = target.map(|(group, target)| (group, target, &target.plan.place));
    let Some((group, target, Place::Address(to))) = place else {
        return client.set_zero_linger();
    };
    let _outstanding = target.state.begin();
    let told = match group.plan.proxy_protocol {
        true => proxy_protocol::header(client.peer_addr()?, client.local_addr()?),
        false => Vec::new(),
    };
    let open = async || {
        let mut server = reach.open(*to, group.plan.is_encrypted, CONNECT_TIMEOUT).await?;
        server.write_all(&told).await?;
        Ok::<_, io::Error>(server)
    };
    let idle = listener.plan.settings.idle_timeout;
    match &listener.door {
        Door::Plain => {
            let server = match open().await {
                Ok(server) => server,
                Err(error) => {
                    client.set_zero_linger()?;
                    return Err(error);
                }
            };
            client.set_nodelay(true)?;
            match server {
                // Both ends are the kernel's own: nothing stands between the halves.
                TargetStream::Plain(server) => exchange(client.into_split(), server.into_split(), idle).await,
                server => exchange(client.into_split(), split(server), idle).await,
            }
        }
        Door::Shut => client.set_zero_linger(),
        Door::Encrypted(acceptor) => {
            client.set_nodelay(true)?;
            let client = tls::greet(acceptor, client, idle).await?;
            let server = open().await?;
            exchange(split(client), split(server), idle).await
        }
    }
}

/// Both directions, until both have ended.
async fn exchange<A, B, C, D>(client: (A, B), server: (C, D), idle: Duration) -> io::Result<()>
where
    A: AsyncRead + Unpin,
    B: AsyncWrite + Unpin,
    C: AsyncRead + Unpin,
    D: AsyncWrite + Unpin,
{
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client, server);
    let silence = Silence::new(idle);
    tokio::try_join!(
        copy(&mut from_client, &mut to_server, &silence),
        copy(&mut from_server, &mut to_client, &silence)
    )?;
    Ok(())
}

/// One direction, until its end or until both are silent for too long.
async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    silence: &Silence,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = silence.or(from.read(&mut buffer)).await??;
        silence.broken();
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return to.shutdown().await;
        };
        to.write_all(bytes).await?;
        // What TLS has sealed may still wait to be sent.
        to.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_silent_when_neither_way_carries_anything() {
        let (mut client, at_client) = tokio::io::duplex(64);
        let (mut server, at_server) = tokio::io::duplex(64);
        let carried = tokio::spawn(exchange(split(at_client), split(at_server), Duration::from_secs(10)));
        let mut byte = [0];
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(6)).await;
            server.write_all(b"x").await.unwrap();
            client.read_exact(&mut byte).await.unwrap();
        }
        assert!(!carried.is_finished(), "the client was silent, and the server was not");
        let ended = carried.await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
