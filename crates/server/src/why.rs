//! `moat why`: gathers what an explanation needs, sends a real packet, and has it written.

use crate::authority::Authorities;
use crate::functions::session;
use crate::names::{PublicNames, VpcNames};
use crate::network::NetworkReconciler;
use base::{Arn, Clock, NetworkInterfaceId, Region, Scope};
use netplane::Probe;
use policy::{Context, Policy};
use resolver::{Answer, Zones};
use serde::{Deserialize, Serialize};
use service::Access;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use svc_ec2::Ec2;
use svc_iam::Asked;
use svc_lambda::model::Function;
use svc_rds::Rds;
use svc_secretsmanager::SecretsManager;
use vpc::Network;
use why::{Call, Dns, EndpointPolicy, Explanation, Listener, Placement, Question, Subject, Target};

/// How long the probe waits: on one machine, silence for this long is a drop.
const PROBE_TIMEOUT: Duration = Duration::from_millis(700);
const HTTPS: u16 = 443;

#[derive(Debug, Deserialize)]
pub struct Asking {
    from: String,
    to: String,
    #[serde(default = "yes")]
    probe: bool,
}

fn yes() -> bool {
    true
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
    /// What a real packet met: `connected`, `refused`, `timed out`, `unreachable`; absent when none was sent.
    pub probe: Option<&'static str>,
    /// Whether packet and model agree about the network.
    pub agrees: Option<bool>,
    pub steps: serde_json::Value,
    pub text: String,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum WhyError {
    #[error("`{0}` is not function:NAME")]
    From(String),
    #[error("`{0}` is not db:NAME, secret:NAME or HOST:PORT")]
    To(String),
    #[error("function `{0}` does not exist")]
    NoFunction(String),
    #[error("{0}")]
    NotFound(String),
    #[error(transparent)]
    Fault(#[from] store::Fault),
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
}

/// What the subject is, looked up.
struct Source {
    name: String,
    role: Arn,
    interfaces: Vec<NetworkInterfaceId>,
    network: Option<Network>,
}

/// What the target is, looked up.
struct Destination {
    target: Target,
    call: Option<Access>,
    listener: Option<Listener>,
    beside: Option<Network>,
}

impl Explainer {
    /// Blocking: it may send a packet and wait for what comes back.
    pub fn explain(&self, scope: &Scope, asking: &Asking) -> Result<Answered, WhyError> {
        let source = self.source(scope, &asking.from)?;
        let destination = self.destination(scope, &asking.to)?;
        let dns = self.resolve(&source, &destination.target.host);
        let call = match &destination.call {
            Some(access) => Some(self.decide(scope, &source, &dns, access)?),
            None => None,
        };
        let placement = match &source.network {
            Some(network) => Placement::Vpc { network, interfaces: source.interfaces.clone() },
            None => Placement::Outside { beside: destination.beside.as_ref() },
        };
        let subject = Subject { label: asking.from.clone(), function: Some(source.name.clone()), placement };
        let port = destination.target.port;
        let probe = if asking.probe { self.probe(&source, &dns, port) } else { None };
        let question =
            Question { subject, target: destination.target, dns, call, listener: destination.listener };
        Ok(answered(&why::explain(&question), probe))
    }

    fn source(&self, scope: &Scope, text: &str) -> Result<Source, WhyError> {
        let name = text.strip_prefix("function:").ok_or_else(|| WhyError::From(text.to_owned()))?;
        let found = self.store.read().get::<Function>(&scope.key(name))?;
        let function = found.ok_or_else(|| WhyError::NoFunction(name.to_owned()))?;
        let attached = function.serving.as_ref().map(|s| s.interfaces.clone()).unwrap_or_default();
        let network = match attached.first() {
            Some(first) => self.network.network(&first.vpc)?,
            None => None,
        };
        let interfaces = attached.into_iter().map(|i| i.interface).collect();
        Ok(Source { name: name.to_owned(), role: function.settings.role.clone(), interfaces, network })
    }

    fn destination(&self, scope: &Scope, text: &str) -> Result<Destination, WhyError> {
        if let Some(name) = text.strip_prefix("db:") {
            return self.database(scope, text, name);
        }
        if let Some(name) = text.strip_prefix("secret:") {
            return self.secret(scope, text, name);
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| WhyError::To(text.to_owned()))?;
        let port: u16 = port.parse().map_err(|_| WhyError::To(text.to_owned()))?;
        let target = Target { label: text.to_owned(), host: host.to_owned(), port, service: None };
        Ok(Destination { target, call: None, listener: None, beside: None })
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
            target: Target { label: label.to_owned(), host: db.host.clone(), port: db.port, service: None },
            call: None,
            listener: Some(Listener { ok, reason, fix }),
            beside: self.network.network(&db.vpc)?,
        })
    }

    fn secret(&self, scope: &Scope, label: &str, name: &str) -> Result<Destination, WhyError> {
        let access = self.secrets.access_to_value(scope, name, self.clock.now());
        let access = access.map_err(|e| WhyError::NotFound(format!("secret `{name}`: {}", e.message)))?;
        Ok(Destination {
            target: Target {
                label: label.to_owned(),
                host: format!("secretsmanager.{}.amazonaws.com", scope.region),
                port: HTTPS,
                service: Some(format!("com.amazonaws.{}.secretsmanager", scope.region)),
            },
            call: Some(access),
            listener: None,
            beside: None,
        })
    }

    fn resolve(&self, source: &Source, host: &str) -> Dns {
        if let Ok(address) = host.parse::<Ipv4Addr>() {
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
            Answer::Addresses(addresses) => Dns::Addresses(addresses),
            Answer::Name(_) | Answer::NoSuchName => Dns::NoSuchName,
        }
    }

    /// The decision on the call, as it would be made on the way that DNS chose.
    fn decide(&self, scope: &Scope, source: &Source, dns: &Dns, access: &Access) -> Result<Call, WhyError> {
        let principal = session(&self.authorities.iam, &source.role, &source.name)?
            .ok_or_else(|| WhyError::NotFound(format!("role `{}` does not exist", source.role)))?;
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
        Ok(Call {
            action: access.action.clone(),
            resource: access.resource.clone(),
            role: source.role.resource.rsplit('/').next().map(str::to_owned),
            decision: iam.decide(&asked)?,
            near_misses: iam.near_misses(&asked)?,
            remarks: iam.remarks(&asked)?,
            endpoint: endpoint.and_then(|e| {
                let text = e.policy.as_ref()?.text().to_owned();
                Some(EndpointPolicy { vpce: e.id, document: document(&text) })
            }),
        })
    }

    /// A real connection attempt from the function's interface to each address, until one is not answered.
    fn probe(&self, source: &Source, dns: &Dns, port: u16) -> Option<Probe> {
        let interface = source.interfaces.first()?;
        let addresses = match dns {
            Dns::Literal(address) => vec![*address],
            Dns::Addresses(addresses) => addresses.clone(),
            Dns::NoSuchName | Dns::Off => return None,
        };
        let to = SocketAddr::new(IpAddr::V4(*addresses.first()?), port);
        self.network.plane().probe_tcp(interface, to, PROBE_TIMEOUT).ok()
    }
}

