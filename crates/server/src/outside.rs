//! `moat up --internet proxy`: what leaves a VPC by its internet gateway for somewhere outside is carried there by
//! the daemon, and names of the outside are asked of the host's resolver. Off unless asked for.

use crate::{Config, StartError, io};
use base::Ids;
use edge::{Carrier, ExchangeError, KeptServers, NOT_OUTSIDE, Named, Outside, is_outside};
use netplane::{DataPlane, Outward, original_destination};
use resolver::{Answer, Reply, Transport, Upstream, Zones, outside_addresses};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;
use svc_apigateway::needs::{Pending, ServerError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use wire::http::{Request, Response};

/// How long the host's resolver may take, and how often it is asked over UDP.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;
const MAX_REPLY_BYTES: usize = 4096;

/// Names that are moat's, or nobody's on the internet: they are not asked for outside, so that no call for a
/// service that moat lacks reaches the real one.
const KEPT: [&str; 8] =
    ["amazonaws.com", "aws", "internal", "local", "localhost", "lan", "home.arpa", "in-addr.arpa"];

/// What `--internet proxy` comes with.
#[derive(Debug, Clone, Default)]
pub struct Internet {
    /// The host's resolver; without one, no name of the outside is known.
    pub resolver: Option<SocketAddr>,
    /// Addresses that lead to the host itself, because somebody said so.
    pub named: Named,
}

/// Carries connections from now on, or sees to it that none is.
pub fn serve(config: &Config, plane: &dyn DataPlane, tasks: &mut JoinSet<()>) -> Result<(), StartError> {
    let Some(internet) = &config.internet else {
        plane.lead_outside(None)?;
        return Ok(());
    };
    let inside =
        NOT_OUTSIDE.iter().filter_map(|(network, length)| ipnet::Ipv4Net::new(*network, *length).ok());
    let outward =
        Outward { always: addresses(&internet.named).into_iter().collect(), inside: inside.collect() };
    let Some(listener) = plane.lead_outside(Some(&outward))? else { return Ok(()) };
    listener.set_nonblocking(true).map_err(io("open the way out"))?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(io("open the way out"))?;
    let carrier = Arc::new(Carrier::new(config.outside.clone(), internet.named.clone()));
    tasks.spawn(carrier.serve(listener, original_destination));
    Ok(())
}

fn addresses(named: &Named) -> BTreeSet<Ipv4Addr> {
    named.keys().map(|address| *address.ip()).collect()
}

/// The host's resolver, as whoever answers for names needs it.
pub fn resolver(config: &Config) -> Option<Arc<HostResolver>> {
    let internet = config.internet.as_ref()?;
    let (outside, named) = (config.outside.clone(), addresses(&internet.named));
    Some(Arc::new(HostResolver { outside, server: internet.resolver?, named }))
}

pub struct HostResolver {
    outside: Arc<dyn Outside>,
    server: SocketAddr,
    /// Addresses that names may lead to besides those outside.
    named: BTreeSet<Ipv4Addr>,
}

impl HostResolver {
    async fn over_udp(&self, query: &[u8]) -> std::io::Result<Vec<u8>> {
        let socket = std::net::UdpSocket::from(self.outside.udp(self.server.is_ipv6())?);
        socket.set_nonblocking(true)?;
        let socket = tokio::net::UdpSocket::from_std(socket)?;
        socket.connect(self.server).await?;
        let mut reply = vec![0; MAX_REPLY_BYTES];
        for _ in 0..ATTEMPTS {
            socket.send(query).await?;
            if let Ok(received) = tokio::time::timeout(PATIENCE, socket.recv(&mut reply)).await {
                reply.truncate(received?);
                return Ok(reply);
            }
        }
        Err(std::io::ErrorKind::TimedOut.into())
    }

    async fn over_tcp(&self, query: &[u8]) -> std::io::Result<Vec<u8>> {
        let socket = std::net::TcpStream::from(self.outside.tcp(self.server.is_ipv6())?);
        socket.set_nonblocking(true)?;
        let mut stream = tokio::net::TcpSocket::from_std_stream(socket).connect(self.server).await?;
        let length = u16::try_from(query.len()).map_err(std::io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
        let mut reply = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut reply).await?;
        Ok(reply)
    }
}

impl Upstream for HostResolver {
    fn ask(&self, query: Vec<u8>, over: Transport) -> Reply<'_> {
        Box::pin(async move {
            let asked = async {
                match over {
                    Transport::Udp => self.over_udp(&query).await,
                    Transport::Tcp => self.over_tcp(&query).await,
                }
            };
            let whole = PATIENCE * 3;
            let reply = tokio::time::timeout(whole, asked).await;
            let reply = reply.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
            reply
                .inspect_err(|error| tracing::info!(%error, server = %self.server, "ask the host's resolver"))
                .ok()
        })
    }

    fn permits(&self, address: IpAddr) -> bool {
        is_outside(address) || matches!(address, IpAddr::V4(address) if self.named.contains(&address))
    }
}

