//! `moat why`: gathers what an explanation needs, sends a real packet, and has it written.

use crate::authority::Authorities;
use crate::functions::session;
use crate::listeners::service_at;
use crate::names::{PublicNames, VpcNames};
use crate::network::NetworkReconciler;
use crate::outside::is_of_outside;
use crate::places::interface_of;
use base::{Arn, Clock, NetworkInterfaceId, Region, Scope};
use netplane::Probe;
use policy::{Context, Policy};
use resolver::{Answer, Zones};
use serde::{Deserialize, Serialize};
use service::Access;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use svc_ec2::Ec2;
use svc_iam::Asked;
use svc_lambda::model::Function;
use svc_rds::Rds;
use svc_secretsmanager::SecretsManager;
use vpc::{Network, Payload};
use why::{Call, Dns, EndpointPolicy, Explanation, Listener, Placement, Question, Subject, Target};

/// How long the probe waits: on one machine, silence for this long is a drop.
const PROBE_TIMEOUT: Duration = Duration::from_millis(700);
/// How long the kernel may take to say that it dropped a datagram.
const DROP_PATIENCE: Duration = Duration::from_millis(300);
/// How long both may take when the first probe met something else than the rules say: a machine that is busy is silent
/// for longer.
const SECOND_LOOK: Duration = Duration::from_secs(5);
const HTTPS: u16 = 443;

#[derive(Debug, Deserialize)]
pub struct Asking {
    from: String,
    to: String,
    #[serde(default = "yes")]
    probe: bool,
    /// `tcp`, `udp` or `icmp`.
    #[serde(default)]
    protocol: Protocol,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
    Icmp,
}

impl Protocol {
    pub fn payload(self, port: u16) -> Payload {
        match self {
            Self::Tcp => Payload::tcp(port),
            Self::Udp => Payload::udp(port),
            Self::Icmp => Payload::ECHO_REQUEST,
        }
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        })
    }
}

fn yes() -> bool {
    true
}

impl Asking {
    /// What the rules say of packets, without sending one.
    pub fn of_rules(from: &str, to: String, protocol: Protocol) -> Self {
        Self { from: from.to_owned(), to, probe: false, protocol }
    }
}

/// The explanation, flat enough for `--query`.
#[derive(Debug, Serialize)]
pub struct Answered {
    pub reachable: bool,
    pub verdict: String,
    /// The layer that fails first.
    pub layer: Option<String>,
    pub rule: Option<String>,
    pub fix: Vec<String>,
    /// What a real packet met: `connected` (a ping: `answered`), `refused`, `timed out`, `unreachable`; absent when
    /// none was sent.
    pub probe: Option<&'static str>,
    /// Whether packet and model agree about the network.
    pub agrees: Option<bool>,
    /// Every step that fails, in the order in which a packet meets them.
    pub blockers: serde_json::Value,
    pub steps: serde_json::Value,
    pub text: String,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum WhyError {
    #[error("`{0}` is not function:NAME, eni-…, i-…, db:NAME, an instance's Name or a private address")]
    From(String),
    #[error(
        "`{0}` is not db:NAME, secret:NAME or HOST:PORT, where HOST may be an address, a DNS name, eni-…, i-… or an \
         instance's Name"
    )]
    To(String),
    #[error("`{0}` accepts no connections: functions are invoked, and connect to others")]
    Function(String),
    #[error("function `{0}` does not exist")]
    NoFunction(String),
    #[error("{0}")]
    NotFound(String),
    #[error(transparent)]
    Fault(#[from] store::Fault),
}

/// `HOST`, `HOST:PORT`, and of IPv6 `2001:db8::1` or `[2001:db8::1]:443`. `None` when the port is none.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some((text, None));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            Some((bare.unwrap_or(host), Some(port.parse().ok()?)))
        }
        _ => Some((text, None)),
    }
}

pub struct Explainer {
    pub store: Store,
    pub ec2: Arc<Ec2>,
    pub rds: Arc<Rds>,
    pub secrets: Arc<SecretsManager>,
    pub authorities: Arc<Authorities>,
    pub network: Arc<NetworkReconciler>,
    pub clock: Arc<dyn Clock>,
    pub region: Region,
    /// Whether connections are carried to the internet.
    pub internet: bool,
}

