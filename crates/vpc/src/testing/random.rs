//! Random small networks and flows through them, for the model against the compiled plan and for the
//! model against a kernel. Made so that most flows get somewhere near a decision: few addresses, few ports.

use crate::{
    Action, Direction, Flow, IcmpMatch, InterfaceAddress, InterfaceKind, Network, NetworkAcl,
    NetworkAclEntry, NetworkInterface, Origin, Payload, Peer, PortRange, Route, RouteTable, SecurityGroup,
    SecurityGroupRule, Subnet, Target, Traffic,
};
use base::SubnetId;
use ipnet::Ipv4Net;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::net::Ipv4Addr;

/// Addresses outside every network made here that a data plane's test can put hosts at.
pub const INTERNET_HOSTS: [Ipv4Addr; 2] = [Ipv4Addr::new(198, 18, 200, 1), Ipv4Addr::new(203, 0, 113, 7)];
/// A local address that no interface gets.
const NOBODY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 250);
const SUBNETS: usize = 3;
const TABLES: usize = 3;
const ACLS: usize = 3;
const GROUPS: usize = 4;
const INTERFACES: std::ops::RangeInclusive<usize> = 2..=6;
const PORTS: [u16; 4] = [53, 80, 443, 5432];
/// The second CIDR of a VPC that has one.
const SECOND_CIDR: [u8; 2] = [10, 100];

/// A network and flows through it.
pub fn cases(flows: usize) -> impl Strategy<Value = (Network, Vec<Flow>)> {
    networks().prop_flat_map(move |network| {
        let flow = self::flow(&network);
        (Just(network), vec(flow, flows))
    })
}

/// One network with one flow.
pub fn case() -> impl Strategy<Value = (Network, Flow)> {
    networks().prop_flat_map(|network| {
        let flow = self::flow(&network);
        (Just(network), flow)
    })
}

/// The network and flows of a seed, always the same ones. `None` if the generator gives up, which the
/// strategies above, without filters, never do.
pub fn sample(seed: u64, flows: usize) -> Option<(Network, Vec<Flow>)> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    cases(flows).new_tree(&mut runner).ok().map(|tree| tree.current())
}

pub(super) fn networks() -> impl Strategy<Value = Network> {
    let subnets = vec((0..ACLS, 0..TABLES), 1..=SUBNETS);
    let tables = vec(vec(route(), 0..=2), TABLES);
    let acls = vec(acl(), ACLS);
    let groups = vec(group(), GROUPS);
    let interfaces = vec(interface(), INTERFACES);
    let flags = (prop::bool::weighted(0.8), prop::bool::weighted(0.3));
    (subnets, tables, acls, groups, interfaces, flags).prop_map(
        |(subnets, tables, acls, groups, interfaces, (gateway, second))| {
            let mut network = Network::new("vpc-1".into(), net([10, 0, 0, 0], 16));
            network.cidrs.extend(second.then(|| net([SECOND_CIDR[0], SECOND_CIDR[1], 0, 0], 16)));
            network.internet_gateway = gateway.then(|| "igw-1".into());
            network
                .prefix_lists
                .insert("pl-1".into(), vec![net([10, 0, 1, 0], 24), net([198, 18, 200, 0], 24)]);
            add_subnets(&mut network, subnets);
            network.route_tables = named("rtb", tables.into_iter().map(|routes| RouteTable { routes }));
            network.network_acls = named("acl", acls.into_iter());
            let groups = groups.into_iter().map(|rules| SecurityGroup { name: String::new(), rules });
            network.security_groups = named("sg", groups);
            add_interfaces(&mut network, interfaces);
            network
        },
    )
}

fn net(octets: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(octets.into(), length)
}

fn named<K: From<String> + Ord, V>(
    prefix: &str,
    values: impl Iterator<Item = V>,
) -> std::collections::BTreeMap<K, V> {
    values.enumerate().map(|(i, value)| (format!("{prefix}-{i}").into(), value)).collect()
}

