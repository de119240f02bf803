//! Flow logs in the router: what reaches the end of its way is reported for the interfaces that a flow log covers.
//! Without such an interface nothing of this exists.

use vpc::flow_log::TrafficPath;

use super::router::Wiring;
use crate::linux::nflog::{self, FLOW_IN, flow_out};
use crate::linux::nft::expression::{Expression, Meta, Verdict};
use crate::linux::nft::ruleset::{Chain, Field, Hook, Point, Ruleset, Set, SetKind};
use crate::linux::nft::shorthand::{inner, interface_in, leaves_by, member, rule};

/// Ahead of source translation: records show private addresses.
const BEFORE_TRANSLATION: i32 = 50;

/// Adds the recording of flows to a router's ruleset.
pub fn add(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    let recorded = wiring.present().filter(|(_, _, link)| link.recorded);
    let elements: std::collections::BTreeSet<_> =
        recorded.map(|(index, ..)| member(index.to_ne_bytes().to_vec())).collect();
    if elements.is_empty() {
        return;
    }
    ruleset.sets.insert("recorded".into(), Set { elements, ..Set::new(&[Field::Interface], SetKind::Set) });
    ruleset.chains.insert("record-out".into(), outward(wiring));
    let jump = vec![Expression::Verdict(Verdict::Jump("record-out".into()))];
    let rules = vec![
        rule("leaves a recorded interface", [interface_in(Meta::InInterface, "recorded"), jump]),
        rule("reaches a recorded interface", [interface_in(Meta::OutInterface, "recorded"), report(FLOW_IN)]),
    ];
    let hook = Hook { kind: "filter", point: Point::Postrouting, priority: BEFORE_TRANSLATION, accept: true };
    ruleset.chains.insert("record".into(), Chain { hook: Some(hook), rules });
}

fn outward(wiring: &Wiring<'_>) -> Chain {
    let back = || vec![Expression::Verdict(Verdict::Return)];
    let by = |path| report(flow_out(path));
    let mut rules = Vec::new();
    for internet in wiring.internet.into_iter().chain(wiring.outward) {
        rules.push(rule("to the internet", [leaves_by(internet), by(TrafficPath::InternetGateway), back()]));
    }
    for link in wiring.gateway_endpoints.values() {
        let endpoint = by(TrafficPath::GatewayEndpoint);
        rules.push(rule("to a gateway endpoint", [leaves_by(*link), endpoint, back()]));
    }
    let peers = || interface_in(Meta::OutInterface, "peers");
    rules.push(rule("to a peered vpc", [peers(), by(TrafficPath::Peering), back()]));
    rules.push(rule("within the vpc", [by(TrafficPath::SameVpc)]));
    inner(rules)
}

fn report(prefix: &str) -> Vec<Expression> {
    vec![Expression::Log { group: nflog::FLOWS, prefix: prefix.into() }]
}