/// What the subject is, looked up.
struct Source {
    /// The function and its role, where it is one.
    function: Option<(String, Arn)>,
    interfaces: Vec<NetworkInterfaceId>,
    network: Option<Network>,
}

/// What the target is, looked up.
struct Destination {
    target: Target,
    call: Option<Access>,
    listener: Option<Listener>,
    beside: Option<Network>,
    /// The address that was asked for, where the host is a name that leads there from the internet.
    literal: Option<IpAddr>,
}

impl Explainer {
    /// Blocking: it may send a packet and wait for what comes back.
    pub fn explain(&self, scope: &Scope, asking: &Asking) -> Result<Answered, WhyError> {
        let source = self.source(scope, &asking.from)?;
        let destination = self.destination(scope, asking)?;
        let dns = match destination.literal {
            Some(address) => Dns::Literal(address),
            None => self.resolve(&source, &destination.target.host),
        };
        let call = match &destination.call {
            Some(access) => self.decide(scope, &source, &dns, access)?,
            None => None,
        };
        let placement = match &source.network {
            Some(network) => Placement::Vpc { network, interfaces: source.interfaces.clone() },
            None => Placement::Outside { beside: destination.beside.as_ref() },
        };
        let subject = Subject {
            label: asking.from.clone(),
            function: source.function.as_ref().map(|(name, _)| name.clone()),
            placement,
        };
        let payload = destination.target.payload;
        let is_carried =
            self.internet || destination.beside.is_some() || !leaves(source.network.as_ref(), &dns);
        let listener = if is_carried { destination.listener } else { Some(no_internet()) };
        let question = Question { subject, target: destination.target, dns, call, listener };
        let explanation = why::explain(&question);
        let drops = says_dropped(&explanation);
        // Where nothing is carried a packet meets silence, whatever the rules say.
        let probe = if asking.probe && (is_carried || drops) {
            self.probe(&source, &question.dns, payload, drops)
        } else {
            None
        };
        Ok(answered(&explanation, asking.protocol, probe))
    }

    /// The interfaces of a function, or of one of its versions (`NAME:VERSION`), in their network.
    pub fn function_network(
        &self,
        scope: &Scope,
        function: &str,
    ) -> Result<Option<(Network, Vec<NetworkInterfaceId>)>, WhyError> {
        let source = self.source(scope, &format!("function:{function}"))?;
        Ok(source.network.map(|network| (network, source.interfaces)))
    }

    fn source(&self, scope: &Scope, text: &str) -> Result<Source, WhyError> {
        let Some(name) = text.strip_prefix("function:") else { return self.placed(scope, text) };
        let found = self.store.read().get::<Function>(&scope.key(name))?;
        let function = found.ok_or_else(|| WhyError::NoFunction(name.to_owned()))?;
        let attached = function.serving.as_ref().map(|s| s.interfaces.clone()).unwrap_or_default();
        let network = match attached.first() {
            Some(first) => self.network.network(&first.vpc)?,
            None => None,
        };
        let interfaces = attached.into_iter().map(|i| i.interface).collect();
        let function = Some((name.to_owned(), function.settings.role.clone()));
        Ok(Source { function, interfaces, network })
    }

    /// What has an interface of its own.
    fn placed(&self, scope: &Scope, text: &str) -> Result<Source, WhyError> {
        let found = interface_of(&self.store, &self.ec2, scope, text)?;
        let interface = found.ok_or_else(|| WhyError::From(text.to_owned()))?;
        let network = self.network.network(&interface.vpc)?;
        Ok(Source { function: None, interfaces: vec![interface.id.clone()], network })
    }

