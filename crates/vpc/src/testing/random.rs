//! Random small networks and flows through them, for the model against the compiled plan and for the
//! model against a kernel. Made so that most flows get somewhere near a decision: few addresses, few ports.

use crate::{
    Action, Direction, Flow, IcmpMatch, InterfaceAddress, InterfaceKind, Network, NetworkAcl,
    NetworkAclEntry, NetworkInterface, Origin, Payload, Peer, PortRange, Route, RouteTable, SecurityGroup,
    SecurityGroupRule, Subnet, Target, Traffic,
};
use base::SubnetId;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses outside every network made here that a data plane's test can put hosts at.
pub const INTERNET_HOSTS: [Ipv4Addr; 2] = [Ipv4Addr::new(198, 18, 200, 1), Ipv4Addr::new(203, 0, 113, 7)];
/// The same of IPv6.
pub const INTERNET_HOSTS_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0x2001, 0xdb8, 0xf00, 0, 0, 0, 0, 1), Ipv6Addr::new(0x2600, 0x1f00, 0, 0, 0, 0, 0, 7)];
/// A local address that no interface gets.
const NOBODY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 250);
const NOBODY_V6: Ipv6Addr = v6(0x100, 0xfa);
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
    let tables = vec((vec(route(), 0..=2), vec(ipv6_route(), 0..=2)), TABLES);
    let acls = vec(acl(), ACLS);
    let groups = vec(group(), GROUPS);
    let interfaces = vec(interface(), INTERFACES);
    let flags = (prop::bool::weighted(0.8), prop::bool::weighted(0.3));
    let ipv6_flags = (prop::bool::weighted(0.7), prop::bool::weighted(0.7));
    (subnets, tables, acls, groups, interfaces, flags, ipv6_flags).prop_map(
        |(subnets, tables, acls, groups, interfaces, (gateway, second), (ipv6, outward))| {
            let mut network = Network::new("vpc-1".into(), net([10, 0, 0, 0], 16));
            network.cidrs.extend(second.then(|| net([SECOND_CIDR[0], SECOND_CIDR[1], 0, 0], 16)));
            network.internet_gateway = gateway.then(|| "igw-1".into());
            network.ipv6_cidrs.extend(ipv6.then(|| v6_net(0x100, 56)));
            network.egress_only_internet_gateway = (ipv6 && outward).then(|| "eigw-1".into());
            let listed = vec![net([10, 0, 1, 0], 24).into(), net([198, 18, 200, 0], 24).into()];
            network.prefix_lists.insert("pl-1".into(), listed);
            add_subnets(&mut network, subnets);
            network.route_tables = named(
                "rtb",
                tables.into_iter().map(|(mut routes, of_ipv6)| {
                    routes.extend(of_ipv6.into_iter().filter(|_| ipv6));
                    RouteTable { routes }
                }),
            );
            network.network_acls = named("acl", acls.into_iter());
            let groups = groups.into_iter().map(|rules| SecurityGroup { name: String::new(), rules });
            network.security_groups = named("sg", groups);
            add_interfaces(&mut network, interfaces);
            network
        },
    )
}

/// An address of the network's block of IPv6, 2001:db8:1:100::/56.
const fn v6(subnet: u16, host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 1, subnet, 0, 0, 0, host)
}

fn v6_net(subnet: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(v6(subnet, 0), length)
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
    let has_ipv6 = !network.ipv6_cidrs.is_empty();
    let [a, b] = if network.cidrs.len() > 1 { SECOND_CIDR } else { [10, 0] };
    for (i, (acl, table)) in (0_u8..).zip(subnets) {
        let subnet = Subnet {
            // The last subnet is in the second CIDR, if there is one.
            cidr: if i == 2 { net([a, b, i, 0], 24) } else { net([10, 0, i, 0], 24) },
            ipv6_cidr: has_ipv6.then(|| v6_net(0x100 + u16::from(i), 64)),
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
    ipv6: bool,
}

fn interface() -> impl Strategy<Value = Draft> {
    let kind = prop_oneof![
        8 => Just(InterfaceKind::Host),
        1 => Just(InterfaceKind::Open),
        2 => Just(InterfaceKind::Hub),
        2 => Just(InterfaceKind::NatGateway("nat-1".into())),
        1 => Just(InterfaceKind::Endpoint { vpce: "vpce-1".into(), services: Vec::new(), names: Vec::new() }),
    ];
    let groups = btree_set(0..GROUPS, 1..=2).prop_map(|set| set.into_iter().collect());
    let flags =
        (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.8), prop::bool::weighted(0.9));
    (0..SUBNETS, kind, groups, flags).prop_map(|(subnet, kind, groups, (public, second, check, ipv6))| {
        let host = kind == InterfaceKind::Host;
        let public = public && (host || matches!(kind, InterfaceKind::NatGateway(_)));
        Draft {
            subnet,
            kind,
            groups,
            public,
            second: second && host,
            check: check || !host,
            ipv6: ipv6 && host,
        }
    })
}

/// Interface `i` has the address 10.0.SUBNET.10+i and, if public, 198.18.100.10+i, of IPv6 its subnet's :10+i. Only the first NAT
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
        let number = u16::from(subnet);
        let subnet: SubnetId = format!("subnet-{subnet}").into();
        let first = network.subnets.get(&subnet).map_or(0, |subnet| u32::from(subnet.cidr.network()));
        let at = |host: u8| Ipv4Addr::from(first + u32::from(host));
        let mut addresses = vec![InterfaceAddress { private: at(10 + i), public }];
        if draft.second {
            let public = draft.public.then(|| Ipv4Addr::new(198, 18, 100, 100 + i)).filter(|_| i % 2 == 0);
            addresses.push(InterfaceAddress { private: at(100 + i), public });
        }
        let hosts = [Some(10 + i), draft.second.then_some(100 + i)].into_iter().flatten();
        let has_ipv6 = draft.ipv6 && !is_nat_gateway && !network.ipv6_cidrs.is_empty();
        let ipv6_addresses =
            hosts.filter(|_| has_ipv6).map(|host| v6(0x100 + number, u16::from(host))).collect();
        let groups =
            draft.groups.iter().filter(|_| !is_nat_gateway).map(|g| format!("sg-{g}").into()).collect();
        let id: base::NetworkInterfaceId = format!("eni-{i}").into();
        let interface = NetworkInterface {
            id: id.clone(),
            subnet,
            addresses,
            ipv6_addresses,
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
        Route { destination: destination.into(), prefix_list, target }
    })
}

