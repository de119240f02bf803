//! Paths as requests ask for them, and what an analysis is asked.
//! <https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html>

use crate::Ec2;
use crate::api;
use crate::error::{combination, invalid_value, missing, required};
use crate::read::{Read, View};
use crate::state::{
    AnalysisResult, Instance, InternetGateway, NetworkInsightsPath, NetworkInterface, PathAsked, PathFilter,
    Resource, VpcEndpoint,
};
use base::{Timestamp, VpcId};
use ipnet::Ipv4Net;
use service::ServiceError;
use std::net::Ipv4Addr;
use store::Fault;
use vpc::{Network, PortRange};
use why::analysis::{Bounds, Component, End, Explanation, Outcome, Protocol, Query, Through, analyze};

/// How long an analysis is kept.
const KEPT_DAYS: i64 = 120;
const DAY_MS: i64 = 86_400_000;

/// Whether an analysis that began then is still there.
pub(crate) fn is_kept(started: Timestamp, now: Timestamp) -> bool {
    now.0 - started.0 <= KEPT_DAYS * DAY_MS
}

pub(crate) fn read(
    view: &impl Read,
    input: &api::CreateNetworkInsightsPathRequest,
) -> Result<PathAsked, ServiceError> {
    excluded(
        input.filter_at_source.is_some(),
        "FilterAtSource",
        &[("SourceIp", input.source_ip.is_some()), ("DestinationPort", input.destination_port.is_some())],
    )?;
    excluded(
        input.filter_at_destination.is_some(),
        "FilterAtDestination",
        &[("DestinationIp", input.destination_ip.is_some())],
    )?;
    let asked = PathAsked {
        source: resource(view, required(&input.source, "Source")?, "Source")?,
        destination: match input.destination.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(resource(view, text, "Destination")?),
            None => None,
        },
        source_ip: address(input.source_ip.as_ref(), "SourceIp")?,
        destination_ip: address(input.destination_ip.as_ref(), "DestinationIp")?,
        protocol: protocol(required(&input.protocol, "Protocol")?)?,
        destination_port: port(input.destination_port)?,
        at_source: input.filter_at_source.as_ref().map(filter).transpose()?,
        at_destination: input.filter_at_destination.as_ref().map(filter).transpose()?,
    };
    if asked.destination.is_none() && asked.destination_address().is_none() {
        return Err(missing("Destination"));
    }
    Ok(asked)
}

fn excluded(given: bool, by: &str, others: &[(&str, bool)]) -> Result<(), ServiceError> {
    match others.iter().find(|(_, present)| given && *present) {
        Some((other, _)) => {
            Err(combination(format!("The parameter {other} cannot be used with the parameter {by}")))
        }
        None => Ok(()),
    }
}

/// An id, given as one or as an ARN, of something that is there and that paths may end at.
fn resource(view: &impl Read, text: &str, end: &str) -> Result<String, ServiceError> {
    let id = id_of(text);
    let known = match id.rsplit_once('-').map(|(prefix, _)| prefix) {
        Some("i") => view.lookup::<Instance>(id)?.is_some(),
        Some("eni") => view.lookup::<NetworkInterface>(id)?.is_some(),
        Some("igw") => view.lookup::<InternetGateway>(id)?.is_some(),
        Some("vpce") => view.lookup::<VpcEndpoint>(id)?.is_some(),
        Some("pcx" | "tgw" | "tgw-attach" | "vgw" | "vpce-svc") => {
            return Err(ServiceError::not_implemented(&format!("a path that begins or ends at {id}")));
        }
        _ => return Err(invalid_value(format!("{end} '{text}' is not a resource that a path can have."))),
    };
    if known {
        return Ok(id.to_owned());
    }
    let code = if end == "Source" {
        "NetworkInsightsSource.NotFound"
    } else {
        "NetworkInsightsDestination.NotFound"
    };
    Err(ServiceError::client(code, format!("The {} '{id}' does not exist.", end.to_ascii_lowercase())))
}

/// The id in an ARN, or what is one.
pub(crate) fn id_of(text: &str) -> &str {
    match text.strip_prefix("arn:") {
        Some(rest) => rest.rsplit('/').next().unwrap_or(rest),
        None => text,
    }
}

fn protocol(text: &str) -> Result<String, ServiceError> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "tcp" | "udp" => Ok(lower),
        _ => Err(invalid_value(format!("Value ({text}) for parameter protocol is invalid."))),
    }
}

fn address(text: Option<&String>, name: &str) -> Result<Option<Ipv4Addr>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = |_| invalid_value(format!("Value ({text}) for parameter {name} is invalid."));
    text.parse().map(Some).map_err(wrong)
}

fn port(port: Option<i32>) -> Result<Option<u16>, ServiceError> {
    let wrong = |port| invalid_value(format!("Value ({port}) for parameter port is invalid."));
    port.map(|port| u16::try_from(port).map_err(|_| wrong(port))).transpose()
}