    fn destination(&self, scope: &Scope, asking: &Asking) -> Result<Destination, WhyError> {
        let text = asking.to.as_str();
        let wrong = || WhyError::To(text.to_owned());
        if let Some(name) = text.strip_prefix("secret:") {
            return self.secret(scope, text, name);
        }
        let (host, port) = host_and_port(text).ok_or_else(wrong)?;
        if host.starts_with("function:") {
            return Err(WhyError::Function(text.to_owned()));
        }
        if let Some(name) = host.strip_prefix("db:") {
            let mut found = self.database(scope, text, name)?;
            if let Some(port) = port {
                (found.target.port, found.target.payload) = (port, asking.protocol.payload(port));
            }
            return Ok(found);
        }
        let port = match (port, asking.protocol) {
            (Some(port), _) => port,
            (None, Protocol::Icmp) => 0,
            (None, _) => return Err(wrong()),
        };
        let placed = interface_of(&self.store, &self.ec2, scope, host)?;
        // An address means itself, not the first one of whose it is.
        let named = match (&placed, host.parse::<IpAddr>()) {
            (Some(interface), Err(_)) => interface.private_ip.to_string(),
            _ => host.to_owned(),
        };
        let payload = match asking.protocol.payload(port) {
            Payload::ECHO_REQUEST if named.parse::<Ipv6Addr>().is_ok() => Payload::ECHO_REQUEST_V6,
            payload => payload,
        };
        let mut target = Target { label: text.to_owned(), host: named, port, payload, service: None };
        let mut literal = None;
        if let Ok(IpAddr::V4(address)) = target.host.parse()
            && let Some((service, name)) = service_at(address, &self.region)
        {
            literal = Some(IpAddr::V4(address));
            target.service = Some(format!("com.amazonaws.{}.{service}", self.region));
            target.host = name;
        }
        let beside = match &placed {
            Some(interface) => self.network.network(&interface.vpc)?,
            None => None,
        };
        Ok(Destination { target, call: None, listener: None, beside, literal })
    }

    fn database(&self, scope: &Scope, label: &str, name: &str) -> Result<Destination, WhyError> {
        let db = self.rds.instance(scope, name).map_err(|e| WhyError::NotFound(e.message))?;
        let ok = db.status == svc_rds::Status::Available;
        let reason = match &db.status {
            svc_rds::Status::Failed { reason } => format!("database {name} failed: {reason}"),
            status => format!("database {name} is {}", status.text()),
        };
        let fix = if ok {
            Vec::new()
        } else {
            vec![format!("aws rds wait db-instance-available --db-instance-identifier {name}")]
        };
        Ok(Destination {
            target: Target {
                label: label.to_owned(),
                host: db.host.clone(),
                port: db.port,
                payload: Payload::tcp(db.port),
                service: None,
            },
            call: None,
            listener: Some(Listener { ok, reason, fix }),
            beside: self.network.network(&db.vpc)?,
            literal: None,
        })
    }

    fn secret(&self, scope: &Scope, label: &str, name: &str) -> Result<Destination, WhyError> {
        let now = self.clock.now();
        let unknown =
            |e: service::ServiceError| WhyError::NotFound(format!("secret `{name}`: {}", e.message));
        let access = self.secrets.access_to_value(scope, name, now).map_err(unknown)?;
        let is_deleted = self.secrets.is_marked_for_deletion(scope, name, now).map_err(unknown)?;
        let listener = is_deleted.then(|| Listener {
            ok: false,
            reason: format!("secret {name} is marked for deletion"),
            fix: vec![format!("aws secretsmanager restore-secret --secret-id {name}")],
        });
        Ok(Destination {
            target: Target {
                label: label.to_owned(),
                host: format!("secretsmanager.{}.amazonaws.com", scope.region),
                port: HTTPS,
                payload: Payload::tcp(HTTPS),
                service: Some(format!("com.amazonaws.{}.secretsmanager", scope.region)),
            },
            call: Some(access),
            listener,
            beside: None,
            literal: None,
        })
    }

