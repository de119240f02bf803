//! Interface endpoints: their interfaces, private DNS and policies.
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html>

use crate::api;
use crate::change::Change;
use crate::endpoint_service::service_named;
use crate::error::{different_networks, invalid_parameter, refuse};
use crate::placement::{NewInterface, place};
use crate::read::Read;
use crate::state::{InterfaceType, NetworkInterface, Subnet, Vpc, VpcEndpoint};
use crate::tags::Tags;
use base::{NetworkInterfaceId, SubnetId};
use service::ServiceError;
use std::collections::BTreeMap;

/// Longest endpoint policy, in characters.
const MAX_POLICY: usize = 20_480;

/// Makes the endpoint's interface in a subnet. `present` are those it has already: an endpoint has
/// at most one in a zone.
pub(crate) fn enter(
    change: &mut Change<'_>,
    endpoint: &VpcEndpoint,
    present: &BTreeMap<SubnetId, NetworkInterfaceId>,
    subnet: &str,
) -> Result<(SubnetId, NetworkInterfaceId), ServiceError> {
    let subnet = change.find::<Subnet>(subnet)?;
    if subnet.vpc != endpoint.vpc {
        return Err(different_networks(format!("Subnet {}", subnet.id)));
    }
    for other in present.keys() {
        if change.find::<Subnet>(other.as_str())?.zone == subnet.zone {
            return Err(ServiceError::client(
                "DuplicateSubnetsInSameZone",
                format!("Found another VPC endpoint subnet in the availability zone of {}", subnet.id),
            ));
        }
    }
    let new = NewInterface {
        subnet: &subnet,
        groups: endpoint.groups.clone(),
        address: None,
        interface_type: InterfaceType::VpcEndpoint,
        description: format!("VPC Endpoint Interface {}", endpoint.id),
        requester: Some("amazon-aws"),
        attached_to: Some("amazon-aws"),
        tags: Tags::new(),
    };
    let interface = place(change, new)?;
    change.put(&interface)?;
    Ok((subnet.id.clone(), interface.id))
}

pub(crate) fn leave(change: &mut Change<'_>, interface: &NetworkInterfaceId) -> Result<(), ServiceError> {
    if let Some(row) = change.lookup::<NetworkInterface>(interface.as_str())? {
        change.remove(&*row)?;
    }
    Ok(())
}

/// Private DNS needs both DNS attributes of the VPC, and names that no other endpoint has.
pub(crate) fn check_private_dns(change: &Change<'_>, endpoint: &VpcEndpoint) -> Result<(), ServiceError> {
    let vpc = change.find::<Vpc>(endpoint.vpc.as_str())?;
    if !(vpc.dns_support && vpc.dns_hostnames) {
        return Err(invalid_parameter(format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
            vpc.id
        )));
    }
    let clashes = change.having::<VpcEndpoint>(|other| {
        other.id != endpoint.id
            && other.vpc == endpoint.vpc
            && other.private_dns
            && other.service_name == endpoint.service_name
    })?;
    if clashes.is_empty() {
        return Ok(());
    }
    let service = service_named(&endpoint.scope.region, &endpoint.service_name);
    let name = service.and_then(|s| s.private_names.into_iter().next()).unwrap_or_default();
    Err(invalid_parameter(format!(
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the VPC {}",
        vpc.id
    )))
}

/// A policy that a request gives.
pub(crate) fn policy(text: &str) -> Result<policy::Document, ServiceError> {
    let invalid = || ServiceError::client("InvalidPolicyDocument", "The policy document is not valid.");
    if text.chars().count() > MAX_POLICY {
        return Err(invalid());
    }
    policy::Document::parse(text).map_err(|_| invalid())
}

pub(crate) fn check_dns_options(
    operation: &str,
    options: Option<&api::DnsOptionsSpecification>,
) -> Result<(), ServiceError> {
    let Some(options) = options else { return Ok(()) };
    refuse(
        operation,
        &[
            (
                "DnsOptions.DnsRecordIpType",
                options.dns_record_ip_type.as_deref().is_some_and(|t| t != "ipv4"),
            ),
            (
                "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint",
                options.private_dns_only_for_inbound_resolver_endpoint == Some(true),
            ),
            ("DnsOptions.PrivateDnsPreference", options.private_dns_preference.is_some()),
            (
                "DnsOptions.PrivateDnsSpecifiedDomains",
                options.private_dns_specified_domains.as_ref().is_some_and(|l| !l.is_empty()),
            ),
        ],
    )
}