fn ipv6_route() -> impl Strategy<Value = Route> {
    let host = Ipv6Net::from(INTERNET_HOSTS_V6[0]);
    let destination = prop_oneof![
        9 => Just(Ipv6Net::default()),
        1 => Just(host),
        1 => Just(v6_net(0x101, 64)),
        1 => Just(Ipv6Net::from(v6(0x102, 12))),
    ];
    let target = prop_oneof![
        6 => Just(Target::InternetGateway("igw-1".into())),
        6 => Just(Target::EgressOnlyInternetGateway("eigw-1".into())),
        2 => (0..3_usize).prop_map(|i| Target::NetworkInterface(format!("eni-{i}").into())),
        1 => Just(Target::Blackhole),
    ];
    (destination, target).prop_map(|(destination, target)| {
        let inside = v6_net(0x100, 56).contains(&destination);
        // A gateway is no way to an address inside.
        let target = match target {
            Target::NetworkInterface(_) => target,
            _ if inside => Target::Blackhole,
            _ => target,
        };
        Route { destination: destination.into(), prefix_list: None, target }
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
    let icmpv6 = prop_oneof![
        Just(IcmpMatch::ANY),
        Just(IcmpMatch { kind: Some(128), code: None }),
        Just(IcmpMatch { kind: Some(129), code: Some(0) }),
    ];
    prop_oneof![
        6 => Just(Traffic::All),
        8 => ports.clone().prop_map(Traffic::Tcp),
        4 => ports.prop_map(Traffic::Udp),
        2 => icmp.prop_map(Traffic::Icmp),
        1 => icmpv6.prop_map(Traffic::Icmpv6),
    ]
}

fn cidr() -> impl Strategy<Value = IpNet> {
    prop_oneof![2 => ipv4_cidr().prop_map(IpNet::V4), 1 => ipv6_cidr().prop_map(IpNet::V6)]
}

fn ipv6_cidr() -> impl Strategy<Value = Ipv6Net> {
    prop_oneof![
        4 => Just(Ipv6Net::default()),
        2 => Just(v6_net(0x100, 56)),
        1 => Just(Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 2, 0x100, 0, 0, 0, 0), 56)),
        1 => (0..3_u16).prop_map(|i| v6_net(0x100 + i, 64)),
        1 => (0..3_u16, 0..6_u16).prop_map(|(s, i)| v6(0x100 + s, 10 + i).into()),
        1 => Just(Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)),
    ]
}

fn ipv4_cidr() -> impl Strategy<Value = Ipv4Net> {
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
                let (action, traffic) = (Action::Allow, Traffic::All);
                for (number, cidr) in [(400, Ipv4Net::default().into()), (401, Ipv6Net::default().into())] {
                    entries.push(NetworkAclEntry { number, direction, action, traffic, cidr });
                }
            }
            NetworkAcl { entries }
        },
    )
}