fn filter(given: &api::PathRequestFilter) -> Result<PathFilter, ServiceError> {
    Ok(PathFilter {
        source: address(given.source_address.as_ref(), "SourceAddress")?,
        source_ports: ports(given.source_port_range.as_ref())?,
        destination: address(given.destination_address.as_ref(), "DestinationAddress")?,
        destination_ports: ports(given.destination_port_range.as_ref())?,
    })
}

fn ports(range: Option<&api::RequestFilterPortRange>) -> Result<Option<PortRange>, ServiceError> {
    let Some(range) = range else { return Ok(None) };
    let (Some(from), Some(to)) = (port(range.from_port)?, port(range.to_port)?) else {
        return Err(missing("PortRange"));
    };
    if from > to {
        return Err(invalid_value(format!("Invalid port range ({from}:{to})")));
    }
    Ok(Some(PortRange { from, to }))
}

impl PathAsked {
    /// Where it goes when no resource is named.
    fn destination_address(&self) -> Option<Ipv4Addr> {
        let of = |filter: &Option<PathFilter>| filter.as_ref().and_then(|filter| filter.destination);
        self.destination_ip.or(of(&self.at_source)).or(of(&self.at_destination))
    }

    fn protocol(&self) -> Protocol {
        if self.protocol == "udp" { Protocol::Udp } else { Protocol::Tcp }
    }

    fn at_source(&self) -> Bounds {
        let filter = self.at_source.clone().unwrap_or_default();
        let port = self.destination_port.map(PortRange::one);
        Bounds {
            sources: block(self.source_ip.or(filter.source)),
            destinations: block(filter.destination),
            source_ports: filter.source_ports.into_iter().collect(),
            destination_ports: port.or(filter.destination_ports).into_iter().collect(),
        }
    }

    fn at_destination(&self) -> Bounds {
        let filter = self.at_destination.clone().unwrap_or_default();
        // Without a resource, the address is the destination itself.
        let own = self.destination_ip.filter(|_| self.destination.is_some());
        let of_filter = filter.destination.filter(|_| self.destination.is_some());
        Bounds {
            sources: block(filter.source),
            destinations: block(own.or(of_filter)),
            source_ports: filter.source_ports.into_iter().collect(),
            destination_ports: filter.destination_ports.into_iter().collect(),
        }
    }
}

fn block(address: Option<Ipv4Addr>) -> Vec<Ipv4Net> {
    address.map(Ipv4Net::from).into_iter().collect()
}

/// One end, looked up: every interface that it has, and its VPC.
struct Found {
    ends: Vec<End>,
    vpc: Option<VpcId>,
    /// What the path named, where that is not the interface itself.
    named: Option<String>,
}

/// What an analysis finds out of everything that is known now.
pub(crate) struct Question {
    network: Network,
    from: Found,
    to: Found,
    asked: PathAsked,
    through: Through,
}

/// Either a question for the model, or what can be said without asking it.
pub(crate) enum Asking {
    Question(Box<Question>),
    Known(Outcome),
}

pub(crate) fn ask(
    ec2: &Ec2,
    view: &View,
    path: &NetworkInsightsPath,
    through: Through,
) -> Result<Asking, ServiceError> {
    let asked = path.asked.clone();
    let Some(from) = found(view, &asked.source)? else {
        return Ok(known(Explanation::new("NO_SOURCE_OR_DESTINATION")));
    };
    let to = match (&asked.destination, asked.destination_address()) {
        (Some(id), _) => found(view, id)?,
        (None, Some(address)) => Some(Found { ends: vec![End::Address(address)], vpc: None, named: None }),
        (None, None) => None,
    };
    let Some(to) = to else { return Ok(known(Explanation::new("NO_SOURCE_OR_DESTINATION"))) };
    let unassociated = |id: &str| Explanation {
        component: Some(id.to_owned()),
        ..Explanation::new("UNASSOCIATED_COMPONENT")
    };
    let network = match &from.vpc {
        Some(vpc) => ec2.network(&ec2.snapshot(), vpc)?,
        None => None,
    };
    let Some(network) = network.filter(|_| !from.ends.is_empty()) else {
        return Ok(known(unassociated(&asked.source)));
    };
    if asked.source.starts_with("vpce-") {
        let explanation =
            Explanation { vpc_endpoint: Some(asked.source), ..Explanation::new("VPCE_INTRA_VPC_TRAFFIC") };
        return Ok(known(explanation));
    }
    if let Some(id) = asked.destination.as_ref().filter(|_| to.vpc.is_none() || to.ends.is_empty()) {
        return Ok(known(unassociated(id)));
    }
    let connected = |vpc: &VpcId| network.reachable().any(|network| network.vpc == *vpc);
    if let Some(there) = to.vpc.as_ref().filter(|vpc| !connected(vpc)) {
        return Ok(known(Explanation {
            source_vpc: Some(network.vpc.to_string()),
            destination_vpc: Some(there.to_string()),
            ..Explanation::new("DISCONNECTED_VPCS")
        }));
    }
    Ok(Asking::Question(Box::new(Question { network, from, to, asked, through })))
}

