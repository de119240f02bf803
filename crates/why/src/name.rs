//! What the target's name is.

use crate::service_endpoint::endpoint_without_private_dns;
use crate::{Dns, Layer, Placement, Question, Step, endpoint_of};
use std::net::IpAddr;
use vpc::Network;

/// The step and the addresses that are asked next.
pub(crate) fn step(question: &Question<'_>) -> (Step, Vec<IpAddr>) {
    let host = &question.target.host;
    match &question.dns {
        Dns::Literal(address) => {
            (Step::ok(Layer::Dns, format!("{address} needs no name"), None), vec![*address])
        }
        Dns::Addresses(addresses) if !addresses.is_empty() => {
            (Step::ok(Layer::Dns, resolved(question, addresses), None), addresses.clone())
        }
        Dns::Addresses(_) | Dns::NoSuchName => (
            Step::fails(Layer::Dns, format!("{host} does not exist{}", place(question)), None, vec![]),
            vec![],
        ),
        Dns::Off => (switched_off(question), vec![]),
    }
}

fn network<'a>(question: &'a Question<'_>) -> Option<&'a Network> {
    match &question.subject.placement {
        Placement::Vpc { network, .. } => Some(network),
        Placement::Outside { .. } => None,
    }
}

fn place(question: &Question<'_>) -> String {
    network(question).map_or_else(String::new, |network| format!(" for the resolver of {}", network.vpc))
}

fn resolved(question: &Question<'_>, addresses: &[IpAddr]) -> String {
    let list = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let host = &question.target.host;
    match (network(question), &question.target.service) {
        (Some(network), Some(service)) => match endpoint_of(network, addresses) {
            Some(vpce) => format!("{host} is {list}, of endpoint {vpce}"),
            None => format!("{host} is {list}, a public address: {}", why_public(network, service, host)),
        },
        _ => format!("{host} is {list}"),
    }
}

/// Why the name of a service leads out of the VPC.
pub(crate) fn why_public(network: &Network, service: &str, host: &str) -> String {
    match endpoint_without_private_dns(network, service, host) {
        Some(vpce) => format!("{vpce} has no private DNS for this name"),
        None => format!("{} has no endpoint for {service}", network.vpc),
    }
}

fn switched_off(question: &Question<'_>) -> Step {
    let vpc = network(question).map(|network| network.vpc.clone());
    let fix = vpc
        .iter()
        .map(|vpc| format!("aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support Value=true"));
    let reason = match &vpc {
        Some(vpc) => format!("{vpc} has no resolver: enableDnsSupport is off"),
        None => "there is no resolver".to_owned(),
    };
    let rule = vpc.as_ref().map(|vpc| format!("{vpc} enableDnsSupport"));
    Step::fails(Layer::Dns, reason, rule, fix.collect())
}
