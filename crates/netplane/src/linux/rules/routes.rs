//! Routes that drop, as rules: the kernel's own blackholes say nothing, so such routes lead to the loopback
//! interface (of IPv6, which has no such routes, to the router itself), and here the packet's table and destination tell which route it was.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use vpc::{DropRef, RouteAction, RoutePlan};

use super::router::Wiring;
use crate::linux::netlink::family::Family;
use crate::linux::nft::expression::Verdict;
use crate::linux::nft::ruleset::{Data, Element, Field, Rule, Ruleset, Set, SetKind};
use crate::linux::nft::shorthand::{Side, address_within, by_mark, inner, leads, report_and_drop, rule};

/// Adds the drops of each table to a router's ruleset.
pub fn add(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    let mut by_table = BTreeSet::<Element>::new();
    for table in wiring.plan.tables.values() {
        let chain = format!("lost-{}", table.number);
        by_table.insert(leads(table.number, Verdict::Goto(chain.clone())));
        let routes = table.routes.iter().filter(|route| wiring.family.has(route.destination));
        let rules = routes.map(route_rule).collect();
        ruleset.chains.insert(chain, inner(rules));
    }
    ruleset
        .sets
        .insert("tables".into(), Set { elements: by_table, ..Set::new(&[Field::Mark], SetKind::VerdictMap) });
    let nobody = || report_and_drop(DropRef::NoInterface.to_string());
    let link_local = link_local(wiring.family);
    let lost = vec![
        // No route is asked for these.
        rule("a link-local address", [address_within(Side::Destination, link_local), nobody()]),
        rule("the table of the link", [by_mark("tables")]),
        rule("nobody has the address", [nobody()]),
    ];
    ruleset.chains.insert("lost".into(), inner(lost));
    if wiring.family == Family::Ipv4 {
        let private = |t: &vpc::Translation| Element { key: t.private.octets().to_vec(), data: Data::None };
        let elements = wiring.plan.translations.iter().map(private).collect();
        let set = Set { elements, ..Set::new(&[Field::Address(Family::Ipv4)], SetKind::Set) };
        ruleset.sets.insert("has-public".into(), set);
    }
}

/// Addresses that mean something on one link only.
pub fn link_local(family: Family) -> IpNet {
    match family {
        Family::Ipv4 => Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16).into(),
        Family::Ipv6 => Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10).into(),
    }
}

/// Routes stand longest prefix first, so the first that covers the destination is the one the kernel took.
fn route_rule(route: &RoutePlan) -> Rule {
    let reason = match &route.action {
        RouteAction::Drop(reason) => reason.clone(),
        RouteAction::Local => DropRef::NoInterface,
        RouteAction::Link(_)
        | RouteAction::InternetGateway
        | RouteAction::EgressOnlyInternetGateway
        | RouteAction::GatewayEndpoint(_)
        | RouteAction::Peering(_) => blackhole(route),
    };
    rule(
        route.origin.to_string(),
        [address_within(Side::Destination, route.destination), report_and_drop(reason.to_string())],
    )
}

/// A target that is not wired in the kernel is as good as gone.
fn blackhole(route: &RoutePlan) -> DropRef {
    match &route.origin {
        vpc::RuleRef::Route { table, destination } => {
            DropRef::Blackhole { table: table.clone(), destination: *destination }
        }
        _ => DropRef::NoInterface,
    }
}