fn known(explanation: Explanation) -> Asking {
    Asking::Known(Outcome { explanations: vec![explanation], ..Outcome::default() })
}

fn found(view: &View, id: &str) -> Result<Option<Found>, Fault> {
    let of_interface = |row: &NetworkInterface| End::Interface(row.id.clone());
    Ok(match id.rsplit_once('-').map(|(prefix, _)| prefix) {
        Some("i") => view.lookup::<Instance>(id)?.map(|instance| (instance.vpc.clone(), instance)).map_or(
            Ok::<_, Fault>(None),
            |(vpc, instance)| {
                let own = |row: &NetworkInterface| {
                    row.attachment.as_ref().is_some_and(|a| a.instance.as_ref() == Some(&instance.id))
                };
                let rows = view.having::<NetworkInterface>(own)?;
                let ends = rows.iter().map(|row| of_interface(row)).collect();
                Ok(Some(Found { ends, vpc: Some(vpc), named: Some(id.to_owned()) }))
            },
        )?,
        Some("eni") => view.lookup::<NetworkInterface>(id)?.map(|row| Found {
            ends: vec![of_interface(&row)],
            vpc: Some(row.vpc.clone()),
            named: None,
        }),
        Some("igw") => view.lookup::<InternetGateway>(id)?.map(|row| Found {
            ends: vec![End::InternetGateway(row.id.clone())],
            vpc: row.vpc.clone(),
            named: None,
        }),
        _ => view.lookup::<VpcEndpoint>(id)?.map(|row| {
            let interfaces: Vec<End> = row.interfaces.values().cloned().map(End::Interface).collect();
            let gateway = interfaces.is_empty();
            let ends = if gateway { vec![End::GatewayEndpoint(row.id.clone())] } else { interfaces };
            Found { ends, vpc: Some(row.vpc.clone()), named: (!gateway).then(|| id.to_owned()) }
        }),
    })
}

impl Question {
    /// The first pair of interfaces between which a packet gets through decides. Takes a while.
    pub(crate) fn answer(&self) -> AnalysisResult<Outcome> {
        let mut best: Option<Outcome> = None;
        let (at_source, at_destination) = (self.asked.at_source(), self.asked.at_destination());
        for from in &self.from.ends {
            for to in &self.to.ends {
                let query = Query {
                    network: &self.network,
                    from,
                    to,
                    protocol: self.asked.protocol(),
                    at_source: &at_source,
                    at_destination: &at_destination,
                    besides: &[],
                };
                let Ok(outcome) = analyze(&query, &self.through) else {
                    return AnalysisResult::Failed("The network configuration is not supported".to_owned());
                };
                let is_found = outcome.found;
                if is_found || best.is_none() {
                    best = Some(outcome);
                }
                if is_found {
                    return AnalysisResult::Succeeded(self.named(best.unwrap_or_default()));
                }
            }
        }
        AnalysisResult::Succeeded(self.named(best.unwrap_or_default()))
    }

    /// With the instance or endpoint that the path named before and after the interface.
    fn named(&self, mut outcome: Outcome) -> Outcome {
        if let Some(id) = &self.from.named
            && let Some(first) = outcome.forward.first()
        {
            let own = Component { id: id.clone(), outbound: first.outbound.clone(), ..Component::default() };
            outcome.forward.insert(0, own);
            if outcome.found
                && let Some(last) = outcome.back.last()
            {
                let own = Component { id: id.clone(), inbound: last.inbound.clone(), ..Component::default() };
                outcome.back.push(own);
            }
        }
        if let Some(id) = self.to.named.as_ref().filter(|_| outcome.found) {
            let inbound = outcome.forward.last().and_then(|last| last.inbound.clone());
            outcome.forward.push(Component { id: id.clone(), inbound, ..Component::default() });
            if let Some(outbound) = outcome.back.first().map(|first| first.outbound.clone()) {
                outcome.back.insert(0, Component { id: id.clone(), outbound, ..Component::default() });
            }
        }
        outcome
    }
}

/// A row of the same token: the same request again, or another one under its name.
pub(crate) fn repeated<R: Resource>(
    rows: &[std::sync::Arc<R>],
    same: impl Fn(&R) -> bool,
) -> Result<Option<std::sync::Arc<R>>, ServiceError> {
    match rows.first() {
        Some(row) if same(row) => Ok(Some(row.clone())),
        Some(_) => Err(ServiceError::client(
            "IdempotentParameterMismatch",
            "The client token was used before, with other parameters.",
        )),
        None => Ok(None),
    }
}
