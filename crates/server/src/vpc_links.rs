//! VPC links of APIs: their interfaces, and the load balancers that requests reach over them.
//!
//! A REST API's link leads into a network load balancer itself, as AWS PrivateLink does: the connection is opened
//! at the balancer's node, and the balancer's own security groups decide where they are asked about such traffic.
//! An HTTP API's link has interfaces of its own, from which its packets really go.

use crate::link_turns::LinkTurns;
use crate::network::NetworkReconciler;
use crate::why::{Asking, Explainer, Protocol};
use base::{Arn, Clock, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId};
use edge::exchange;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::{Fault, Store};
use svc_apigateway::needs::{BalancerStatus, ServerError};
use svc_apigatewayv2::needs::LinkPlace;
use svc_ec2::state::SecurityGroup;
use svc_ec2::{Ec2, ManagedKind, Placement};
use svc_elbv2::state::{Listener, LoadBalancer, Stage};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wire::http::{Request, Response};

/// How long a connection may take to be accepted, whatever the integration allows.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Reasons that are looked for at a time; who comes when it is full is told none.
const EXPLAINING: usize = 2;
static EXPLAIN: Semaphore = Semaphore::const_new(EXPLAINING);

/// The ways from API Gateway into VPCs.
pub struct LinkWays {
    pub store: Store,
    pub ec2: Arc<Ec2>,
    pub network: Arc<NetworkReconciler>,
    /// Told once it is there.
    pub explainer: Arc<OnceLock<Arc<Explainer>>>,
    pub clock: Arc<dyn Clock>,
    /// Requests take nodes and interfaces in turn.
    pub turn: AtomicUsize,
    pub opening: LinkTurns,
}

type Pending<'a, T> = svc_apigateway::needs::Pending<'a, T>;

fn not_reachable(reason: impl Into<String>) -> ServerError {
    ServerError::NotReachable(reason.into())
}

fn fault(fault: Fault) -> ServerError {
    ServerError::Failed(fault.to_string())
}

/// `net/name/id`.
fn balancer_path(arn: &str) -> Option<String> {
    let arn: Arn = arn.parse().ok()?;
    arn.resource.strip_prefix("loadbalancer/").map(str::to_owned)
}

impl LinkWays {
    fn balancer_row(&self, scope: &Scope, arn: &str) -> Result<Option<Arc<LoadBalancer>>, Fault> {
        match balancer_path(arn) {
            Some(path) => self.store.read().get::<LoadBalancer>(&scope.key(&path)),
            None => Ok(None),
        }
    }

    /// The one whose turn it is.
    fn next<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        of.get(turn.checked_rem(of.len())?)
    }

    async fn connect(
        &self,
        link: &str,
        from: &NetworkInterfaceId,
        to: SocketAddr,
        patience: Duration,
    ) -> io::Result<TcpStream> {
        let until = Instant::now() + CONNECT_PATIENCE.min(patience);
        let turn = tokio::time::timeout_at(until, self.opening.take(link)).await;
        let turn = turn.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let patience = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let (network, from) = (self.network.clone(), from.clone());
        // It waits on when nobody waits for it any more, and so does its turn.
        let opened = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            network.plane().connect_tcp(&from, to, patience)
        });
        let opened = opened.await.map_err(io::Error::other)?;
        let stream = opened.map_err(|error| io::Error::other(error.to_string()))??;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        TcpStream::from_std(stream)
    }

    /// Why packets from an interface do not arrive, and what would let them, as the rules are now.
    async fn obstacle(&self, scope: &Scope, from: &NetworkInterfaceId, to: SocketAddr) -> Option<String> {
        let turn = EXPLAIN.try_acquire().ok()?;
        let explainer = self.explainer.get()?.clone();
        let asking = Asking::of_rules(from.as_str(), to.to_string(), Protocol::Tcp);
        let scope = scope.clone();
        let explained = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            explainer.explain(&scope, &asking)
        })
        .await;
        let blockers = explained.ok()?.ok()?.blockers;
        let blocker = blockers.as_array()?.first()?.clone();
        let reason = blocker.get("reason").and_then(Value::as_str)?.to_owned();
        let fixes = blocker.get("fix").and_then(Value::as_array);
        let fix =
            fixes.into_iter().flatten().filter_map(Value::as_str).map(|fix| format!("\n  fix     {fix}"));
        Some(reason + &fix.collect::<String>())
    }
}

impl svc_apigateway::needs::VpcLinks for LinkWays {
    fn balancer(&self, scope: &Scope, arn: &str) -> Result<BalancerStatus, Fault> {
        Ok(match self.balancer_row(scope, arn)?.map(|row| row.stage.clone()) {
            None | Some(Stage::Deleting) => BalancerStatus::Missing,
            Some(Stage::Provisioning) => BalancerStatus::Provisioning,
            Some(Stage::Active) => BalancerStatus::Active,
            Some(Stage::Failed { reason }) => BalancerStatus::Failed(reason),
        })
    }

