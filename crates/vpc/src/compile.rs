//! From the network to the plan: deterministic, and linear in the number of rules, since a rule that
//! names a group stays one rule whatever the group's size.

use crate::{
    AclEntryPlan, AclPlan, Direction, DropRef, GroupPlan, GroupRulePlan, LinkPlan, Network, NetworkAcl,
    NetworkInterface, Peer, PeerPlan, PeeringPlan, Plan, Route, RouteAction, RoutePlan, RuleRef,
    SecurityGroup, SecurityGroupRule, SubnetPlan, TablePlan, Target, Translation,
};
use base::{NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Routing tables up to 255 and the low thousands are the kernel's and netplane's own.
const FIRST_TABLE_NUMBER: u32 = 0x1_0000;
const FIRST_SUBNET_INDEX: u32 = 1;

pub fn compile(network: &Network) -> Plan {
    compiled(network, None)
}

/// As [`compile`], from a network and its plan that differ little: what is the same in both is taken over.
pub fn recompile(before: &Network, plan: Plan, network: &Network) -> Plan {
    compiled(network, Some(Before { network: before, links: plan.links, groups: plan.groups }))
}

/// What was compiled last.
struct Before<'a> {
    network: &'a Network,
    links: BTreeMap<NetworkInterfaceId, Arc<LinkPlan>>,
    groups: BTreeMap<SecurityGroupId, GroupPlan>,
}

fn compiled(network: &Network, mut before: Option<Before<'_>>) -> Plan {
    let indexes = stable_numbers(network.subnets.keys().map(SubnetId::as_str), FIRST_SUBNET_INDEX);
    let numbers = stable_numbers(table_ids(network).iter().map(RouteTableId::as_str), FIRST_TABLE_NUMBER);
    let (links, moved) = links(network, &indexes, &numbers, before.as_mut());
    Plan {
        vpc: network.vpc.clone(),
        cidrs: network.cidrs.clone(),
        ipv6_cidrs: network.ipv6_cidrs.clone(),
        router: network.router(),
        resolver: network.resolver(),
        internet_gateway: network.internet_gateway.clone(),
        egress_only_internet_gateway: network.egress_only_internet_gateway.clone(),
        subnets: subnets(network, &indexes),
        links,
        seats: network.seats(),
        tables: tables(network, &numbers),
        acls: network.network_acls.iter().map(|(id, acl)| (id.clone(), acl_plan(acl))).collect(),
        groups: groups(network, before, &moved),
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

/// Links, and the groups whose members are others than before.
fn links(
    network: &Network,
    indexes: &BTreeMap<String, u32>,
    numbers: &BTreeMap<String, u32>,
    before: Option<&mut Before<'_>>,
) -> (BTreeMap<NetworkInterfaceId, Arc<LinkPlan>>, BTreeSet<SecurityGroupId>) {
    let new = |interface: &NetworkInterface| link(network, indexes, numbers, interface).map(Arc::new);
    let all = || network.interfaces.iter().filter_map(|(id, interface)| Some((id.clone(), new(interface)?)));
    let Some(before) = before else { return (all().collect(), BTreeSet::new()) };
    let mut moved = BTreeSet::new();
    let mut links = std::mem::take(&mut before.links);
    let old = before.network;
    for (id, was, is) in differing(&old.interfaces, &network.interfaces) {
        moved.extend(was.into_iter().chain(is).flat_map(|interface| interface.groups.iter().cloned()));
        match is.and_then(new) {
            Some(link) => links.insert(id.clone(), link),
            None => links.remove(id),
        };
    }
    // Numbers of subnets and tables are those of before as long as neither came or went.
    let same = old.subnets == network.subnets
        && old.route_tables.keys().eq(network.route_tables.keys())
        && old.flow_logs == network.flow_logs;
    (if same { links } else { all().collect() }, moved)
}

/// What is in one of two maps, or in both and different.
fn differing<'a, K: Ord, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    std::iter::from_fn(move || {
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return None,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            let was = if order.is_le() { old.next() } else { None };
            let is = if order.is_ge() { new.next() } else { None };
            let values = (was.map(|(_, value)| value), is.map(|(_, value)| value));
            if values.0 != values.1 {
                return was.or(is).map(|(key, _)| (key, values.0, values.1));
            }
        }
    })
}