    fn resolve(&self, source: &Source, host: &str) -> Dns {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Dns::Literal(address);
        }
        let answer = match &source.network {
            Some(network) if !network.dns_support => return Dns::Off,
            Some(network) => {
                let (store, ec2) = (self.store.clone(), self.ec2.clone());
                VpcNames::new(store, ec2, network.vpc.clone(), self.region.clone()).resolve(host)
            }
            None => PublicNames { store: self.store.clone(), region: self.region.clone() }.resolve(host),
        };
        match answer {
            Answer::Addresses(addresses) => Dns::Addresses(addresses.into_iter().map(IpAddr::V4).collect()),
            Answer::Name(_) | Answer::NoSuchName | Answer::Outside if is_of_outside(host) => Dns::AtLarge,
            Answer::Name(_) | Answer::NoSuchName | Answer::Outside => Dns::NoSuchName,
        }
    }

    /// The decision on the call, as it would be made on the way that DNS chose.
    fn decide(
        &self,
        scope: &Scope,
        source: &Source,
        dns: &Dns,
        access: &Access,
    ) -> Result<Option<Call>, WhyError> {
        // What is no function says nothing of who it calls as.
        let Some((name, role)) = &source.function else { return Ok(None) };
        let principal = session(&self.authorities.iam, role, name)?
            .ok_or_else(|| WhyError::NotFound(format!("role `{role}` does not exist")))?;
        let through = match (&source.network, dns) {
            (Some(network), Dns::Addresses(addresses)) => why::endpoint_of(network, addresses).cloned(),
            _ => None,
        };
        let mut context = Context::default();
        context.set("aws:CurrentTime", [self.clock.now().iso8601()]);
        context.set("aws:SecureTransport", ["true"]);
        context.set("aws:RequestedRegion", [scope.region.as_str()]);
        let mut endpoint = None;
        if let (Some(vpce), Some(network)) = (through, &source.network) {
            context.set("aws:SourceVpce", [vpce.as_str()]);
            context.set("aws:SourceVpc", [network.vpc.as_str()]);
            let address =
                source.interfaces.first().and_then(|id| network.interfaces.get(id)?.primary_address());
            context.set("aws:VpcSourceIp", address.map(|a| a.to_string()));
            endpoint = self.ec2.endpoint(&self.store.read(), &vpce)?;
        }
        let policy = endpoint
            .as_ref()
            .and_then(|e| e.policy.clone().map(|document| Policy::new(e.id.as_str(), document)));
        let asked = Asked {
            principal: &principal,
            session_policies: &[],
            access,
            context: &context,
            endpoint_policy: policy.as_ref(),
        };
        let iam = &self.authorities.iam;
        let document = |text: &str| serde_json::from_str(text).unwrap_or(serde_json::Value::Null);
        Ok(Some(Call {
            action: access.action.clone(),
            resource: access.resource.clone(),
            role: role.resource.rsplit('/').next().map(str::to_owned),
            decision: iam.decide(&asked)?,
            near_misses: iam.near_misses(&asked)?,
            remarks: iam.remarks(&asked)?,
            endpoint: endpoint.and_then(|e| {
                let text = e.policy.as_ref()?.text().to_owned();
                Some(EndpointPolicy { vpce: e.id, document: document(&text) })
            }),
        }))
    }

    /// A real connection attempt from the function's interface to each address, until one is not answered.
    /// When that is not what the rules say, a second one that waits for longer.
    fn probe(&self, source: &Source, dns: &Dns, payload: Payload, drops: bool) -> Option<Probe> {
        let met = self.probe_within(source, dns, payload, (PROBE_TIMEOUT, DROP_PATIENCE))?;
        if drops == is_dropped(met) {
            return Some(met);
        }
        self.probe_within(source, dns, payload, (SECOND_LOOK, SECOND_LOOK)).or(Some(met))
    }

    fn probe_within(
        &self,
        source: &Source,
        dns: &Dns,
        payload: Payload,
        (patience, drop_patience): (Duration, Duration),
    ) -> Option<Probe> {
        let interface = source.interfaces.first()?;
        let addresses = match dns {
            Dns::Literal(address) => vec![*address],
            Dns::Addresses(addresses) => addresses.clone(),
            Dns::NoSuchName | Dns::AtLarge | Dns::Off => return None,
        };
        let to = *addresses.first()?;
        match payload {
            Payload::Tcp { destination_port, .. } => {
                let to = SocketAddr::new(to, destination_port);
                self.network.plane().probe_tcp(interface, to, patience).ok()
            }
            Payload::Udp { destination_port, .. } => {
                self.probe_udp(source, interface, SocketAddr::new(to, destination_port), drop_patience)
            }
            Payload::Icmp { .. } | Payload::Icmpv6 { .. } => {
                self.network.plane().probe_icmp(interface, to, patience).ok()
            }
            Payload::Other(_) => None,
        }
    }

    /// A datagram says nothing when it arrives; when a rule drops it, the rule does.
    fn probe_udp(
        &self,
        source: &Source,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        patience: Duration,
    ) -> Option<Probe> {
        let plane = self.network.plane();
        let from = source.network.as_ref()?.interfaces.get(interface)?.primary_beside(to.ip())?;
        let drops = plane.watch_drops();
        let any: IpAddr = match to.ip() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let any = SocketAddr::new(any, 0);
        let socket = plane.bind_udp_in(&plane.netns_path(interface).ok()?, any).ok()?;
        socket.send_to(b"moat", to).ok()?;
        let deadline = Instant::now() + patience;
        while let Ok(drop) = drops.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if drop.source == from && drop.destination == to.ip() {
                return Some(Probe::TimedOut);
            }
        }
        Some(Probe::Connected)
    }
}