    fn ask(
        &self,
        over: svc_apigateway::needs::Over,
        request: Request,
    ) -> Pending<'_, Result<Response, ServerError>> {
        Box::pin(async move {
            let balancer = self.balancer_row(&over.scope, &over.balancer).map_err(fault)?;
            let balancer = balancer.filter(|row| row.stage == Stage::Active);
            let balancer = balancer
                .ok_or_else(|| not_reachable(format!("the load balancer {} is not active", over.balancer)))?;
            let (is_tls, host, port) = place(&over.origin)
                .ok_or_else(|| not_reachable(format!("`{}` is no HTTP endpoint", over.origin)))?;
            self.lets_links_in(&balancer, port)?;
            let listeners =
                self.store.read().scan::<Listener>(&over.scope.key(&format!("{}/", balancer.path())));
            if !listeners.map_err(fault)?.iter().any(|listener| listener.port == port) {
                let name = &balancer.name;
                return Err(not_reachable(format!(
                    "the load balancer {name} has no listener at port {port}"
                )));
            }
            let nodes: Vec<_> =
                balancer.placements.iter().filter_map(|p| Some((p.interface.clone()?, p.address?))).collect();
            let (node, address) =
                self.next(&nodes).ok_or_else(|| not_reachable("the load balancer has no node"))?;
            let to = SocketAddr::new(IpAddr::V4(*address), port);
            // All links to a balancer hang together.
            let stream = self.connect(&over.balancer, node, to, over.patience).await;
            let stream =
                stream.map_err(|error| not_reachable(format!("the load balancer at {to}: {error}")))?;
            let answered = exchange(stream, is_tls.then_some(host), request).await;
            answered.map_err(|error| {
                ServerError::Failed(format!(
                    "behind the load balancer {}: {error}; it resets connections while no target takes them",
                    balancer.name
                ))
            })
        })
    }
}

impl LinkWays {
    /// Whether a load balancer's security groups let in who comes by PrivateLink, where they are asked.
    fn lets_links_in(&self, balancer: &LoadBalancer, port: u16) -> Result<(), ServerError> {
        if !balancer.filters_private_link {
            return Ok(());
        }
        let network = self.network.network(&balancer.vpc).map_err(fault)?;
        let groups = network.map(|network| network.security_groups).unwrap_or_default();
        let lets_in = |group: &SecurityGroupId| {
            let rules = groups.get(group).into_iter().flat_map(|group| group.rules(vpc::Direction::Ingress));
            rules.into_iter().any(|rule| {
                let from_everywhere =
                    matches!(&rule.peer, vpc::Peer::Cidr(cidr) if cidr.contains(&crate::rest_apis::GATEWAY));
                from_everywhere && rule.traffic.matches(vpc::Payload::tcp(port))
            })
        };
        if balancer.groups.iter().any(lets_in) {
            return Ok(());
        }
        Err(not_reachable(format!(
            "no security group of the load balancer {} lets anybody in by PrivateLink at tcp {port}, and its groups are \
             asked about such traffic\n  fix     aws elbv2 set-security-groups --load-balancer-arn {} --security-groups {} \
             --enforce-security-group-inbound-rules-on-private-link-traffic off",
            balancer.name,
            balancer.arn(),
            balancer.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        )))
    }
}

/// Whether an origin speaks TLS, its host and its port.
pub(crate) fn place(origin: &str) -> Option<(bool, &str, u16)> {
    let (scheme, authority) = origin.split_once("://")?;
    let is_tls = scheme == "https";
    let usual = if is_tls { 443 } else { 80 };
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((is_tls, host, port.parse().ok()?)),
        None => Some((is_tls, authority, usual)),
    }
}

fn failed(step: &str) -> impl Fn(&dyn std::fmt::Display) -> String + '_ {
    move |error| format!("{step} failed: {error}")
}

impl svc_apigatewayv2::needs::VpcLinks for LinkWays {
    fn check(&self, scope: &Scope, subnets: &[SubnetId], groups: &[SecurityGroupId]) -> Result<(), String> {
        let wanted = Placement { subnets: subnets.to_vec(), groups: groups.iter().cloned().collect() };
        self.ec2.check_placement(scope, &wanted).map(drop).map_err(|error| error.to_string())
    }

