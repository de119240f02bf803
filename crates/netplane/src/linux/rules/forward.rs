//! The router's forward path, steps 2 to 7 of [`vpc::Plan`].

use ipnet::Ipv4Net;
use vpc::DropRef;

use crate::linux::netns::LOOPBACK;
use crate::linux::nft::expression::Meta;
use crate::linux::nft::ruleset::{Chain, Point, Rule, Ruleset};
use crate::linux::nft::shorthand::{
    Side, accept, address_in, address_within, by_interface, entry, established, goto, inner,
    interface_and_address_in, interface_in, leaves_by, report_and_drop, rule, way_in,
};

use super::router::{Wiring, translated_protocol};
use super::{CAME_BY, LEAVES_BY};

/// Adds the forward path to a router's ruleset.
pub fn add(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    ruleset.chains.insert("forward".into(), forward());
    ruleset.chains.insert("enter".into(), enter());
    ruleset.chains.insert("finish".into(), finish(wiring));
}

fn forward() -> Chain {
    let rules = vec![
        // Routes that lead nowhere lead to the loopback interface, so that the drop can be named here.
        rule("a route that drops", [leaves_by(LOOPBACK), goto("lost")]),
        rule("loop", [way_in("loops"), report_and_drop(format!("loop {CAME_BY}"))]),
        rule("acl out of the source subnet", [by_interface(Meta::InInterface, "acl-out")]),
        rule("acl into the destination subnet", [by_interface(Meta::OutInterface, "acl-in")]),
        rule("established", [established(), accept()]),
        rule("groups of the source", [by_interface(Meta::InInterface, "group-out")]),
        rule("source without groups", [goto("enter")]),
    ];
    entry("filter", Point::Forward, 0, rules)
}

/// Where a connection goes on that its source's groups let out.
fn enter() -> Chain {
    inner(vec![
        rule("groups of the destination", [by_interface(Meta::OutInterface, "group-in")]),
        rule("destination without groups", [goto("finish")]),
    ])
}

/// From an address of this VPC to one of the other.
fn crossing(link: u32, from: &[Ipv4Net], to: &[Ipv4Net]) -> Vec<Rule> {
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from.trunc(), to.trunc())));
    let pass = |(from, to): (Ipv4Net, Ipv4Net)| {
        let ends = [address_within(Side::Source, from), address_within(Side::Destination, to)].concat();
        rule("from one vpc to the other", [leaves_by(link), ends, accept()])
    };
    pairs.map(pass).collect()
}

/// The destination's own conditions.
fn finish(wiring: &Wiring<'_>) -> Chain {
    let nat = || report_and_drop(format!("nat {LEAVES_BY}"));
    let nats = || interface_in(Meta::OutInterface, "nats");
    let to = |set| interface_and_address_in(Meta::OutInterface, Side::Destination, set);
    let mut rules = vec![
        rule(
            "functions accept nothing",
            [interface_in(Meta::OutInterface, "hubs"), report_and_drop(format!("hub {LEAVES_BY}"))],
        ),
        rule("a nat gateway has no service", [to("nats-own"), nat()]),
        rule("a nat gateway translates", [nats(), translated_protocol(), accept()]),
        rule("a nat gateway translates nothing else", [nats(), nat()]),
        rule("own destination", [to("own"), accept()]),
        rule("destination check off", [interface_in(Meta::OutInterface, "unchecked-out"), accept()]),
    ];
    for (id, peering) in &wiring.plan.peerings {
        let Some(link) = wiring.peerings.get(id) else { continue };
        rules.extend(crossing(*link, &wiring.plan.cidrs, &peering.cidrs));
        rules.push(rule(
            id.to_string(),
            [leaves_by(*link), report_and_drop(DropRef::Transit(id.clone()).to_string())],
        ));
    }
    if let Some(internet) = wiring.internet {
        let translated = address_in(Side::Source, "has-public");
        rules.push(rule("to the internet", [leaves_by(internet), translated, accept()]));
        let prefix = format!("no-public {CAME_BY}");
        rules.push(rule("to the internet", [leaves_by(internet), report_and_drop(prefix)]));
    }
    rules.push(rule("not its own destination", [report_and_drop(format!("dest-check {LEAVES_BY}"))]));
    inner(rules)
}