/// What stands in the way, each with its rule and its fix.
fn blockers(explanation: &Explanation) -> serde_json::Value {
    let failing: Vec<_> = explanation.steps.iter().filter(|step| !step.ok).collect();
    serde_json::to_value(failing).unwrap_or_default()
}

/// Whether somebody outside moat is meant.
fn leaves(from: Option<&Network>, dns: &Dns) -> bool {
    let addresses = match dns {
        Dns::Literal(address) => std::slice::from_ref(address),
        Dns::Addresses(addresses) => addresses,
        Dns::NoSuchName | Dns::AtLarge | Dns::Off => return false,
    };
    // A VPC may have any block of addresses, also one that is somebody's on the internet.
    let is_here = |address| from.is_some_and(|network| network.interface_at(address).is_some());
    addresses.iter().any(|address| edge::is_outside(*address) && !is_here(*address))
}

fn no_internet() -> Listener {
    Listener {
        ok: false,
        reason: "the rules let it out to the internet, where this moat carries nothing".to_owned(),
        fix: vec!["moat up --internet proxy".to_owned()],
    }
}

/// Whether the rules say that a packet does not arrive.
fn says_dropped(explanation: &Explanation) -> bool {
    use why::Layer;
    // Policies are asked after the connection stands, so they say nothing about packets.
    let about_packets = |layer: Layer| {
        !matches!(
            layer,
            Layer::EndpointPolicy | Layer::Iam | Layer::ResourcePolicy | Layer::Dns | Layer::Listener
        )
    };
    explanation.steps.iter().any(|step| !step.ok && about_packets(step.layer))
}

fn is_dropped(met: Probe) -> bool {
    !matches!(met, Probe::Connected | Probe::Refused)
}

fn answered(explanation: &Explanation, protocol: Protocol, probe: Option<Probe>) -> Answered {
    let failure = explanation.first_failure();
    let agrees = probe.map(|probe| says_dropped(explanation) == is_dropped(probe));
    let is_ping = protocol == Protocol::Icmp;
    let met = probe.map(|probe| match probe {
        Probe::Connected if is_ping => "answered",
        Probe::Connected => "connected",
        Probe::Refused => "refused",
        Probe::TimedOut => "timed out",
        Probe::Unreachable => "unreachable",
    });
    let mut text = explanation.to_string();
    if let Some(met) = met {
        let agreement =
            if agrees == Some(true) { "as the rules say" } else { "which the rules do not explain" };
        let sent = if is_ping { "a real ping" } else { "a real connection attempt" };
        let verb = if is_ping && probe != Some(Probe::Connected) { "" } else { "was " };
        text.push_str(&format!("probe: {sent} {verb}{met}, {agreement}\n"));
    }
    Answered {
        reachable: explanation.reachable,
        verdict: explanation.verdict.clone(),
        layer: failure.map(|step| step.layer.to_string()),
        rule: failure.and_then(|step| step.rule.clone()),
        fix: failure.map(|step| step.fix.clone()).unwrap_or_default(),
        probe: met,
        agrees,
        blockers: blockers(explanation),
        steps: serde_json::to_value(&explanation.steps).unwrap_or_default(),
        text,
    }
}