    fn attach<'a>(&'a self, place: &'a LinkPlace) -> Pending<'a, Result<Vec<NetworkInterfaceId>, String>> {
        Box::pin(async move {
            let step = failed("attach the network interfaces");
            let mut wanted =
                Placement { subnets: place.subnets.clone(), groups: place.groups.iter().cloned().collect() };
            if wanted.groups.is_empty() {
                let vpc = self.ec2.check_placement(&place.scope, &wanted).map_err(|error| step(&error))?;
                wanted.groups = self.default_group(&place.scope, &vpc).map_err(|error| step(&error))?;
            }
            let kind = ManagedKind::VpcLink { link: place.link.clone() };
            let attached =
                self.ec2.attach_managed(&place.scope, self.clock.now(), &place.user, &kind, &wanted).await;
            let attached = attached.map_err(|error| error.to_string())?;
            if !self.network.settled_in_background().await {
                return Err(step(&"the kernel did not take them in time"));
            }
            for made in &attached {
                if let Some(reason) = self.network.failure(&made.interface) {
                    return Err(step(&reason));
                }
            }
            Ok(attached.into_iter().map(|made| made.interface).collect())
        })
    }

    fn release<'a>(&'a self, scope: &'a Scope, user: &'a str) -> Pending<'a, Result<(), String>> {
        Box::pin(async move {
            let released = self.ec2.release_managed(scope, self.clock.now(), user, None).await;
            released.map_err(|error| error.to_string())
        })
    }

    fn ask(
        &self,
        over: svc_apigatewayv2::needs::Over,
        request: Request,
    ) -> Pending<'_, Result<Response, svc_apigatewayv2::needs::ServerError>> {
        Box::pin(async move {
            self.ask_listener(over, request).await.map_err(|error| match error {
                ServerError::NotReachable(reason) => {
                    svc_apigatewayv2::needs::ServerError::NotReachable(reason)
                }
                ServerError::Failed(reason) => svc_apigatewayv2::needs::ServerError::Failed(reason),
            })
        })
    }
}

impl LinkWays {
    fn default_group(&self, scope: &Scope, vpc: &base::VpcId) -> Result<BTreeSet<SecurityGroupId>, Fault> {
        let groups = self.store.read().scan::<SecurityGroup>(&scope.prefix())?;
        let own = groups.iter().filter(|group| group.vpc == *vpc && group.name == "default");
        Ok(own.map(|group| group.id.clone()).collect())
    }

    async fn ask_listener(
        &self,
        over: svc_apigatewayv2::needs::Over,
        request: Request,
    ) -> Result<Response, ServerError> {
        let svc_apigatewayv2::needs::Over { scope, from, listener: arn, patience } = over;
        let rows = self.store.read();
        let path =
            arn.parse::<Arn>().ok().and_then(|arn| Some(arn.resource.strip_prefix("listener/")?.to_owned()));
        let none = || not_reachable(format!("there is no listener {arn}"));
        let listener = rows.get::<Listener>(&scope.key(&path.ok_or_else(none)?)).map_err(fault)?;
        let listener = listener.ok_or_else(none)?;
        if !matches!(listener.protocol.as_str(), "HTTP" | "TCP") {
            return Err(not_reachable(format!(
                "the listener speaks {}, and VPC links with TLS are not implemented by moat",
                listener.protocol
            )));
        }
        let balancer = rows.get::<LoadBalancer>(&scope.key(&listener.load_balancer)).map_err(fault)?;
        let balancer = balancer.filter(|row| row.stage == Stage::Active);
        let balancer =
            balancer.ok_or_else(|| not_reachable(format!("the load balancer of {arn} is not active")))?;
        let nodes: Vec<_> = balancer.placements.iter().filter_map(|placement| placement.address).collect();
        let node = self.next(&nodes).ok_or_else(|| not_reachable("the load balancer has no node"))?;
        let no_interface = || not_reachable("the VPC link has no interface");
        // No other link has its interfaces.
        let link = from.first().ok_or_else(no_interface)?.as_str();
        let from = self.next(&from).ok_or_else(no_interface)?;
        let to = SocketAddr::new(IpAddr::V4(*node), listener.port);
        drop(rows);
        let deadline = Instant::now() + patience;
        match self.connect(link, from, to, patience).await {
            Ok(stream) => {
                let left = deadline.saturating_duration_since(Instant::now());
                let answered = tokio::time::timeout(left, exchange(stream, None, request)).await;
                let answered =
                    answered.map_err(|_| not_reachable(format!("{to} took longer than {patience:?}")))?;
                answered.map_err(|error| ServerError::Failed(format!("{to}: {error}")))
            }
            Err(error) => {
                let obstacle = self.obstacle(&scope, from, to).await;
                let because = obstacle.map(|reason| format!(": {reason}")).unwrap_or_default();
                Err(not_reachable(format!(
                    "the VPC link's interface {from} does not reach {} at {to} ({error}){because}",
                    balancer.name
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_names_a_port() {
        for (origin, expected) in [
            ("http://a.b", Some((false, "a.b", 80))),
            ("https://a.b", Some((true, "a.b", 443))),
            ("http://a.b:8080", Some((false, "a.b", 8080))),
            ("http://a.b:port", None),
            ("a.b", None),
        ] {
            assert_eq!(place(origin), expected, "{origin}");
        }
        assert_eq!(
            balancer_path("arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/1")
                .as_deref(),
            Some("net/a/1")
        );
    }
}
