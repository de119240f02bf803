//! Connections that are carried as they are.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html>

use crate::health::connect;
use crate::live::LiveListener;
use crate::needs::Network;
use crate::plan::Place;
use crate::serve::Current;
use base::NetworkInterfaceId;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const CONNECTIONS_MAX: usize = 10_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
const BUFFER: usize = 16 << 10;

/// Takes connections for as long as it is polled; those that are open end with it.
pub(crate) async fn tcp(
    listener: TcpListener,
    current: Current,
    network: Arc<dyn Network>,
    from: NetworkInterfaceId,
) {
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        if open.len() >= CONNECTIONS_MAX {
            open.join_next().await;
        }
        match listener.accept().await {
            Ok((client, _)) => {
                let listener = current.read().unwrap_or_else(PoisonError::into_inner).clone();
                let (network, from) = (network.clone(), from.clone());
                open.spawn(async move {
                    if let Err(error) = carry(client, &listener, network, from).await {
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
async fn carry(
    client: TcpStream,
    listener: &LiveListener,
    network: Arc<dyn Network>,
    from: NetworkInterfaceId,
) -> io::Result<()> {
    let target = listener.rules.last().and_then(|rule| rule.group()).and_then(|group| group.target());
    let place = target.map(|target| (target, &target.plan.place));
    let Some((target, Place::Address(to))) = place else {
        return client.set_zero_linger();
    };
    let _outstanding = target.state.begin();
    let server = match connect(network, from, *to, CONNECT_TIMEOUT).await {
        Ok(server) => server,
        Err(error) => {
            client.set_zero_linger()?;
            return Err(error);
        }
    };
    client.set_nodelay(true)?;
    let idle = listener.plan.settings.idle_timeout;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::try_join!(
        copy(&mut from_client, &mut to_server, idle),
        copy(&mut from_server, &mut to_client, idle)
    )?;
    Ok(())
}

/// One direction, until its end or until it is silent for too long.
async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    idle: Duration,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = tokio::time::timeout(idle, from.read(&mut buffer)).await??;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return to.shutdown().await;
        };
        to.write_all(bytes).await?;
    }
}
