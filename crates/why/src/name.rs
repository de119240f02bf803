//! What the target's name is.

use crate::service_endpoint::{endpoint_with_name, endpoint_without_private_dns};
use crate::{Dns, Layer, Placement, Question, Step, endpoint_of};
use std::net::IpAddr;
use vpc::Network;

/// The step and the addresses that are asked next.
pub(crate) fn step(question: &Question<'_>) -> (Step, Vec<IpAddr>) {
    let host = &question.target.host;
    match &question.dns {
        Dns::Literal(address) => (Step::ok(Layer::Dns, literal(question, *address), None), vec![*address]),
        Dns::Addresses(addresses) if !addresses.is_empty() => {
            (Step::ok(Layer::Dns, resolved(question, addresses), None), addresses.clone())
        }
        Dns::Addresses(_) | Dns::NoSuchName => (
            Step::fails(Layer::Dns, format!("{host} does not exist{}", place(question)), None, vec![]),
            vec![],
        ),
        Dns::AtLarge => {
            let reason = format!(
                "{host} is a name of the internet at large: it leads somewhere with `moat up --internet proxy` only, \
                 and is asked about here by its address"
            );
            (Step::fails(Layer::Dns, reason, None, vec![]), vec![])
        }
        Dns::Off => (switched_off(question), vec![]),
    }
}

/// An address that is asked for by itself; whose it is where that is known.
fn literal(question: &Question<'_>, address: IpAddr) -> String {
    match &question.target.service {
        Some(_) => format!("{address} is of {}", question.target.host),
        None => format!("{address} needs no name"),
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
    let gives_names = network.dns_support && network.dns_hostnames;
    match endpoint_with_name(network, service, host) {
        Some(vpce) if gives_names => return format!("{host} leads to {vpce} now"),
        Some(vpce) => {
            let vpc = &network.vpc;
            return format!(
                "the private DNS of {vpce} needs enableDnsSupport and enableDnsHostnames: not both are on in {vpc}"
            );
        }
        None => {}
    }
    match endpoint_without_private_dns(network, service, host) {
        Some(vpce) => format!("{vpce} has no private DNS for this name"),
        None => format!("{} has no endpoint for {service}", network.vpc),
    }
}

fn switched_off(question: &Question<'_>) -> Step {
    let Some(network) = network(question) else {
        return Step::fails(Layer::Dns, "there is no resolver", None, vec![]);
    };
    let rule = format!("{} enableDnsSupport", network.vpc);
    Step::fails(Layer::Dns, no_resolver(network), Some(rule), vec![switch_on(network)])
}

pub(crate) fn no_resolver(network: &Network) -> String {
    format!("{} has no resolver: enableDnsSupport is off", network.vpc)
}

pub(crate) fn switch_on(network: &Network) -> String {
    format!("aws ec2 modify-vpc-attribute --vpc-id {} --enable-dns-support Value=true", network.vpc)
}
