//! Random VPCs beside each other: peered, peered by way of a third, with overlapping CIDRs. Each is a random
//! network under other names and addresses.

use super::random::{flow_among, networks};
use super::text::{network, network_text};
use crate::{Flow, Network, Peer, PeeringConnection, Route, Target, connect};
use base::SecurityGroupId;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::net::IpAddr;

/// VPCs and flows, each from an interface of one of them or from the internet to it.
#[derive(Debug, Clone)]
pub struct World {
    pub networks: Vec<Network>,
    /// With the place of the network that the flow is asked of.
    pub flows: Vec<(usize, Flow)>,
}

/// How the VPCs lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Alone,
    /// The first and the second are peered.
    Pair,
    /// As a pair; the third, peered with the second, has other addresses than both.
    Chain,
    /// As a chain, but the third has the addresses of the first.
    Overlap,
}

/// What is drawn for the connections of one VPC.
#[derive(Debug, Clone)]
struct Draft {
    /// For each route table: whether it leads to the peers, to beyond them, or everything there.
    routes: Vec<(bool, bool, bool)>,
    /// Which of the rules name a group of a peer instead.
    groups: Vec<Option<usize>>,
}

/// Worlds with this many flows.
pub fn worlds(flows: usize) -> impl Strategy<Value = World> {
    let shape = prop_oneof![
        3 => Just(Shape::Alone),
        3 => Just(Shape::Pair),
        2 => Just(Shape::Chain),
        2 => Just(Shape::Overlap),
    ];
    let flags = || (prop::bool::weighted(0.85), prop::bool::weighted(0.4), prop::bool::weighted(0.1));
    let draft = (vec(flags(), 3), vec(prop::option::weighted(0.4, 0..4_usize), 12));
    let draft = draft.prop_map(|(routes, groups)| Draft { routes, groups });
    (shape, vec(networks(), 3), vec(draft, 3))
        .prop_map(|(shape, networks, drafts)| composed(shape, networks, &drafts))
        .prop_flat_map(move |networks| {
            let flow = flow_in(networks.clone());
            (Just(networks), vec(flow, flows)).prop_map(|(networks, flows)| World { networks, flows })
        })
}

/// The world of a seed, always the same one. `None` if the generator gives up, which it never does.
pub fn sample_world(seed: u64, flows: usize) -> Option<World> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    worlds(flows).new_tree(&mut runner).ok().map(|tree| tree.current())
}

fn flow_in(networks: Vec<Network>) -> BoxedStrategy<(usize, Flow)> {
    (0..networks.len())
        .prop_flat_map(move |home| {
            let others = networks.iter().enumerate().filter(|(i, _)| *i != home);
            let interfaces = others.flat_map(|(_, network)| network.interfaces.values());
            let foreign: Vec<IpAddr> = interfaces.flat_map(crate::NetworkInterface::all_addresses).collect();
            let own = |address: &IpAddr| networks.get(home).is_some_and(|n| n.is_local(*address));
            let foreign = foreign.into_iter().filter(|address| !own(address)).collect();
            let home_network =
                networks.get(home).cloned().unwrap_or_else(|| Network::new("".into(), Ipv4Net::default()));
            flow_among(&home_network, foreign).prop_map(move |flow| (home, flow))
        })
        .boxed()
}

fn composed(shape: Shape, networks: Vec<Network>, drafts: &[Draft]) -> Vec<Network> {
    let count = match shape {
        Shape::Alone => 1,
        Shape::Pair => 2,
        Shape::Chain | Shape::Overlap => 3,
    };
    let second_octets: [u8; 3] = if shape == Shape::Overlap { [0, 1, 0] } else { [0, 1, 2] };
    let names = ["", "b", "c"];
    let drawn = networks.iter().zip(names).zip(second_octets).take(count);
    let mut networks: Vec<Network> = drawn.filter_map(|((n, name), octet)| renamed(n, name, octet)).collect();
    let mut connections = Vec::new();
    for (id, ends) in ["pcx-1", "pcx-2"].into_iter().zip([[0, 1], [1, 2]]) {
        for (from, to) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            if let (Some(there), Some(draft)) = (networks.get(to).cloned(), drafts.get(from)) {
                join(&mut networks, id, from, &there, draft);
            }
        }
        if let [Some(a), Some(b)] = ends.map(|i| networks.get(i).map(|network| network.vpc.clone())) {
            connections.push(PeeringConnection { id: id.into(), requester: a, accepter: b });
        }
    }
    connect(&mut networks, &connections);
    networks
}

