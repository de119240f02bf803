//! From resolved networks to what is drawn. Who may talk to whom is what the packets would meet, not what the
//! rules' texts say: every pair is asked, at every port that makes a difference.

use crate::picture::{
    Interface, Map, Outward, Party, RouteLine, Subnet, Talk, TargetKind, Tier, Vpc, What, Zone,
};
use base::{NetworkInterfaceId, SubnetId, VpcId};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use vpc::{Delivery, Flow, InterfaceKind, Network, Origin, Payload, PortRange, Target, Verdict, walk};
use why::analysis::{Protocol, Reach};

/// More connections than a drawing can show.
const MAX_TALKS: usize = 400;
/// More pairs of interfaces than are asked about.
const MAX_PAIRS: usize = 10_000;
/// Ranges that a label lists before it only counts.
const MAX_RANGES: usize = 3;
/// Somewhere on the internet that is nobody's, and where somebody there sends from.
const SOMEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

/// What people call things.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    pub interfaces: BTreeMap<NetworkInterfaceId, Label>,
    pub subnets: BTreeMap<SubnetId, String>,
    pub vpcs: BTreeMap<VpcId, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub what: What,
    pub name: String,
}

pub fn survey(networks: &[Network], labels: &Labels) -> Map {
    let interfaces: usize = networks.iter().map(|network| network.interfaces.len()).sum();
    let is_large = interfaces.saturating_mul(interfaces) > MAX_PAIRS;
    let asked = networks.iter().filter(|_| !is_large);
    let mut talks: Vec<Talk> = asked.flat_map(|network| talks(networks, network)).collect();
    let left_out = talks.len().saturating_sub(MAX_TALKS);
    talks.truncate(MAX_TALKS);
    Map { vpcs: networks.iter().map(|network| vpc(network, labels)).collect(), talks, left_out, is_large }
}

fn vpc(network: &Network, labels: &Labels) -> Vpc {
    let mut zones: BTreeMap<&str, Vec<Subnet>> = BTreeMap::new();
    for (id, known) in &network.subnets {
        zones.entry(&known.availability_zone).or_default().push(subnet(network, id, known, labels));
    }
    let zones = zones.into_iter().map(|(name, mut subnets)| {
        subnets.sort_by_key(|subnet| (subnet.tier, by_address(&subnet.cidr)));
        Zone { name: name.to_owned(), subnets }
    });
    Vpc {
        id: network.vpc.clone(),
        name: labels.vpcs.get(&network.vpc).cloned(),
        cidrs: network.cidrs.iter().map(ToString::to_string).collect(),
        internet_gateway: network.internet_gateway.as_ref().map(ToString::to_string),
        peerings: network.peerings.iter().map(|(id, p)| (id.to_string(), p.vpc.to_string())).collect(),
        zones: zones.collect(),
    }
}

/// Texts of CIDRs in the order of their addresses.
fn by_address(cidr: &str) -> Option<ipnet::IpNet> {
    cidr.parse().ok()
}

fn subnet(network: &Network, id: &SubnetId, known: &vpc::Subnet, labels: &Labels) -> Subnet {
    let table = network.route_tables.get(&known.route_table);
    let mut routes: Vec<RouteLine> = table
        .into_iter()
        .flat_map(|table| &table.routes)
        .filter(|route| route.target != Target::Local)
        .map(|route| RouteLine {
            destination: match &route.prefix_list {
                Some(list) => list.to_string(),
                None => route.destination.to_string(),
            },
            target: route.target.to_string(),
            kind: kind(network, &route.target),
        })
        .collect();
    routes.dedup();
    let mut interfaces: Vec<Interface> = network
        .interfaces
        .values()
        .filter(|interface| interface.subnet == *id)
        .map(|interface| shown(network, interface, labels))
        .collect();
    interfaces.sort_by(|a, b| (a.what, &a.name, &a.id).cmp(&(b.what, &b.name, &b.id)));
    Subnet {
        id: id.clone(),
        name: labels.subnets.get(id).cloned(),
        cidr: known.cidr.to_string(),
        tier: tier(&routes),
        route_table: known.route_table.to_string(),
        network_acl: known.network_acl.to_string(),
        routes,
        interfaces,
    }
}

fn kind(network: &Network, target: &Target) -> TargetKind {
    match target {
        Target::InternetGateway(id) if network.internet_gateway.as_ref() == Some(id) => TargetKind::Internet,
        Target::NatGateway { .. } => TargetKind::Nat,
        Target::NetworkInterface(_) => TargetKind::Interface,
        Target::VpcEndpoint(_) => TargetKind::Endpoint,
        Target::Peering(id) if network.peerings.contains_key(id) => TargetKind::Peering,
        _ => TargetKind::Nowhere,
    }
}

fn tier(routes: &[RouteLine]) -> Tier {
    let has = |kinds: &[TargetKind]| routes.iter().any(|route| kinds.contains(&route.kind));
    match () {
        () if has(&[TargetKind::Internet]) => Tier::Public,
        () if has(&[TargetKind::Nat, TargetKind::Interface]) => Tier::Private,
        () => Tier::Isolated,
    }
}

