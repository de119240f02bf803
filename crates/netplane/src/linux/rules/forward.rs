//! The router's forward path, steps 2 to 7 of [`vpc::Plan`].

use ipnet::IpNet;
use vpc::{Direction, DropRef};

use crate::linux::netlink::family::Family;
use crate::linux::netns::LOOPBACK;
use crate::linux::nft::expression::{Expression, Meta};
use crate::linux::nft::ruleset::{Chain, Point, Rule, Ruleset};
use crate::linux::nft::shorthand::{
    Side, accept, address_in, address_within, answers, by_interface, by_interface_and_then, came_by, entry,
    established, goto, inner, interface_and_address_in, interface_in, leaves_by, never_outward,
    not_established, remember_outward, report_and_drop, rule, way_in,
};

use super::link::{combinations_map, groups_map};
use super::router::{Wiring, translated_protocol};
use super::{CAME_BY, LEAVES_BY};

/// Adds the forward path to a router's ruleset.
pub fn add(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    ruleset.chains.insert("forward".into(), forward(wiring));
    ruleset.chains.insert("enter".into(), enter());
    ruleset.chains.insert("finish".into(), finish(wiring));
}

fn forward(wiring: &Wiring<'_>) -> Chain {
    let mut rules = Vec::new();
    if wiring.family == Family::Ipv4 {
        // Routes that lead nowhere lead to the loopback interface, so that the drop can be named here. Those of IPv6
        // end in the router: see `input`.
        rules.push(rule("a route that drops", [leaves_by(LOOPBACK), goto("lost")]));
    }
    rules.push(rule("loop", [way_in("loops"), report_and_drop(format!("loop {CAME_BY}"))]));
    if let (Some(link), Some(gateway)) = (wiring.outward, &wiring.plan.egress_only_internet_gateway) {
        let refused = || report_and_drop(DropRef::EgressOnly(gateway.clone()).to_string());
        rules.push(rule("nothing begins outside", [came_by(link), not_established(), refused()]));
        rules.push(rule("no answer to what went otherwise", [came_by(link), never_outward(), refused()]));
        rules.push(rule("no answer to what came otherwise", [leaves_by(link), answers(), refused()]));
        rules.push(rule("what goes out is remembered", [leaves_by(link), remember_outward()]));
    }
    rules.extend([
        rule("acl out of the source subnet", [by_interface(Meta::InGroup, "acl-out")]),
        rule("acl into the destination subnet", [by_interface(Meta::OutGroup, "acl-in")]),
        rule("established", [established(), accept()]),
        rule("groups of the source", [by_groups(Meta::InInterface, Direction::Egress)]),
        rule("source without groups", [goto("enter")]),
    ]);
    entry("filter", Point::Forward, 0, rules)
}

/// To the chain of the groups of an interface.
fn by_groups(meta: Meta, direction: Direction) -> Vec<Expression> {
    by_interface_and_then(meta, &groups_map(direction), &combinations_map(direction))
}

/// Where a connection goes on that its source's groups let out.
fn enter() -> Chain {
    inner(vec![
        rule("groups of the destination", [by_groups(Meta::OutInterface, Direction::Ingress)]),
        rule("destination without groups", [goto("finish")]),
    ])
}

/// From an address of this VPC to one of the other.
fn crossing(link: u32, from: &[IpNet], to: &[IpNet]) -> Vec<Rule> {
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from.trunc(), to.trunc())));
    let pass = |(from, to): (IpNet, IpNet)| {
        let ends = [address_within(Side::Source, from), address_within(Side::Destination, to)].concat();
        rule("from one vpc to the other", [leaves_by(link), ends, accept()])
    };
    pairs.map(pass).collect()
}

/// The destination's own conditions.
fn finish(wiring: &Wiring<'_>) -> Chain {
    let family = wiring.family;
    let nat = || report_and_drop(format!("nat {LEAVES_BY}"));
    let nats = || interface_in(Meta::OutInterface, "nats");
    let to = |set| interface_and_address_in(family, Meta::OutInterface, Side::Destination, set);
    let mut rules = vec![
        rule(
            "functions accept nothing",
            [interface_in(Meta::OutInterface, "hubs"), report_and_drop(format!("hub {LEAVES_BY}"))],
        ),
        rule("a nat gateway has no service", [to("nats-own"), nat()]),
    ];
    if family == Family::Ipv4 {
        rules.push(rule("a nat gateway translates", [nats(), translated_protocol(), accept()]));
    }
    rules.extend([
        rule("a nat gateway translates nothing else", [nats(), nat()]),
        rule("own destination", [to("own"), accept()]),
        rule("destination check off", [interface_in(Meta::OutInterface, "unchecked-out"), accept()]),
    ]);
    let cidrs = wiring.cidrs();
    for link in wiring.gateway_endpoints.values() {
        rules.push(rule("to a gateway endpoint", [leaves_by(*link), accept()]));
    }
    for (id, peering) in &wiring.plan.peerings {
        let Some(link) = wiring.peerings.get(id) else { continue };
        let there: Vec<IpNet> = peering.cidrs.iter().copied().filter(|cidr| family.has(*cidr)).collect();
        rules.extend(crossing(*link, &cidrs, &there));
        rules.push(rule(
            id.to_string(),
            [leaves_by(*link), report_and_drop(DropRef::Transit(id.clone()).to_string())],
        ));
    }
    for link in wiring.internet.into_iter().chain(wiring.outward) {
        let public: Vec<_> = match family {
            Family::Ipv4 => vec![address_in(family, Side::Source, "has-public")],
            Family::Ipv6 => cidrs.iter().map(|cidr| address_within(Side::Source, *cidr)).collect(),
        };
        rules.extend(
            public.into_iter().map(|from| rule("to the internet", [leaves_by(link), from, accept()])),
        );
        let prefix = format!("no-public {CAME_BY}");
        rules.push(rule("to the internet", [leaves_by(link), report_and_drop(prefix)]));
    }
    rules.push(rule("not its own destination", [report_and_drop(format!("dest-check {LEAVES_BY}"))]));
    inner(rules)
}