/// The same network under another letter and with other addresses.
fn renamed(drawn: &Network, name: &str, octet: u8) -> Option<Network> {
    let mut text = network_text(drawn);
    // Blocks of IPv6 never overlap: they are Amazon's.
    let number = 1 + name.bytes().next().map_or(0, |letter| letter - b'a');
    text =
        text.replace("2001:db8:2:", "2001:db8:PEER:").replace("2001:db8:1:", &format!("2001:db8:{number}:"));
    text = text.replace("2001:db8:PEER:", if number == 2 { "2001:db8:1:" } else { "2001:db8:2:" });
    text = text.replace("eigw-", "OUTWARD-");
    for prefix in ["subnet-", "rtb-", "acl-", "sg-", "eni-", "igw-", "nat-", "vpce-"] {
        text = text.replace(prefix, &format!("{prefix}{name}"));
    }
    text = text.replace("OUTWARD-", &format!("eigw-{name}"));
    // Public addresses stay apart even where private ones do not.
    let public = 100 + name.bytes().next().map_or(0, |letter| letter - b'a');
    text = text.replace("198.18.100.", &format!("198.18.{public}."));
    text = text.replace("10.100.", &format!("10.{}.", 100 + octet));
    text = text
        .replace(" 10.1.", " 10.PEER.")
        .replace(" 10.0.", &format!(" 10.{octet}."))
        .replace(",10.0.", &format!(",10.{octet}."));
    text = text.replace(" 10.PEER.", if octet == 1 { " 10.0." } else { " 10.1." });
    let mut network = network(&text).ok()?;
    network.vpc = format!("vpc-1{name}").into();
    Some(network)
}

/// Routes and rules of one network that lead to another by a connection.
fn join(networks: &mut [Network], id: &str, from: usize, to: &Network, draft: &Draft) {
    let beyond: Vec<IpNet> = networks.iter().flat_map(Network::all_cidrs).collect();
    let groups: Vec<&SecurityGroupId> = to.security_groups.keys().collect();
    let Some(network) = networks.get_mut(from) else { return };
    let own: Vec<IpNet> = network.all_cidrs().collect();
    let there: Vec<IpNet> = to.all_cidrs().collect();
    let everything: [IpNet; 2] = [Ipv4Net::default().into(), Ipv6Net::default().into()];
    for (table, (peer, far, all)) in network.route_tables.values_mut().zip(&draft.routes) {
        let route =
            |destination: IpNet| Route { destination, prefix_list: None, target: Target::Peering(id.into()) };
        let is_free = |table: &crate::RouteTable, cidr: &IpNet| {
            !own.contains(cidr) && table.routes.iter().all(|r| r.destination != *cidr)
        };
        let wanted = there.iter().filter(|_| *peer).chain(beyond.iter().filter(|_| *far));
        let wanted = wanted.chain(everything.iter().filter(|_| *all));
        for cidr in wanted.copied() {
            if is_free(table, &cidr) {
                table.routes.push(route(cidr));
            }
        }
    }
    let rules = network.security_groups.values_mut().flat_map(|group| &mut group.rules);
    for (rule, group) in rules.zip(draft.groups.iter().cycle()) {
        if let (Peer::Group(named), Some(group)) = (&mut rule.peer, group.and_then(|g| groups.get(g))) {
            *named = (*group).clone();
        }
    }
}