fn add_subnets(network: &mut Network, subnets: Vec<(usize, usize)>) {
    let [a, b] = if network.cidrs.len() > 1 { SECOND_CIDR } else { [10, 0] };
    for (i, (acl, table)) in (0_u8..).zip(subnets) {
        let subnet = Subnet {
            // The last subnet is in the second CIDR, if there is one.
            cidr: if i == 2 { net([a, b, i, 0], 24) } else { net([10, 0, i, 0], 24) },
            availability_zone: "us-east-1a".to_owned(),
            network_acl: format!("acl-{acl}").into(),
            route_table: format!("rtb-{table}").into(),
        };
        network.subnets.insert(format!("subnet-{i}").into(), subnet);
    }
}

#[derive(Debug, Clone)]
struct Draft {
    subnet: usize,
    kind: InterfaceKind,
    groups: Vec<usize>,
    public: bool,
    second: bool,
    check: bool,
}

fn interface() -> impl Strategy<Value = Draft> {
    let kind = prop_oneof![
        8 => Just(InterfaceKind::Host),
        2 => Just(InterfaceKind::Hub),
        2 => Just(InterfaceKind::NatGateway("nat-1".into())),
        1 => Just(InterfaceKind::Endpoint { vpce: "vpce-1".into(), services: Vec::new(), names: Vec::new() }),
    ];
    let groups = btree_set(0..GROUPS, 1..=2).prop_map(|set| set.into_iter().collect());
    let flags = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.8));
    (0..SUBNETS, kind, groups, flags).prop_map(|(subnet, kind, groups, (public, second, check))| {
        let host = kind == InterfaceKind::Host;
        let public = public && (host || matches!(kind, InterfaceKind::NatGateway(_)));
        Draft { subnet, kind, groups, public, second: second && host, check: check || !host }
    })
}

/// Interface `i` has the address 10.0.SUBNET.10+i and, if public, 198.18.100.10+i. Only the first NAT
/// gateway stays one, as routes name `nat-1`.
fn add_interfaces(network: &mut Network, drafts: Vec<Draft>) {
    let mut has_nat_gateway = false;
    for (i, draft) in (0_u8..).zip(drafts) {
        let subnet = u8::try_from(draft.subnet % network.subnets.len()).unwrap_or(0);
        let is_nat_gateway = matches!(draft.kind, InterfaceKind::NatGateway(_));
        let kind = if is_nat_gateway && has_nat_gateway { InterfaceKind::Host } else { draft.kind };
        let is_nat_gateway = matches!(kind, InterfaceKind::NatGateway(_));
        has_nat_gateway |= is_nat_gateway;
        let public = draft.public.then(|| Ipv4Addr::new(198, 18, 100, 10 + i));
        let subnet: SubnetId = format!("subnet-{subnet}").into();
        let first = network.subnets.get(&subnet).map_or(0, |subnet| u32::from(subnet.cidr.network()));
        let at = |host: u8| Ipv4Addr::from(first + u32::from(host));
        let mut addresses = vec![InterfaceAddress { private: at(10 + i), public }];
        if draft.second {
            let public = draft.public.then(|| Ipv4Addr::new(198, 18, 100, 100 + i)).filter(|_| i % 2 == 0);
            addresses.push(InterfaceAddress { private: at(100 + i), public });
        }
        let groups =
            draft.groups.iter().filter(|_| !is_nat_gateway).map(|g| format!("sg-{g}").into()).collect();
        let id: base::NetworkInterfaceId = format!("eni-{i}").into();
        let interface = NetworkInterface {
            id: id.clone(),
            subnet,
            addresses,
            groups,
            source_dest_check: draft.check && !is_nat_gateway,
            kind,
        };
        network.interfaces.insert(id, interface);
    }
    let nat = network.interfaces.values().find(|i| i.is_nat_gateway()).map(|i| i.id.clone());
    for route in network.route_tables.values_mut().flat_map(|table| &mut table.routes) {
        if let (Target::NatGateway { interface, .. }, Some(nat)) = (&mut route.target, &nat) {
            *interface = nat.clone();
        }
    }
}

