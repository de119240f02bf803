//! Three real VPCs, exported from AWS with `describe-*`, and what is known to happen in them. The files
//! are not part of this repository; without them this says so and leaves the field to the other tests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod export;

use export::{Case, Export, exports, is_somebody_elses};
use vpc::{
    Delivery, Flow, Hop, InterfaceKind, Link, Network, Plan, Reason, Step, Trace, Verdict, compile, walk,
};

/// How many packets are known of.
const CASES: usize = 23;

#[test]
fn real_vpcs_behave_as_they_are_known_to() {
    let exports = match exports() {
        Ok(exports) => exports,
        Err(folder) => {
            eprintln!("real VPCs: 0 cases, {} is not there", folder.display());
            return;
        }
    };
    let mut wrong = Vec::new();
    for export in &exports {
        for case in &export.cases {
            let network = export.home(&case.flow);
            let trace = walk(network, &case.flow);
            wrong.extend(disagreement(export, case, &trace));
            agrees_with_plan(export, &case.flow, &trace);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(exports.iter().map(|export| export.cases.len()).sum::<usize>(), CASES);
}

fn disagreement(export: &Export, case: &Case, trace: &Trace) -> Option<String> {
    let network = export.home(&case.flow);
    let met = (disposition(&trace.verdict), gateways(network, &trace.forward));
    // What is dropped may be told to be dropped one node later: the sender's network is the router here.
    let as_known =
        if trace.is_delivered() { met.1 == case.gateways } else { case.gateways.starts_with(&met.1) };
    // The answer comes in by the gateway that the packet left by.
    let entered = met.1.last().filter(|_| trace.verdict == Verdict::Delivered(Delivery::Internet)).cloned();
    let answer: Vec<String> = entered.into_iter().chain(gateways(network, &trace.reply)).collect();
    let back = case.back.as_ref().is_none_or(|back| *back == answer);
    let told = format!("{} {}: expected {} by {:?}", export.name, case.name, case.disposition, case.gateways);
    (met.0 != case.disposition || !as_known || !back).then(|| format!("{told}, met {met:?}\n{trace}"))
}

/// The export's word for what the walk says.
fn disposition(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered(Delivery::Internet) => "EXITS_NETWORK",
        Verdict::Delivered(Delivery::Interface(id)) if id.as_str() == export::SITE_HOST => "EXITS_NETWORK",
        Verdict::Delivered(_) => "ACCEPTED",
        // The packet is none of the VPC's, which says no more than that.
        Verdict::Dropped { by: Reason::NoSuchPublicAddress { address }, .. } => {
            if is_somebody_elses(*address) { "EXITS_NETWORK" } else { "NULL_ROUTED" }
        }
        // The VPN gateway has routes to the site and to the VPC only.
        Verdict::Dropped {
            by: Reason::NoRoute { .. } | Reason::Blackhole { .. } | Reason::Transit { .. },
            ..
        } => "NO_ROUTE",
        Verdict::Dropped { .. } => "DENIED_IN",
    }
}

/// The gateways that a packet meets. What goes over a gateway both ends of which are known here meets it twice.
fn gateways(network: &Network, hops: &[Hop]) -> Vec<String> {
    let nat = |link: &Link| match link {
        Link::Interface(id) => match &network.interfaces.get(id)?.kind {
            InterfaceKind::NatGateway(nat) => Some(nat.to_string()),
            _ => None,
        },
        Link::InternetGateway => network.internet_gateway.as_ref().map(ToString::to_string),
        Link::Peering(id) => Some(id.to_string()),
        _ => None,
    };
    let mut met: Vec<String> = hops
        .iter()
        .filter_map(|hop| match &hop.step {
            Step::Routed { to, .. } => nat(to),
            Step::Translated { by, .. } => nat(by),
            _ => None,
        })
        .collect();
    met.dedup();
    met
}

fn agrees_with_plan(export: &Export, flow: &Flow, trace: &Trace) {
    use vpc::simulate::{Outcome, simulate_among};
    let plans: Vec<Plan> = export.networks.iter().map(compile).collect();
    let home = compile(export.home(flow));
    let delivered = matches!(simulate_among(&plans, &home, flow), Outcome::Delivered(_));
    assert_eq!(delivered, trace.is_delivered(), "{flow}\n{trace}");
}
