//! The router's ruleset: the order of [`vpc::Plan`]'s documentation, with one map or set per step, so that an
//! interface that comes or goes changes elements and no chain.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;

use base::{NetworkInterfaceId, VpcEndpointId, VpcPeeringConnectionId};
use ipnet::{IpNet, Ipv6Net};
use vpc::{LinkPlan, Plan};

use super::{acl, forward, group, link, record, routes};
use crate::linux::netlink::family::Family;
use crate::linux::netns::LOOPBACK;
use crate::linux::nft::expression::{Expression, Meta, Verdict};
use crate::linux::nft::ruleset::{Chain, Data, Element, Field, Point, Ruleset, Set, SetKind};
use crate::linux::nft::shorthand::{
    Side, accept, address_in, address_within, came_by, entry, established, goto, inner,
    interface_and_address_in, interface_in, mark_from, member, protocol_in, report_and_drop, rule, traffic,
    translate,
};

/// Ahead of connection tracking: what may not be sent is not tracked either.
const BEFORE_TRACKING: i32 = -300;
const DESTINATION_TRANSLATION: i32 = -100;
const FILTER: i32 = 0;
const SOURCE_TRANSLATION: i32 = 100;
const DNS_PORT: u16 = 53;
const TRANSLATED_PROTOCOLS: [u8; 3] = [1, 6, 17];

/// Everything the rules need to know.
pub struct Wiring<'a> {
    /// What the VPC is.
    pub plan: &'a Plan,
    /// The kind of IP that the rules are for.
    pub family: Family,
    /// The number of each interface's link in the router.
    pub links: &'a BTreeMap<NetworkInterfaceId, u32>,
    /// The number of the link to the internet.
    pub internet: Option<u32>,
    /// The number of the link to the internet through the egress-only gateway; of IPv6 only.
    pub outward: Option<u32>,
    /// The numbers of the links to peered VPCs.
    pub peerings: &'a BTreeMap<VpcPeeringConnectionId, u32>,
    /// The numbers of the links to gateway endpoints.
    pub gateway_endpoints: &'a BTreeMap<VpcEndpointId, u32>,
}

impl<'a> Wiring<'a> {
    /// The VPC's blocks of this kind.
    pub fn cidrs(&self) -> Vec<IpNet> {
        match self.family {
            Family::Ipv4 => self.plan.cidrs.iter().copied().map(IpNet::V4).collect(),
            Family::Ipv6 => self.plan.ipv6_cidrs.iter().copied().map(IpNet::V6).collect(),
        }
    }

    /// The links that exist, with their numbers.
    pub fn present(&self) -> impl Iterator<Item = (u32, &'a NetworkInterfaceId, &'a LinkPlan)> + '_ {
        self.plan.links.iter().filter_map(|(id, link)| Some((*self.links.get(id)?, id, &**link)))
    }
}

/// The ruleset of a VPC's router for one kind of IP.
pub fn ruleset(wiring: &Wiring<'_>) -> Ruleset {
    let mut ruleset = Ruleset { family: wiring.family, ..Ruleset::default() };
    sets(wiring, &mut ruleset.sets);
    match wiring.family {
        Family::Ipv4 => {
            ruleset.chains.insert("arrive".into(), arrive());
            ruleset.chains.insert("input".into(), input());
            translations(wiring, &mut ruleset);
        }
        Family::Ipv6 => ruleset.chains.extend(ipv6_edges()),
    }
    routes::add(wiring, &mut ruleset);
    acl::add(wiring, &mut ruleset);
    group::add(wiring, &mut ruleset);
    forward::add(wiring, &mut ruleset);
    record::add(wiring, &mut ruleset);
    fill(wiring, &mut ruleset.sets);
    ruleset
}

/// Step 1: sources are checked where packets enter, and the way in is remembered as a mark for the routing rules.
fn arrive() -> Chain {
    let rules = vec![
        rule("the link chooses the route table", [mark_from("marks")]),
        rule(
            "own source",
            [interface_and_address_in(Family::Ipv4, Meta::InInterface, Side::Source, "own"), accept()],
        ),
        rule("source check off", [interface_in(Meta::InInterface, "unchecked"), accept()]),
        rule("spoofed", [report_and_drop(format!("spoof {}", super::CAME_BY))]),
    ];
    entry("filter", Point::Prerouting, BEFORE_TRACKING, rules)
}

/// Steps 1 and 2 of IPv6: the same checks of sources, but what is for a link alone (neighbour discovery, router
/// advertisements, whatever names a link-local address or a group) is let go no further than the link, and routes
/// that drop end in the router.
fn ipv6_edges() -> [(String, Chain); 3] {
    let multicast = Ipv6Net::new_assert(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8).into();
    let link_local = routes::link_local(Family::Ipv6);
    let own = interface_and_address_in(Family::Ipv6, Meta::InInterface, Side::Source, "own");
    let silence = || vec![Expression::Verdict(Verdict::Drop)];
    let nobody = report_and_drop(vpc::DropRef::NoInterface.to_string());
    let arrive = vec![
        rule("for the link alone", [address_within(Side::Destination, multicast), silence()]),
        rule("the link chooses the route table", [mark_from("marks")]),
        rule("own source", [own, goto("arrived")]),
        rule("source check off", [interface_in(Meta::InInterface, "unchecked"), goto("arrived")]),
        rule("spoofed", [report_and_drop(format!("spoof {}", super::CAME_BY))]),
    ];
    let arrived = vec![
        rule("a link-local address", [address_within(Side::Destination, link_local), nobody]),
        rule("an address that is carried", [accept()]),
    ];
    let input = vec![
        rule("own processes", [came_by(LOOPBACK), accept()]),
        rule("a route that drops", [goto("lost")]),
    ];
    [
        ("arrive".into(), entry("filter", Point::Prerouting, BEFORE_TRACKING, arrive)),
        ("arrived".into(), inner(arrived)),
        ("input".into(), entry("filter", Point::Input, FILTER, input)),
    ]
}