fn route() -> impl Strategy<Value = Route> {
    let nat = Target::NatGateway { id: "nat-1".into(), interface: "eni-gone".into() };
    let destination = prop_oneof![
        9 => Just(Ipv4Net::default()),
        1 => Just(net([198, 18, 200, 0], 24)),
        1 => Just(net([10, 0, 1, 0], 24)),
        1 => Just(net([203, 0, 113, 7], 32)),
        1 => Just(net([10, 100, 0, 0], 16)),
    ];
    let listed = prop::bool::weighted(0.2);
    let target = prop_oneof![
        6 => Just(Target::InternetGateway("igw-1".into())),
        4 => Just(nat),
        1 => (0..3_usize).prop_map(|i| Target::NetworkInterface(format!("eni-{i}").into())),
        1 => Just(Target::Blackhole),
    ];
    (destination, target, listed).prop_map(|(destination, target, listed)| {
        let prefix_list = listed.then(|| "pl-1".into()).filter(|_| destination != Ipv4Net::default());
        Route { destination, prefix_list, target }
    })
}

fn traffic() -> impl Strategy<Value = Traffic> {
    let ports = prop_oneof![
        4 => select(PORTS.to_vec()).prop_map(PortRange::one),
        2 => Just(PortRange { from: 1024, to: 65_535 }),
        1 => Just(PortRange { from: 80, to: 443 }),
        1 => Just(PortRange::ALL),
    ];
    let icmp = prop_oneof![
        Just(IcmpMatch::ANY),
        Just(IcmpMatch { kind: Some(8), code: None }),
        Just(IcmpMatch { kind: Some(0), code: Some(0) }),
    ];
    prop_oneof![
        3 => Just(Traffic::All),
        4 => ports.clone().prop_map(Traffic::Tcp),
        2 => ports.prop_map(Traffic::Udp),
        1 => icmp.prop_map(Traffic::Icmp),
    ]
}

