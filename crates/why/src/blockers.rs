//! Everything that stands in the way of a flow, not only what drops its first packet: each blocker
//! found is taken away in a copy of the network, and the packet is sent again.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;
use std::sync::Arc;
use vpc::{
    Action, Flow, Network, NetworkAclEntry, Peer, Reason, Route, SecurityGroupRule, Target, Traffic, Verdict,
    Way, walk,
};

/// More than any path has places to be dropped at.
const MAX_BLOCKERS: usize = 16;

/// One place that drops, and on which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    pub on: Way,
    pub reason: Reason,
}

/// The blockers in the order in which a packet and its answer meet them; none when it arrives.
pub fn blockers(network: &Network, flow: &Flow) -> Vec<Blocker> {
    let mut found: Vec<Blocker> = Vec::new();
    let mut network = network.clone();
    while found.len() < MAX_BLOCKERS {
        let Verdict::Dropped { on, by } = walk(&network, flow).verdict else { break };
        if found.iter().any(|blocker| blocker.reason == by) {
            break;
        }
        let opened = open(&mut network, &by);
        found.push(Blocker { on, reason: by });
        if !opened {
            break;
        }
    }
    found
}

/// Takes a blocker away; false where no single change does.
fn open(network: &mut Network, reason: &Reason) -> bool {
    if open_here(network, reason) {
        return true;
    }
    let peers = network.peerings.values_mut().filter_map(|peering| peering.network.as_mut());
    peers.into_iter().any(|peer| open_here(Arc::make_mut(peer), reason))
}

fn open_here(network: &mut Network, reason: &Reason) -> bool {
    match reason {
        Reason::SecurityGroup { groups, direction, peer, .. } => {
            let Some(group) = groups.first().and_then(|id| network.security_groups.get_mut(id)) else {
                return false;
            };
            group.rules.push(SecurityGroupRule {
                id: "sgr-hypothetical".into(),
                direction: *direction,
                traffic: Traffic::All,
                peer: Peer::Cidr((*peer).into()),
                description: None,
            });
            true
        }
        Reason::NetworkAcl { acl, direction, peer, .. } => {
            let Some(acl) = network.network_acls.get_mut(acl) else { return false };
            acl.entries.push(NetworkAclEntry {
                // Before every entry that there can be.
                number: 0,
                direction: *direction,
                action: Action::Allow,
                traffic: Traffic::All,
                cidr: (*peer).into(),
            });
            true
        }
        Reason::Blackhole { table, route, .. } | Reason::Loop { table, route, .. } => {
            remove_route(network, table, *route)
        }
        Reason::AsymmetricReply { route: Some((table, route)), .. } => remove_route(network, table, *route),
        Reason::NoRoute { table, interface, destination } => {
            add_route(network, table, interface, *destination)
        }
        Reason::NoIpv6Address { interface, .. } => add_ipv6_address(network, interface),
        Reason::Spoofed { interface, .. } | Reason::DestinationCheck { interface, .. } => {
            let found = network.interfaces.get_mut(interface);
            found.map(|interface| interface.source_dest_check = false).is_some()
        }
        _ => false,
    }
}

fn remove_route(network: &mut Network, table: &base::RouteTableId, route: IpNet) -> bool {
    let Some(table) = network.route_tables.get_mut(table) else { return false };
    let before = table.routes.len();
    table.routes.retain(|known| known.destination.trunc() != route.trunc());
    table.routes.len() < before
}

/// A default route by the way that the interface could take.
fn add_route(
    network: &mut Network,
    table: &base::RouteTableId,
    from: &base::NetworkInterfaceId,
    to: IpAddr,
) -> bool {
    let (destination, target) = match to {
        IpAddr::V4(_) => (IpNet::V4(Ipv4Net::default()), out_by_ipv4(network, from)),
        IpAddr::V6(_) => (IpNet::V6(Ipv6Net::default()), out_by_ipv6(network)),
    };
    let (Some(target), Some(table)) = (target, network.route_tables.get_mut(table)) else {
        return false;
    };
    table.routes.push(Route { destination, prefix_list: None, target });
    true
}

fn out_by_ipv4(network: &Network, from: &base::NetworkInterfaceId) -> Option<Target> {
    let public = |i: &vpc::NetworkInterface| i.addresses.iter().any(|address| address.public.is_some());
    let sender = network.interfaces.get(from).is_some_and(public);
    let gateway = network.internet_gateway.clone().filter(|_| sender).map(Target::InternetGateway);
    let nat = network.interfaces.values().find_map(|interface| match &interface.kind {
        vpc::InterfaceKind::NatGateway(id) => {
            Some(Target::NatGateway { id: id.clone(), interface: interface.id.clone() })
        }
        _ => None,
    });
    gateway.or(nat)
}

fn out_by_ipv6(network: &Network) -> Option<Target> {
    let gateway = network.internet_gateway.clone().map(Target::InternetGateway);
    gateway.or(network.egress_only_internet_gateway.clone().map(Target::EgressOnlyInternetGateway))
}

/// The last address of the subnet's block: nobody has it.
fn add_ipv6_address(network: &mut Network, id: &base::NetworkInterfaceId) -> bool {
    let subnet = network.interfaces.get(id).and_then(|interface| network.subnets.get(&interface.subnet));
    let block = subnet.and_then(|subnet| subnet.ipv6_cidr);
    let (Some(block), Some(interface)) = (block, network.interfaces.get_mut(id)) else { return false };
    interface.ipv6_addresses.push(block.broadcast());
    true
}
