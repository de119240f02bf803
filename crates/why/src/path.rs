//! The packet's way there and back, from each interface to each address.

use crate::blockers::blockers;
use crate::name::{no_resolver, switch_on, why_public};
use crate::service_endpoint::make_endpoint;
use crate::{Layer, Placement, Question, Step};
use base::NetworkInterfaceId;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use vpc::{Flow, InterfaceKind, Network, Payload, Reason, Trace, walk};

const DNS: u16 = 53;

pub(crate) fn steps(question: &Question<'_>, addresses: &[IpAddr]) -> Vec<Step> {
    match &question.subject.placement {
        Placement::Vpc { network, interfaces } => within(question, network, interfaces, addresses),
        Placement::Outside { beside } => vec![from_outside(question, *beside, addresses)],
    }
}

/// One way: from an interface to an address.
struct Way {
    interface: NetworkInterfaceId,
    address: IpAddr,
    trace: Trace,
}

fn within(
    question: &Question<'_>,
    network: &Network,
    interfaces: &[NetworkInterfaceId],
    addresses: &[IpAddr],
) -> Vec<Step> {
    let payload = question.target.payload;
    let ways: Vec<Way> = interfaces
        .iter()
        .flat_map(|interface| addresses.iter().map(move |address| (interface.clone(), *address)))
        .map(|(interface, address)| {
            let trace = walk(network, &Flow::new(interface.clone(), address, payload));
            Way { interface, address, trace }
        })
        .collect();
    let failing = ways.iter().filter(|way| !way.trace.is_delivered()).count();
    let Some(shown) = ways.iter().find(|way| !way.trace.is_delivered()).or(ways.first()) else {
        let reason = format!("{} has no network interface in {}", question.subject.label, network.vpc);
        return vec![Step::fails(Layer::Route, reason, None, vec![])];
    };
    let mut steps = passed(&shown.trace);
    match shown.trace.reason() {
        Some(reason) => {
            let mut step = failed(question, network, interfaces, reason);
            if failing < ways.len() {
                step.reason += &some_ways(shown, failing, ways.len());
            }
            steps.push(step);
            let flow = Flow::new(shown.interface.clone(), shown.address, payload);
            let more = blockers(network, &flow).into_iter().skip(1);
            steps.extend(more.map(|blocker| also(network, &blocker.reason)));
        }
        None => steps.extend(endpoint(question, network, shown.address)),
    }
    steps
}

fn some_ways(shown: &Way, failing: usize, all: usize) -> String {
    format!(" ({failing} of {all} ways fail: from {} to {})", shown.interface, shown.address)
}

/// What let the packet and its answer through, a step for each layer.
fn passed(trace: &Trace) -> Vec<Step> {
    let mut rules: [(Layer, Vec<String>); 3] =
        [(Layer::Route, vec![]), (Layer::NetworkAcl, vec![]), (Layer::SecurityGroup, vec![])];
    for hop in trace.forward.iter().chain(&trace.reply) {
        let (layer, rule) = match &hop.step {
            vpc::Step::Routed { rule: Some(rule), .. } => (Layer::Route, rule.to_string()),
            vpc::Step::NetworkAcl { rule, .. } => (Layer::NetworkAcl, rule.to_string()),
            vpc::Step::SecurityGroup { rule, .. } => (Layer::SecurityGroup, rule.to_string()),
            vpc::Step::Routed { rule: None, .. } | vpc::Step::Translated { .. } | vpc::Step::Dropped(_) => {
                continue;
            }
        };
        for (of_layer, rules) in &mut rules {
            if *of_layer == layer && !rules.contains(&rule) {
                rules.push(rule.clone());
            }
        }
    }
    let failed = trace.reason().map(layer_of);
    let shown = rules.into_iter().filter(|(layer, rules)| !rules.is_empty() && Some(*layer) != failed);
    shown.map(|(layer, rules)| Step::ok(layer, rules.join(", "), Some(rules.join(", ")))).collect()
}

fn layer_of(reason: &Reason) -> Layer {
    match reason {
        Reason::SecurityGroup { .. } => Layer::SecurityGroup,
        Reason::NetworkAcl { .. } => Layer::NetworkAcl,
        Reason::Hub { .. } => Layer::Listener,
        _ => Layer::Route,
    }
}

