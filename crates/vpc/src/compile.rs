//! From the network to the plan: deterministic, and linear in the number of rules, since a rule that
//! names a group stays one rule whatever the group's size.

use crate::{
    AclEntryPlan, AclPlan, Direction, DropRef, GroupPlan, GroupRulePlan, LinkPlan, Network, NetworkAcl,
    NetworkInterface, Peer, PeerPlan, PeeringPlan, Plan, Route, RouteAction, RoutePlan, RuleRef,
    SecurityGroup, SecurityGroupRule, SubnetPlan, TablePlan, Target, Translation,
};
use base::{NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId};
use ipnet::Ipv4Net;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// Routing tables up to 255 and the low thousands are the kernel's and netplane's own.
const FIRST_TABLE_NUMBER: u32 = 0x1_0000;
const FIRST_SUBNET_INDEX: u32 = 1;

pub fn compile(network: &Network) -> Plan {
    let indexes = stable_numbers(network.subnets.keys().map(SubnetId::as_str), FIRST_SUBNET_INDEX);
    let numbers = stable_numbers(table_ids(network).iter().map(RouteTableId::as_str), FIRST_TABLE_NUMBER);
    Plan {
        vpc: network.vpc.clone(),
        cidrs: network.cidrs.clone(),
        router: network.router(),
        resolver: network.resolver(),
        internet_gateway: network.internet_gateway.clone(),
        subnets: subnets(network, &indexes),
        links: links(network, &indexes, &numbers),
        tables: tables(network, &numbers),
        acls: network.network_acls.iter().map(|(id, acl)| (id.clone(), acl_plan(acl))).collect(),
        groups: groups(network),
        translations: translations(network),
        peerings: peerings(network),
    }
}

/// Numbers made from names by FNV-1a, the next free one where two collide.
fn stable_numbers<'a>(names: impl Iterator<Item = &'a str>, first: u32) -> BTreeMap<String, u32> {
    const SPAN: u32 = 0x0fff_ffff;
    let mut taken = BTreeSet::new();
    let mut numbers = BTreeMap::new();
    for name in names {
        let hash = name.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        let mut number = first + hash % SPAN;
        while !taken.insert(number) {
            number = first + (number - first + 1) % SPAN;
        }
        numbers.insert(name.to_owned(), number);
    }
    numbers
}

/// The tables that exist and those that subnets name: a subnet whose table is missing has local routes only.
fn table_ids(network: &Network) -> BTreeSet<RouteTableId> {
    let named = network.subnets.values().map(|subnet| subnet.route_table.clone());
    network.route_tables.keys().cloned().chain(named).collect()
}

fn subnets(network: &Network, indexes: &BTreeMap<String, u32>) -> BTreeMap<SubnetId, SubnetPlan> {
    let plan = |(id, subnet): (&SubnetId, &crate::Subnet)| {
        let index = indexes.get(id.as_str()).copied().unwrap_or_default();
        let (acl, table) = (subnet.network_acl.clone(), subnet.route_table.clone());
        (id.clone(), SubnetPlan { index, cidr: subnet.cidr, acl, table })
    };
    network.subnets.iter().map(plan).collect()
}

fn links(
    network: &Network,
    indexes: &BTreeMap<String, u32>,
    numbers: &BTreeMap<String, u32>,
) -> BTreeMap<NetworkInterfaceId, LinkPlan> {
    let link = |interface: &NetworkInterface| {
        let subnet = network.subnets.get(&interface.subnet)?;
        Some(LinkPlan {
            subnet: interface.subnet.clone(),
            subnet_index: *indexes.get(interface.subnet.as_str())?,
            table: *numbers.get(subnet.route_table.as_str())?,
            addresses: interface.addresses.iter().map(|address| address.private).collect(),
            source_dest_check: interface.source_dest_check && !interface.is_nat_gateway(),
            filtered: !interface.is_nat_gateway(),
            groups: interface.groups.clone(),
            masquerade: interface.is_nat_gateway(),
            recorded: network.flow_logs.iter().any(|log| log.interfaces.contains(&interface.id)),
            kind: interface.kind.clone(),
        })
    };
    network.interfaces.iter().filter_map(|(id, interface)| Some((id.clone(), link(interface)?))).collect()
}

fn tables(network: &Network, numbers: &BTreeMap<String, u32>) -> BTreeMap<RouteTableId, TablePlan> {
    let plan = |id: RouteTableId| {
        let number = numbers.get(id.as_str()).copied().unwrap_or_default();
        let routes = routes(network, &id);
        (id, TablePlan { number, routes })
    };
    table_ids(network).into_iter().map(plan).collect()
}

/// A table's routes, the local ones that every table has, and the end that nothing passes.
fn routes(network: &Network, table: &RouteTableId) -> Vec<RoutePlan> {
    let mut actions: BTreeMap<Ipv4Net, RouteAction> = BTreeMap::new();
    actions.insert(Ipv4Net::default(), RouteAction::Drop(DropRef::NoRoute(table.clone())));
    for cidr in &network.cidrs {
        actions.insert(cidr.trunc(), RouteAction::Local);
    }
    for route in network.route_tables.get(table).into_iter().flat_map(|table| table.by_rank()) {
        actions.insert(route.destination.trunc(), action(network, table, route));
    }
    let plan = |(destination, action)| {
        let origin = RuleRef::Route { table: table.clone(), destination };
        RoutePlan { destination, action, origin }
    };
    let mut routes: Vec<_> = actions.into_iter().map(plan).collect();
    routes.sort_by_key(|route| (Reverse(route.destination.prefix_len()), route.destination));
    routes
}