fn link(
    network: &Network,
    indexes: &BTreeMap<String, u32>,
    numbers: &BTreeMap<String, u32>,
    interface: &NetworkInterface,
) -> Option<LinkPlan> {
    let subnet = network.subnets.get(&interface.subnet)?;
    Some(LinkPlan {
        subnet: interface.subnet.clone(),
        subnet_index: *indexes.get(interface.subnet.as_str())?,
        table: *numbers.get(subnet.route_table.as_str())?,
        addresses: interface.addresses.iter().map(|address| address.private).collect(),
        ipv6_addresses: interface.ipv6_addresses.clone(),
        source_dest_check: interface.source_dest_check && !interface.is_nat_gateway(),
        filtered: interface.is_filtered(),
        groups: interface.groups.clone(),
        masquerade: interface.is_nat_gateway(),
        recorded: network.flow_logs.iter().any(|log| log.interfaces.contains(&interface.id)),
        kind: interface.kind.clone(),
    })
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
    let mut actions: BTreeMap<IpNet, RouteAction> = BTreeMap::new();
    let no_route = || RouteAction::Drop(DropRef::NoRoute(table.clone()));
    actions.insert(Ipv4Net::default().into(), no_route());
    if !network.ipv6_cidrs.is_empty() {
        actions.insert(Ipv6Net::default().into(), no_route());
    }
    for cidr in network.all_cidrs() {
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
        Target::EgressOnlyInternetGateway(id) if network.has_egress_only(id, route.destination) => {
            RouteAction::EgressOnlyInternetGateway
        }
        // A NAT gateway translates IPv4.
        Target::NatGateway { interface, .. }
            if attached(interface) && matches!(route.destination, IpNet::V4(_)) =>
        {
            RouteAction::Link(interface.clone())
        }
        Target::NetworkInterface(interface) if attached(interface) => RouteAction::Link(interface.clone()),
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

fn groups(
    network: &Network,
    before: Option<Before<'_>>,
    moved: &BTreeSet<SecurityGroupId>,
) -> BTreeMap<SecurityGroupId, GroupPlan> {
    let mut groups: BTreeMap<SecurityGroupId, GroupPlan> = BTreeMap::new();
    // What a rule stands for depends on these besides itself.
    let kept = before.as_ref().filter(|b| {
        b.network.prefix_lists == network.prefix_lists
            && b.network.peerings.is_empty()
            && network.peerings.is_empty()
    });
    for (id, group) in &network.security_groups {
        for named in group.rules.iter().filter_map(|rule| rule.peer.group()) {
            if !groups.contains_key(named) {
                groups.insert(named.clone(), GroupPlan::default());
            }
        }
        let same =
            |b: &Before<'_>| b.network.security_groups.get(id).is_some_and(|old| old.rules == group.rules);
        let known = kept.filter(|b| same(b)).and_then(|b| b.groups.get(id));
        let plan = groups.entry(id.clone()).or_default();
        (plan.ingress, plan.egress) = match known {
            Some(known) => (Arc::clone(&known.ingress), Arc::clone(&known.egress)),
            None => {
                let rules = |direction| Arc::new(group_rules(network, id, group, direction));
                (rules(Direction::Ingress), rules(Direction::Egress))
            }
        };
    }
    add_members(network, before.as_ref(), moved, &mut groups);
    groups
}

fn add_members(
    network: &Network,
    before: Option<&Before<'_>>,
    moved: &BTreeSet<SecurityGroupId>,
    groups: &mut BTreeMap<SecurityGroupId, GroupPlan>,
) {
    let Some(before) = before else {
        let mut members = BTreeMap::<&SecurityGroupId, BTreeSet<IpAddr>>::new();
        for interface in network.interfaces.values() {
            for id in &interface.groups {
                members.entry(id).or_default().extend(interface.all_addresses());
            }
        }
        for (id, members) in members {
            groups.entry(id.clone()).or_default().members = Arc::new(members);
        }
        return;
    };
    // Groups that only interfaces name stay as long as one does.
    for (id, old) in before.groups.iter().filter(|(id, _)| !moved.contains(*id)) {
        if !old.members.is_empty() {
            groups.entry(id.clone()).or_default().members = Arc::clone(&old.members);
        } else if !groups.contains_key(id)
            && network.interfaces.values().any(|interface| interface.groups.contains(id))
        {
            groups.entry(id.clone()).or_default();
        }
    }
    for id in moved {
        let named = network.interfaces.values().any(|interface| interface.groups.contains(id));
        if named || groups.contains_key(id) {
            groups.entry(id.clone()).or_default().members = Arc::new(network.members(id));
        }
    }
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