fn failed(
    question: &Question<'_>,
    network: &Network,
    interfaces: &[NetworkInterfaceId],
    reason: &Reason,
) -> Step {
    let (layer, place) = (layer_of(reason), Some(reason.place()));
    let target = &question.target;
    if !network.dns_support && is_resolver(network, reason, target.port) {
        let text = format!("{reason}: {}", no_resolver(network));
        return Step::fails(layer, text, place, vec![switch_on(network)]);
    }
    // A service of AWS wants an endpoint rather than a way to the internet.
    match &target.service {
        Some(service) if is_missing_way(reason) => {
            let text = format!("{reason}, and {}", why_public(network, service, &target.host));
            let fix = make_endpoint(network, service, &target.host, target.port, interfaces);
            Step::fails(layer, text, place, fix)
        }
        _ => Step::fails(layer, reason.to_string(), place, reason.fix(network)),
    }
}

/// What would drop the packet or its answer if the first blocker did not.
fn also(network: &Network, reason: &Reason) -> Step {
    Step::fails(layer_of(reason), reason.to_string(), Some(reason.place()), reason.fix(network))
}

/// Whether the packet was for the address of the VPC's resolver, which is the base of its first block plus two.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>
fn is_resolver(network: &Network, reason: &Reason, port: u16) -> bool {
    let own = network.cidrs.first().map(|cidr| Ipv4Addr::from_bits(cidr.network().to_bits() | 2));
    match reason {
        Reason::NoInterface { address } => port == DNS && own.is_some_and(|own| *address == IpAddr::V4(own)),
        _ => false,
    }
}

fn is_missing_way(reason: &Reason) -> bool {
    matches!(reason, Reason::NoRoute { .. } | Reason::Blackhole { .. } | Reason::NoPublicAddress { .. })
}

/// Whether the endpoint at the address is one for the service that is meant.
fn endpoint(question: &Question<'_>, network: &Network, address: IpAddr) -> Option<Step> {
    let service = question.target.service.as_ref()?;
    let InterfaceKind::Endpoint { vpce, services, .. } = &network.interface_at(address)?.kind else {
        return None;
    };
    let rule = Some(vpce.to_string());
    Some(if services.iter().any(|s| s == service) {
        Step::ok(Layer::Endpoint, format!("{vpce} leads to {service}"), rule)
    } else {
        let reason = format!("{vpce} leads to {}, not to {service}", services.join(", "));
        Step::fails(Layer::Endpoint, reason, rule, vec![])
    })
}

fn from_outside(question: &Question<'_>, beside: Option<&Network>, addresses: &[IpAddr]) -> Step {
    let label = &question.subject.label;
    let is_out_of_reach = |address: &&IpAddr| match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(_) => true,
    };
    let Some(private) = addresses.iter().find(is_out_of_reach) else {
        return Step::ok(Layer::Route, format!("{label} is in no VPC and goes out to the internet"), None);
    };
    let reason = match private {
        IpAddr::V4(_) => format!("{label} is in no VPC, and {private} is a private address"),
        IpAddr::V6(_) => format!("{label} is in no VPC, where it has no IPv6 to reach {private} by"),
    };
    let function = question.subject.function.as_ref();
    let fix = function.zip(beside).and_then(|(function, network)| {
        let interface = network.interface_at(*private)?;
        let group = group_let_in(network, interface.groups.iter(), question.target.port)?;
        Some(format!(
            "aws lambda update-function-configuration --function-name {function} --vpc-config \
             SubnetIds={},SecurityGroupIds={group}",
            interface.subnet
        ))
    });
    Step::fails(Layer::Route, reason, None, fix.into_iter().collect())
}

/// A group that the target's groups name as one that may come in.
fn group_let_in<'a>(
    network: &'a Network,
    groups: impl Iterator<Item = &'a base::SecurityGroupId>,
    port: u16,
) -> Option<base::SecurityGroupId> {
    let own: BTreeSet<_> = groups.collect();
    let rules = own.iter().filter_map(|id| network.security_groups.get(*id));
    let mut rules = rules.flat_map(|group| group.rules(vpc::Direction::Ingress));
    rules.find_map(|rule| match &rule.peer {
        vpc::Peer::Group(id) if rule.traffic.matches(Payload::tcp(port)) => Some(id.clone()),
        _ => None,
    })
}
