//! The way to an AWS service that a subnet without the internet needs: an interface endpoint.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html>

use base::{NetworkInterfaceId, SecurityGroupId, VpcEndpointId};
use std::collections::BTreeSet;
use vpc::{Direction, InterfaceKind, Network, NetworkInterface, Payload, Peer};

/// An endpoint for the service that the name does not lead to.
pub(crate) fn endpoint_without_private_dns<'a>(
    network: &'a Network,
    service: &str,
    host: &str,
) -> Option<&'a VpcEndpointId> {
    endpoint(network, service, |names| !is_among(names, host))
}

/// An endpoint for the service that has the name.
pub(crate) fn endpoint_with_name<'a>(
    network: &'a Network,
    service: &str,
    host: &str,
) -> Option<&'a VpcEndpointId> {
    endpoint(network, service, |names| is_among(names, host))
}

fn is_among(names: &[String], host: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// An endpoint for the service whose private names are as wanted.
fn endpoint<'a>(
    network: &'a Network,
    service: &str,
    is_wanted: impl Fn(&[String]) -> bool,
) -> Option<&'a VpcEndpointId> {
    network.interfaces.values().find_map(|interface| match &interface.kind {
        InterfaceKind::Endpoint { vpce, services, names } => {
            (services.iter().any(|own| own == service) && is_wanted(names)).then_some(vpce)
        }
        _ => None,
    })
}

/// The commands that make the service's name lead to an endpoint in the subnets of these interfaces.
pub(crate) fn make_endpoint(
    network: &Network,
    service: &str,
    host: &str,
    port: u16,
    interfaces: &[NetworkInterfaceId],
) -> Vec<String> {
    let mut commands = Vec::new();
    for (on, attribute) in [(network.dns_support, "dns-support"), (network.dns_hostnames, "dns-hostnames")] {
        if !on {
            let vpc = &network.vpc;
            commands
                .push(format!("aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-{attribute} Value=true"));
        }
    }
    if endpoint_with_name(network, service, host).is_some() {
        return commands;
    }
    commands.push(match endpoint_without_private_dns(network, service, host) {
        Some(vpce) => format!("aws ec2 modify-vpc-endpoint --vpc-endpoint-id {vpce} --private-dns-enabled"),
        None => create_endpoint(network, service, port, interfaces),
    });
    commands
}

fn create_endpoint(network: &Network, service: &str, port: u16, interfaces: &[NetworkInterfaceId]) -> String {
    let interfaces: Vec<_> = interfaces.iter().filter_map(|id| network.interfaces.get(id)).collect();
    let subnets: BTreeSet<_> = interfaces.iter().map(|interface| interface.subnet.as_str()).collect();
    let subnets: Vec<_> = subnets.into_iter().collect();
    let mut command = format!(
        "aws ec2 create-vpc-endpoint --vpc-id {} --vpc-endpoint-type Interface --service-name {service} \
         --subnet-ids {} --private-dns-enabled",
        network.vpc,
        subnets.join(" ")
    );
    if let Some(group) = interfaces.first().and_then(|interface| group_for(network, interface, port)) {
        command += &format!(" --security-group-ids {group}");
    }
    command
}

/// The group under which the endpoint would be reached: best one that lets the interface in and that
/// the interface's own rules name, else either.
fn group_for<'a>(
    network: &'a Network,
    interface: &'a NetworkInterface,
    port: u16,
) -> Option<&'a SecurityGroupId> {
    let (address, payload) = (interface.primary_address()?, Payload::tcp(port));
    let lets_in =
        |id: &SecurityGroupId| network.rule_allowing(id, Direction::Ingress, address, payload).is_some();
    let names = |id: &SecurityGroupId| {
        let own = interface.groups.iter().filter_map(|group| network.security_groups.get(group));
        let mut rules = own.flat_map(|group| group.rules(Direction::Egress));
        rules.any(|rule| rule.traffic.matches(payload) && rule.peer == Peer::Group(id.clone()))
    };
    let worth = |id: &&SecurityGroupId| u8::from(lets_in(id)) * 2 + u8::from(names(id));
    let best = network.security_groups.keys().rev().max_by_key(worth)?;
    if worth(&best) > 0 { Some(best) } else { interface.groups.first() }
}