fn action(network: &Network, table: &RouteTableId, route: &Route) -> RouteAction {
    let attached = |eni: &NetworkInterfaceId| {
        network.interfaces.get(eni).is_some_and(|interface| network.subnets.contains_key(&interface.subnet))
    };
    match &route.target {
        Target::Local => RouteAction::Local,
        Target::InternetGateway(id) if network.internet_gateway.as_ref() == Some(id) => {
            RouteAction::InternetGateway
        }
        Target::NatGateway { interface, .. } | Target::NetworkInterface(interface) if attached(interface) => {
            RouteAction::Link(interface.clone())
        }
        Target::VpcEndpoint(id) => RouteAction::GatewayEndpoint(id.clone()),
        Target::Peering(id) if network.peerings.contains_key(id) => RouteAction::Peering(id.clone()),
        _ => {
            let destination = route.destination.trunc();
            RouteAction::Drop(DropRef::Blackhole { table: table.clone(), destination })
        }
    }
}

fn acl_plan(acl: &NetworkAcl) -> AclPlan {
    let entries = |direction| {
        let plan = |e: &crate::NetworkAclEntry| AclEntryPlan {
            number: e.number,
            action: e.action,
            traffic: e.traffic,
            cidr: e.cidr.trunc(),
        };
        acl.ordered(direction).into_iter().map(plan).collect()
    };
    AclPlan { ingress: entries(Direction::Ingress), egress: entries(Direction::Egress) }
}

fn groups(network: &Network) -> BTreeMap<SecurityGroupId, GroupPlan> {
    let mut groups: BTreeMap<SecurityGroupId, GroupPlan> = BTreeMap::new();
    for (id, group) in &network.security_groups {
        for rule in &group.rules {
            if let Peer::Group(named) = &rule.peer {
                groups.entry(named.clone()).or_default();
            }
        }
        let plan = groups.entry(id.clone()).or_default();
        plan.ingress = group_rules(network, id, group, Direction::Ingress);
        plan.egress = group_rules(network, id, group, Direction::Egress);
    }
    for interface in network.interfaces.values() {
        for id in &interface.groups {
            let members = &mut groups.entry(id.clone()).or_default().members;
            members.extend(interface.addresses.iter().map(|address| address.private));
        }
    }
    groups
}

fn group_rules(
    network: &Network,
    id: &SecurityGroupId,
    group: &SecurityGroup,
    direction: Direction,
) -> Vec<GroupRulePlan> {
    let plan = |rule: &SecurityGroupRule| -> Vec<GroupRulePlan> {
        let origin = RuleRef::SecurityGroupRule { group: id.clone(), rule: rule.id.clone(), direction };
        let traffic = rule.traffic;
        let with = |peer| GroupRulePlan { traffic, peer, origin: origin.clone() };
        peers(network, &rule.peer).map(with).collect()
    };
    group.rules(direction).flat_map(plan).collect()
}

/// What a rule's peer stands for: a group here, and the group of that name at each other end.
fn peers<'a>(network: &'a Network, peer: &'a Peer) -> impl Iterator<Item = PeerPlan> + 'a {
    let (here, group) = match peer {
        Peer::Cidr(cidr) => (PeerPlan::Cidrs(vec![cidr.trunc()]), None),
        Peer::PrefixList(id) => {
            (PeerPlan::Cidrs(network.prefix_lists.get(id).cloned().unwrap_or_default()), None)
        }
        Peer::Group(id) => (PeerPlan::Members(id.clone()), Some(id)),
    };
    let there = group.into_iter().flat_map(|group| {
        let has = |peering: &crate::Peering| {
            peering.network.as_ref().is_some_and(|there| there.security_groups.contains_key(group))
        };
        let across = |peering: &base::VpcPeeringConnectionId| PeerPlan::Across {
            peering: peering.clone(),
            group: group.clone(),
        };
        network.peerings.iter().filter(move |(_, peering)| has(peering)).map(move |(id, _)| across(id))
    });
    std::iter::once(here).chain(there)
}

fn peerings(network: &Network) -> BTreeMap<base::VpcPeeringConnectionId, PeeringPlan> {
    let rules = || network.security_groups.values().flat_map(|group| &group.rules);
    let named: BTreeSet<&SecurityGroupId> = match network.peerings.is_empty() {
        true => BTreeSet::new(),
        false => rules().filter_map(|rule| rule.peer.group()).collect(),
    };
    let plan = |peering: &crate::Peering| {
        let members =
            |id: &&SecurityGroupId| Some(((*id).clone(), peering.network.as_ref()?.members_across(id)?));
        let members = named.iter().filter_map(members).collect();
        PeeringPlan { vpc: peering.vpc.clone(), cidrs: peering.cidrs.clone(), members }
    };
    network.peerings.iter().map(|(id, peering)| (id.clone(), plan(peering))).collect()
}

fn translations(network: &Network) -> Vec<Translation> {
    let mut translations = BTreeMap::<Ipv4Addr, Translation>::new();
    for (id, interface) in &network.interfaces {
        for address in &interface.addresses {
            if let Some(public) = address.public {
                let private = address.private;
                translations.insert(private, Translation { private, public, interface: id.clone() });
            }
        }
    }
    translations.into_values().collect()
}