fn answered(explanation: &Explanation, probe: Option<Probe>) -> Answered {
    use why::Layer;
    let failure = explanation.first_failure();
    // Policies are asked after the connection stands, so they say nothing about packets.
    let about_packets = |layer: Layer| {
        !matches!(
            layer,
            Layer::EndpointPolicy | Layer::Iam | Layer::ResourcePolicy | Layer::Dns | Layer::Listener
        )
    };
    let drops = explanation.steps.iter().any(|step| !step.ok && about_packets(step.layer));
    let agrees = probe.map(|probe| drops != matches!(probe, Probe::Connected | Probe::Refused));
    let met = probe.map(|probe| match probe {
        Probe::Connected => "connected",
        Probe::Refused => "refused",
        Probe::TimedOut => "timed out",
        Probe::Unreachable => "unreachable",
    });
    let mut text = explanation.to_string();
    if let Some(met) = met {
        let agreement =
            if agrees == Some(true) { "as the rules say" } else { "which the rules do not explain" };
        text.push_str(&format!("probe: a real connection attempt was {met}, {agreement}\n"));
    }
    Answered {
        reachable: explanation.reachable,
        verdict: explanation.verdict.clone(),
        layer: failure.map(|step| step.layer.to_string()),
        rule: failure.and_then(|step| step.rule.clone()),
        fix: failure.map(|step| step.fix.clone()).unwrap_or_default(),
        probe: met,
        agrees,
        steps: serde_json::to_value(&explanation.steps).unwrap_or_default(),
        text,
    }
}