fn cidr() -> impl Strategy<Value = Ipv4Net> {
    prop_oneof![
        4 => Just(Ipv4Net::default()),
        2 => Just(net([10, 0, 0, 0], 16)),
        1 => Just(net([10, 1, 0, 0], 16)),
        1 => Just(net([10, 100, 0, 0], 16)),
        1 => (0..3_u8).prop_map(|i| net([10, 0, i, 0], 24)),
        1 => (0..3_u8, 0..6_u8).prop_map(|(s, i)| net([10, 0, s, 10 + i], 32)),
        1 => Just(net([198, 18, 0, 0], 15)),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    select(vec![Direction::Ingress, Direction::Egress])
}

/// Mostly an ACL that lets everything through after some entries.
fn acl() -> impl Strategy<Value = NetworkAcl> {
    let action = prop_oneof![2 => Just(Action::Allow), 1 => Just(Action::Deny)];
    let entry = (1..300_u16, direction(), action, traffic(), cidr()).prop_map(
        |(number, direction, action, traffic, cidr)| NetworkAclEntry {
            number,
            direction,
            action,
            traffic,
            cidr,
        },
    );
    (vec(entry, 0..=2), prop::bool::weighted(0.9), prop::bool::weighted(0.9)).prop_map(
        |(drafts, open_in, open_out)| {
            let mut entries: Vec<NetworkAclEntry> = Vec::new();
            for draft in drafts {
                if !entries.iter().any(|e| (e.number, e.direction) == (draft.number, draft.direction)) {
                    entries.push(draft);
                }
            }
            let open = [(open_in, Direction::Ingress), (open_out, Direction::Egress)];
            for direction in open.into_iter().filter(|(open, _)| *open).map(|(_, direction)| direction) {
                let (action, traffic, cidr) = (Action::Allow, Traffic::All, Ipv4Net::default());
                entries.push(NetworkAclEntry { number: 400, direction, action, traffic, cidr });
            }
            NetworkAcl { entries }
        },
    )
}

/// Mostly with the egress rule that every new group on AWS has, sometimes as open inwards.
fn group() -> impl Strategy<Value = Vec<SecurityGroupRule>> {
    let open = |direction| SecurityGroupRule {
        id: "".into(),
        direction,
        traffic: Traffic::All,
        peer: Peer::Cidr(Ipv4Net::default()),
        description: None,
    };
    let flags = (prop::bool::weighted(0.8), prop::bool::weighted(0.5));
    (vec(rule(), 0..=5), flags).prop_map(move |(mut rules, (out, inward))| {
        rules.extend(out.then(|| open(Direction::Egress)));
        rules.extend(inward.then(|| open(Direction::Ingress)));
        rules
    })
}

fn rule() -> impl Strategy<Value = SecurityGroupRule> {
    let peer = prop_oneof![
        4 => cidr().prop_map(Peer::Cidr),
        4 => (0..GROUPS).prop_map(|g| Peer::Group(format!("sg-{g}").into())),
        1 => Just(Peer::PrefixList("pl-1".into())),
    ];
    (direction(), traffic(), peer).prop_map(|(direction, traffic, peer)| SecurityGroupRule {
        id: "".into(),
        direction,
        traffic,
        peer,
        description: None,
    })
}

fn flow(network: &Network) -> impl Strategy<Value = Flow> + use<> {
    flow_among(network, Vec::new())
}

/// As [`flow`], sometimes to an address of another VPC.
pub(super) fn flow_among(network: &Network, foreign: Vec<Ipv4Addr>) -> impl Strategy<Value = Flow> + use<> {
    let senders: Vec<_> = network.interfaces.values().filter(|i| !i.is_nat_gateway()).cloned().collect();
    let outside = select(INTERNET_HOSTS.to_vec()).prop_map(|host| (Origin::Internet(host), None));
    let from = if senders.is_empty() {
        outside.boxed()
    } else {
        prop_oneof![4 => sender(senders), 1 => outside].boxed()
    };
    let payload = prop_oneof![
        6 => select(PORTS.to_vec()).prop_map(Payload::tcp),
        3 => select(PORTS.to_vec()).prop_map(Payload::udp),
        2 => Just(Payload::ECHO_REQUEST),
    ];
    let network = network.clone();
    from.prop_flat_map(move |(from, source)| {
        (Just((from.clone(), source)), destination(&network, &from, &foreign))
    })
    .prop_flat_map(move |((from, source), destination)| {
        payload.clone().prop_map(move |payload| Flow { from: from.clone(), source, destination, payload })
    })
}

/// From the internet mostly to public addresses; from an interface to any but its own private ones,
/// which never leave it.
fn destination(network: &Network, from: &Origin, foreign: &[Ipv4Addr]) -> BoxedStrategy<Ipv4Addr> {
    let is_sender = |id| matches!(from, Origin::Interface(sender) if sender == id);
    let others = network.interfaces.values().filter(|interface| !is_sender(&interface.id));
    let private: Vec<_> = others.flat_map(|i| &i.addresses).map(|a| a.private).chain([NOBODY]).collect();
    let public = network.interfaces.values().flat_map(|i| &i.addresses).filter_map(|a| a.public);
    match from {
        Origin::Internet(_) => {
            let some = public.chain([NOBODY]).collect::<Vec<_>>();
            prop_oneof![20 => select(some), 1 => select(private)].boxed()
        }
        Origin::Interface(_) => {
            let some = public.chain(INTERNET_HOSTS).collect::<Vec<_>>();
            let inside = prop_oneof![7 => select(private), 4 => select(some)];
            match foreign {
                [] => inside.boxed(),
                _ => prop_oneof![1 => inside, 1 => select(foreign.to_vec())].boxed(),
            }
        }
    }
}

/// An interface that sends, sometimes from another of its addresses, rarely from one that is not its own.
fn sender(senders: Vec<NetworkInterface>) -> impl Strategy<Value = (Origin, Option<Ipv4Addr>)> {
    (select(senders), 0..20_u8).prop_map(|(interface, which)| {
        let source = match which {
            0 => Some(NOBODY),
            1..=4 => interface.addresses.last().map(|address| address.private),
            _ => None,
        };
        (Origin::Interface(interface.id), source)
    })
}
