//! Makes an interface endpoint with an interface in each subnet named, or a gateway endpoint with a route in each
//! table named.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>

use super::describe_vpc_endpoint_services::no_such_service;
use crate::endpoint_service::service_named;
use crate::gateway_endpoints::{GATEWAY, INTERFACE, list_of, other_type};
use crate::op::*;
use crate::placement::groups_for;
use crate::render;
use crate::{endpoints, gateway_endpoints};
use std::collections::{BTreeMap, BTreeSet};

impl Handler<Ec2> for api::CreateVpcEndpoint {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateVpcEndpoint")
            .create::<VpcEndpoint>(input.tag_specifications.as_ref())?
            .telling("ec2:VpceServiceName", input.service_name.as_ref())
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .each::<RouteTable>(input.route_table_ids.as_ref())?
            .each::<Subnet>(input.subnet_ids.as_ref())?
            .each::<SecurityGroup>(input.security_group_ids.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse_what_is_missing(&input)?;
        ec2.change(call, input.dry_run, |change| {
            let endpoint = create(change, &input)?;
            Ok(api::CreateVpcEndpointResult {
                vpc_endpoint: Some(render::vpc_endpoint(change, &endpoint)?),
                client_token: input.client_token.clone(),
            })
        })
        .await
    }
}

fn refuse_what_is_missing(input: &api::CreateVpcEndpointRequest) -> Result<(), ServiceError> {
    let kind = kind(input);
    refuse(
        "CreateVpcEndpoint",
        &[
            (&format!("VpcEndpointType={kind}"), kind != INTERFACE && kind != GATEWAY),
            ("IpAddressType", input.ip_address_type.as_deref().is_some_and(|t| t != "ipv4")),
            ("SubnetConfigurations", input.subnet_configurations.as_ref().is_some_and(|l| !l.is_empty())),
            ("ServiceNetworkArn", input.service_network_arn.is_some()),
            ("ResourceConfigurationArn", input.resource_configuration_arn.is_some()),
        ],
    )?;
    if kind == GATEWAY {
        return gateway_endpoints::check_parameters(input);
    }
    if input.route_table_ids.as_ref().is_some_and(|l| !l.is_empty()) {
        return Err(invalid_parameter("Route table IDs are only supported for Gateway type VPC Endpoint."));
    }
    endpoints::check_dns_options("CreateVpcEndpoint", input.dns_options.as_ref())
}

/// What AWS makes when no type is named is a gateway endpoint.
fn kind(input: &api::CreateVpcEndpointRequest) -> &str {
    input.vpc_endpoint_type.as_deref().unwrap_or(GATEWAY)
}

/// Whether the service is there, and has endpoints of the type.
fn check_service(region: &base::Region, input: &api::CreateVpcEndpointRequest) -> Result<(), ServiceError> {
    let name = gateway_endpoints::service(input)?;
    let elsewhere = input.service_region.as_deref().is_some_and(|r| r != region.as_str());
    let (by_interface, by_route) = (service_named(region, name).is_some(), list_of(region, name).is_some());
    match kind(input) {
        _ if elsewhere || !(by_interface || by_route) => Err(no_such_service(name)),
        GATEWAY if !by_route => Err(other_type(GATEWAY, INTERFACE)),
        INTERFACE if !by_interface => {
            Err(ServiceError::not_implemented(&format!("an interface endpoint of {name}")))
        }
        _ => Ok(()),
    }
}

fn create(
    change: &mut Change<'_>,
    input: &api::CreateVpcEndpointRequest,
) -> Result<VpcEndpoint, ServiceError> {
    let vpc = change.find::<Vpc>(required(&input.vpc_id, "VpcId")?)?;
    let siblings = change.having::<VpcEndpoint>(|e| e.vpc == vpc.id)?;
    let token = input.client_token.as_ref();
    if let Some(same) = siblings.iter().find(|e| token.is_some() && e.client_token.as_ref() == token) {
        return Ok(VpcEndpoint::clone(same));
    }
    check_service(&change.scope().region, input)?;
    let endpoint = plain(change, &vpc, input)?;
    if kind(input) == GATEWAY {
        return gateway_endpoints::create(change, &vpc, input, endpoint);
    }
    let have = siblings.iter().filter(|e| !e.gateway).count();
    room(have, change.quotas().interface_endpoints_per_vpc, "VpcEndpointLimitExceeded", "VPC endpoints")?;
    by_interfaces(change, input, endpoint)
}

fn by_interfaces(
    change: &mut Change<'_>,
    input: &api::CreateVpcEndpointRequest,
    mut endpoint: VpcEndpoint,
) -> Result<VpcEndpoint, ServiceError> {
    let quota = change.quotas().security_groups_per_interface;
    endpoint.groups = groups_for(change, quota, &endpoint.vpc, input.security_group_ids.as_ref())?;
    endpoint.private_dns = input.private_dns_enabled.unwrap_or(true);
    if endpoint.private_dns {
        endpoints::check_private_dns(change, &endpoint)?;
    }
    let mut interfaces = BTreeMap::new();
    for id in input.subnet_ids.iter().flatten() {
        let (subnet, interface) = endpoints::enter(change, &endpoint, &interfaces, id)?;
        interfaces.insert(subnet, interface);
    }
    endpoint.interfaces = interfaces;
    change.put(&endpoint)?;
    Ok(endpoint)
}

/// The endpoint before it is anywhere.
fn plain(
    change: &Change<'_>,
    vpc: &Vpc,
    input: &api::CreateVpcEndpointRequest,
) -> Result<VpcEndpoint, ServiceError> {
    let service_name = gateway_endpoints::service(input)?;
    Ok(VpcEndpoint {
        scope: change.scope().clone(),
        id: change.id("vpce"),
        vpc: vpc.id.clone(),
        service_name: service_name.to_owned(),
        policy: input.policy_document.as_deref().map(endpoints::policy).transpose()?,
        interfaces: BTreeMap::new(),
        groups: BTreeSet::new(),
        gateway: false,
        private_dns: false,
        dns_token: change.ids().pick(8, b"abcdefghijklmnopqrstuvwxyz0123456789"),
        created: change.now(),
        client_token: input.client_token.clone(),
        tags: tags::specified(VpcEndpoint::KIND, input.tag_specifications.as_ref())?,
    })
}