/// What ends in the router itself: DNS, to which neither groups nor ACLs apply.
fn input() -> Chain {
    let dns = |t: fn(vpc::PortRange) -> vpc::Traffic| traffic(t(vpc::PortRange::one(DNS_PORT)));
    let nothing = || report_and_drop(vpc::DropRef::NoInterface.to_string());
    let to_resolver = || address_in(Family::Ipv4, Side::Destination, "resolvers");
    let rules = vec![
        rule("established", [established(), accept()]),
        rule("own processes", [came_by(LOOPBACK), accept()]),
        rule("from another vpc", [interface_in(Meta::InInterface, "peers"), nothing()]),
        rule("dns", [to_resolver(), dns(vpc::Traffic::Udp), accept()]),
        rule("dns", [to_resolver(), dns(vpc::Traffic::Tcp), accept()]),
        rule("nothing else is served here", [nothing()]),
    ];
    entry("filter", Point::Input, FILTER, rules)
}

/// The internet gateway: one public address for one private one, in both directions.
fn translations(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    let Some(internet) = wiring.internet else { return };
    let inward = rule("public to private", [came_by(internet), translate(Side::Destination, "private-of")]);
    let outward = rule(
        "private to public",
        [crate::linux::nft::shorthand::leaves_by(internet), translate(Side::Source, "public-of")],
    );
    let inward = entry("nat", Point::Prerouting, DESTINATION_TRANSLATION, vec![inward]);
    let outward = entry("nat", Point::Postrouting, SOURCE_TRANSLATION, vec![outward]);
    ruleset.chains.insert("from-internet".into(), inward);
    ruleset.chains.insert("to-internet".into(), outward);
}

fn sets(wiring: &Wiring<'_>, sets: &mut BTreeMap<String, Set>) {
    sets.extend(link::sets(wiring.family));
    let mut add = |name: &str, key: &[Field], kind: SetKind, elements: BTreeSet<Element>| {
        sets.insert(name.into(), Set { elements, ..Set::new(key, kind) });
    };
    let interface = |index: &u32| member(index.to_ne_bytes().to_vec());
    let peers: BTreeSet<Element> = wiring.peerings.values().map(interface).collect();
    // The router itself, the internet, gateway endpoints and other routers may send from any address.
    let gateways = wiring
        .internet
        .iter()
        .chain(wiring.gateway_endpoints.values())
        .chain(&wiring.outward)
        .chain([&LOOPBACK])
        .map(interface)
        .chain(peers.iter().cloned());
    add("unchecked", &[Field::Interface], SetKind::Set, gateways.collect());
    add("peers", &[Field::Interface], SetKind::Set, peers);
    if wiring.family == Family::Ipv4 {
        add_ipv4(wiring.plan, &mut add);
    }
}

/// What only IPv4 has: address translation and a resolver.
fn add_ipv4(plan: &Plan, add: &mut impl FnMut(&str, &[Field], SetKind, BTreeSet<Element>)) {
    const ADDRESS: Field = Field::Address(Family::Ipv4);
    let protocols = TRANSLATED_PROTOCOLS.iter().map(|p| member(vec![*p])).collect();
    add("translated", &[Field::Protocol], SetKind::Set, protocols);
    let resolvers = resolvers(plan).iter().map(|a| member(a.octets().to_vec())).collect();
    add("resolvers", &[ADDRESS], SetKind::Set, resolvers);
    let translations = &plan.translations;
    let pair = |key: std::net::Ipv4Addr, value: std::net::Ipv4Addr| Element {
        key: key.octets().to_vec(),
        data: Data::Value(value.octets().to_vec()),
    };
    let outward = translations.iter().map(|t| pair(t.private, t.public)).collect();
    let inward = translations.iter().map(|t| pair(t.public, t.private)).collect();
    add("public-of", &[ADDRESS], SetKind::Map(ADDRESS), outward);
    add("private-of", &[ADDRESS], SetKind::Map(ADDRESS), inward);
}

/// Puts each link's elements into the sets, which must be there.
fn fill(wiring: &Wiring<'_>, sets: &mut BTreeMap<String, Set>) {
    for (index, _, plan) in wiring.present() {
        let own = link::elements(wiring.family, index, plan);
        for (set, element) in own.into_iter().chain(link::shared_elements(plan)) {
            if let Some(set) = sets.get_mut(&set) {
                set.elements.insert(element);
            }
        }
    }
}

/// Where DNS is served in a VPC.
pub fn resolvers(plan: &Plan) -> Vec<std::net::Ipv4Addr> {
    let link_local = std::net::Ipv4Addr::new(169, 254, 169, 253);
    plan.resolver.map(|resolver| vec![resolver, link_local]).unwrap_or_default()
}

/// What the protocols a NAT gateway translates look like in a rule.
pub fn translated_protocol() -> Vec<Expression> {
    protocol_in("translated")
}