/// Servers outside, for the integrations of APIs, which ask them over connections of the host.
pub struct OutsideServers {
    carrier: Arc<Carrier>,
    resolver: Option<Arc<HostResolver>>,
    ids: Arc<dyn Ids>,
    kept: KeptServers,
}

impl OutsideServers {
    /// None while moat has no way outside.
    pub fn of(config: &Config, ids: Arc<dyn Ids>) -> Option<Arc<Self>> {
        let internet = config.internet.as_ref()?;
        let carrier = Carrier::new(config.outside.clone(), internet.named.clone());
        Some(Arc::new(Self {
            carrier: Arc::new(carrier),
            resolver: resolver(config),
            ids,
            kept: KeptServers::default(),
        }))
    }

    /// Asks a server at an `http` or `https` URL without path and query.
    pub fn ask<'a>(
        &'a self,
        origin: &'a str,
        request: Request,
    ) -> Pending<'a, Result<Response, ServerError>> {
        Box::pin(self.answer(origin, request))
    }

    async fn answer(&self, origin: &str, request: Request) -> Result<Response, ServerError> {
        let place = crate::vpc_links::place(origin);
        let (is_tls, host, port) =
            place.ok_or_else(|| ServerError::NotReachable(format!("`{origin}` is no HTTP endpoint")))?;
        let Some(address) = self.address(host).await else {
            return Err(ServerError::NotReachable(format!(
                "`{host}` is no name of the outside that leads there"
            )));
        };
        let wanted = SocketAddrV4::new(address, port);
        let connect = async { self.carrier.connect(wanted).await.map_err(std::io::Error::other) };
        let answered = self.kept.ask(wanted.into(), is_tls.then(|| host.to_owned()), request, connect).await;
        answered.map_err(|error| match error {
            ExchangeError::Unreachable(reason) => ServerError::NotReachable(reason),
            error => ServerError::Failed(error.to_string()),
        })
    }

    async fn address(&self, host: &str) -> Option<Ipv4Addr> {
        if let Ok(address) = host.parse() {
            return Some(address);
        }
        if !is_of_outside(&host.to_ascii_lowercase()) {
            return None;
        }
        let resolver = self.resolver.clone()?;
        let id = u16::from_str_radix(&self.ids.hex(4), 16).unwrap_or_default();
        outside_addresses(resolver, host.to_owned(), id).await.first().copied()
    }
}

/// Names with those of the outside.
struct WithOutside {
    inside: Arc<dyn Zones>,
    upstream: Arc<HostResolver>,
}

/// The same names, and those of the outside where somebody can be asked for them.
pub fn with_outside(inside: Arc<dyn Zones>, upstream: Option<Arc<HostResolver>>) -> Arc<dyn Zones> {
    match upstream {
        Some(upstream) => Arc::new(WithOutside { inside, upstream }),
        None => inside,
    }
}

impl Zones for WithOutside {
    fn resolve(&self, name: &str) -> Answer {
        match self.inside.resolve(name) {
            Answer::NoSuchName if is_of_outside(name) => Answer::Outside,
            known => known,
        }
    }

    fn upstream(&self) -> Option<&dyn Upstream> {
        Some(self.upstream.as_ref())
    }
}

pub fn is_of_outside(name: &str) -> bool {
    let kept =
        |parent: &&str| name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !name.ends_with(".ip6.arpa") && !KEPT.iter().any(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_aws_and_of_the_house_are_not_asked_for_outside() {
        for (name, outside) in [
            ("example.com", true),
            ("pypi.org", true),
            ("notamazonaws.com", true),
            ("sqs.us-east-1.amazonaws.com", false),
            ("amazonaws.com", false),
            ("lambda.us-east-1.api.aws", false),
            ("ip-10-0-0-1.ec2.internal", false),
            ("printer.local", false),
            ("printer", false),
            ("1.0.0.10.in-addr.arpa", false),
            ("8.b.d.0.1.0.0.2.ip6.arpa", false),
        ] {
            assert_eq!(is_of_outside(name), outside, "{name}");
        }
    }
}