fn shown(network: &Network, interface: &vpc::NetworkInterface, labels: &Labels) -> Interface {
    let label = labels.interfaces.get(&interface.id).cloned().unwrap_or_else(|| unlabelled(interface));
    let first = interface.addresses.first();
    Interface {
        id: interface.id.clone(),
        what: label.what,
        name: label.name,
        address: first.map(|address| address.private.to_string()).unwrap_or_default(),
        public: first.and_then(|address| address.public).map(|address| address.to_string()),
        groups: interface.groups.iter().map(|id| group(network, id)).collect(),
        outward: outward(network, interface),
    }
}

/// A group by its name, which says more than its id.
fn group(network: &Network, id: &base::SecurityGroupId) -> String {
    let name = network.security_groups.get(id).map(|group| group.name.as_str());
    name.filter(|name| !name.is_empty()).map_or_else(|| id.to_string(), str::to_owned)
}

fn unlabelled(interface: &vpc::NetworkInterface) -> Label {
    match &interface.kind {
        InterfaceKind::Hub => Label { what: What::Function, name: interface.id.to_string() },
        InterfaceKind::NatGateway(id) => Label { what: What::NatGateway, name: id.to_string() },
        InterfaceKind::Endpoint { vpce, services, .. } => {
            let service = services.first().and_then(|service| service.rsplit('.').next());
            let name = service.map_or_else(|| vpce.to_string(), str::to_owned);
            Label { what: What::Endpoint, name }
        }
        InterfaceKind::Host | InterfaceKind::Open => {
            Label { what: What::Interface, name: interface.id.to_string() }
        }
    }
}

/// Whether it reaches the internet's web, and by which gateway.
fn outward(network: &Network, interface: &vpc::NetworkInterface) -> Option<Outward> {
    if matches!(interface.kind, InterfaceKind::NatGateway(_) | InterfaceKind::Endpoint { .. }) {
        return None;
    }
    let trace = walk(network, &Flow::new(interface.id.clone(), SOMEWHERE, Payload::tcp(443)));
    let Verdict::Delivered(Delivery::Internet) = trace.verdict else { return None };
    let nat = |hop: &vpc::Hop| match &hop.step {
        vpc::Step::Translated { by: vpc::Link::Interface(_), .. } => Some(()),
        _ => None,
    };
    Some(match trace.forward.iter().find_map(nat) {
        Some(()) => Outward::NatGateway,
        None => Outward::InternetGateway,
    })
}

/// What begins in a network, with what it reaches there and beside it, and what the internet reaches there.
fn talks(networks: &[Network], network: &Network) -> Vec<Talk> {
    let reach = Reach::new(network);
    let drawn = |id: &NetworkInterfaceId| networks.iter().any(|n| n.interfaces.contains_key(id));
    let begins = |interface: &&vpc::NetworkInterface| {
        matches!(interface.kind, InterfaceKind::Hub | InterfaceKind::Host | InterfaceKind::Open)
    };
    let mut out = Vec::new();
    for from in network.interfaces.values().filter(begins) {
        let there = network.reachable().flat_map(|near| near.interfaces.values());
        for to in there.filter(|to| to.id != from.id && drawn(&to.id) && !to.is_nat_gateway()) {
            let Some(address) = to.primary_address() else { continue };
            let ports = ports(&reach, &Origin::Interface(from.id.clone()), &to.id, address.into());
            out.extend(ports.map(|ports| Talk {
                from: Party::Interface(from.id.clone()),
                to: to.id.clone(),
                ports,
            }));
        }
    }
    for to in network.interfaces.values().filter(|to| !to.is_nat_gateway()) {
        let Some(public) = to.addresses.first().and_then(|address| address.public) else { continue };
        let ports = ports(&reach, &Origin::Internet(SOMEWHERE.into()), &to.id, public.into());
        out.extend(ports.map(|ports| Talk { from: Party::Internet, to: to.id.clone(), ports }));
    }
    out
}

/// A label of the ports at which one reaches the other; `None` when it does not.
fn ports(reach: &Reach<'_>, from: &Origin, to: &NetworkInterfaceId, at: IpAddr) -> Option<String> {
    let tcp = reach.ports(from, to, at, Protocol::Tcp);
    let udp = reach.ports(from, to, at, Protocol::Udp);
    let all = |ranges: &[PortRange]| ranges == [PortRange::ALL];
    if all(&tcp) && all(&udp) {
        return Some("any".to_owned());
    }
    let list = |name: &str, ranges: &[PortRange]| match ranges {
        [] => None,
        _ if all(ranges) => Some(format!("{name}any")),
        _ if ranges.len() > MAX_RANGES => Some(format!("{name}{} ranges", ranges.len())),
        _ => Some(format!("{name}{}", ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))),
    };
    let parts: Vec<String> =
        [list(if all(&tcp) { "tcp " } else { "" }, &tcp), list("udp ", &udp)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