/// Mostly with the egress rule that every new group on AWS has, sometimes as open inwards.
fn group() -> impl Strategy<Value = Vec<SecurityGroupRule>> {
    let open = |direction| {
        let everything: [IpNet; 2] = [Ipv4Net::default().into(), Ipv6Net::default().into()];
        everything.map(|cidr| SecurityGroupRule {
            id: "".into(),
            direction,
            traffic: Traffic::All,
            peer: Peer::Cidr(cidr),
            description: None,
        })
    };
    let flags = (prop::bool::weighted(0.8), prop::bool::weighted(0.5));
    (vec(rule(), 0..=5), flags).prop_map(move |(mut rules, (out, inward))| {
        rules.extend(out.then(|| open(Direction::Egress)).into_iter().flatten());
        rules.extend(inward.then(|| open(Direction::Ingress)).into_iter().flatten());
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
pub(super) fn flow_among(network: &Network, foreign: Vec<IpAddr>) -> impl Strategy<Value = Flow> + use<> {
    let senders: Vec<_> = network.interfaces.values().filter(|i| !i.is_nat_gateway()).cloned().collect();
    let hosts = internet_hosts(!network.ipv6_cidrs.is_empty());
    let outside = select(hosts).prop_map(|host| (Origin::Internet(host), Claim::Nothing));
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
    from.prop_flat_map(move |(from, claim)| {
        let source = network.clone();
        destination(&network, &from, &foreign).prop_map(move |destination| {
            (from.clone(), claim.source(&source, &from, destination), destination)
        })
    })
    .prop_flat_map(move |(from, source, destination)| {
        payload.clone().prop_map(move |payload| {
            let payload = match payload {
                Payload::ECHO_REQUEST if destination.is_ipv6() => Payload::ECHO_REQUEST_V6,
                other => other,
            };
            Flow { from: from.clone(), source, destination, payload }
        })
    })
}

fn internet_hosts(with_ipv6: bool) -> Vec<IpAddr> {
    let of_ipv6 = INTERNET_HOSTS_V6.into_iter().filter(|_| with_ipv6).map(IpAddr::V6);
    INTERNET_HOSTS.into_iter().map(IpAddr::V4).chain(of_ipv6).collect()
}

/// Which source a sender gives.
#[derive(Debug, Clone, Copy)]
enum Claim {
    Nothing,
    /// The last of its own.
    Last,
    /// One that is not its own.
    Nobody,
}

impl Claim {
    fn source(self, network: &Network, from: &Origin, destination: IpAddr) -> Option<IpAddr> {
        let Origin::Interface(id) = from else { return None };
        let own = network.interfaces.get(id)?.all_addresses();
        match self {
            Self::Nothing => None,
            Self::Last => own.filter(|address| address.is_ipv6() == destination.is_ipv6()).last(),
            Self::Nobody if destination.is_ipv6() => Some(NOBODY_V6.into()),
            Self::Nobody => Some(NOBODY.into()),
        }
    }
}

/// From the internet mostly to public addresses; from an interface to any but its own private ones,
/// which never leave it. With IPv6 as far as the sender has it.
fn destination(network: &Network, from: &Origin, foreign: &[IpAddr]) -> BoxedStrategy<IpAddr> {
    let is_sender = |id| matches!(from, Origin::Interface(sender) if sender == id);
    let others = network.interfaces.values().filter(|interface| !is_sender(&interface.id));
    let nobody: [IpAddr; 2] = [NOBODY.into(), NOBODY_V6.into()];
    let private = others.flat_map(NetworkInterface::all_addresses).chain(nobody);
    let public: Vec<IpAddr> = network
        .interfaces
        .values()
        .flat_map(|i| &i.addresses)
        .filter_map(|a| a.public.map(IpAddr::V4))
        .collect();
    match from {
        Origin::Internet(host) => {
            let alike = |address: &IpAddr| address.is_ipv6() == host.is_ipv6();
            let private: Vec<_> = private.filter(alike).collect();
            if host.is_ipv6() {
                return select(private).boxed();
            }
            let some = public.into_iter().chain([NOBODY.into()]).collect::<Vec<_>>();
            prop_oneof![20 => select(some), 1 => select(private)].boxed()
        }
        Origin::Interface(id) => {
            let with_ipv6 = network.interfaces.get(id).is_some_and(|i| !i.ipv6_addresses.is_empty());
            let possible = |address: &IpAddr| with_ipv6 || address.is_ipv4();
            let private: Vec<_> = private.filter(possible).collect();
            let some = public.into_iter().chain(internet_hosts(with_ipv6)).collect::<Vec<_>>();
            // An interface that has IPv6 uses it as often as the other kind.
            let of_ipv6 = |list: &[IpAddr]| -> Vec<IpAddr> {
                let own: Vec<_> = list.iter().copied().filter(IpAddr::is_ipv6).collect();
                if own.is_empty() { list.to_vec() } else { own }
            };
            let ipv6 = prop_oneof![7 => select(of_ipv6(&private)), 4 => select(of_ipv6(&some))];
            let inside = prop_oneof![7 => select(private), 4 => select(some)];
            let inside = prop_oneof![1 => inside, 1 => ipv6];
            let foreign: Vec<_> = foreign.iter().copied().filter(possible).collect();
            match foreign.as_slice() {
                [] => inside.boxed(),
                _ => prop_oneof![1 => inside, 1 => select(foreign)].boxed(),
            }
        }
    }
}

/// An interface that sends, sometimes from another of its addresses, rarely from one that is not its own.
fn sender(senders: Vec<NetworkInterface>) -> impl Strategy<Value = (Origin, Claim)> {
    (select(senders), 0..20_u8).prop_map(|(interface, which)| {
        let claim = match which {
            0 => Claim::Nobody,
            1..=4 => Claim::Last,
            _ => Claim::Nothing,
        };
        (Origin::Interface(interface.id), claim)
    })
}
