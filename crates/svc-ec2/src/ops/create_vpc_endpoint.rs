//! Makes an interface endpoint with an interface in each subnet named.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>

use super::describe_vpc_endpoint_services::no_such_service;
use crate::endpoint_service::service_named;
use crate::endpoints;
use crate::op::*;
use crate::placement::groups_for;
use crate::render;
use std::collections::BTreeMap;

impl Handler<Ec2> for api::CreateVpcEndpoint {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateVpcEndpoint")
            .create::<VpcEndpoint>(input.tag_specifications.as_ref())?
            .telling("ec2:VpceServiceName", input.service_name.as_ref())
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
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
    let kind = input.vpc_endpoint_type.as_deref().unwrap_or("Gateway");
    refuse(
        "CreateVpcEndpoint",
        &[
            (&format!("VpcEndpointType={kind}"), kind != "Interface"),
            ("RouteTableIds", input.route_table_ids.as_ref().is_some_and(|l| !l.is_empty())),
            ("IpAddressType", input.ip_address_type.as_deref().is_some_and(|t| t != "ipv4")),
            ("SubnetConfigurations", input.subnet_configurations.as_ref().is_some_and(|l| !l.is_empty())),
            ("ServiceNetworkArn", input.service_network_arn.is_some()),
            ("ResourceConfigurationArn", input.resource_configuration_arn.is_some()),
        ],
    )?;
    endpoints::check_dns_options("CreateVpcEndpoint", input.dns_options.as_ref())
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
    room(
        siblings.len(),
        change.quotas().interface_endpoints_per_vpc,
        "VpcEndpointLimitExceeded",
        "VPC endpoints",
    )?;
    let mut endpoint = plain(change, &vpc, input)?;
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

/// The endpoint before it is in any subnet.
fn plain(
    change: &Change<'_>,
    vpc: &Vpc,
    input: &api::CreateVpcEndpointRequest,
) -> Result<VpcEndpoint, ServiceError> {
    let service_name = required(&input.service_name, "ServiceName")?;
    let region = &change.scope().region;
    if service_named(region, service_name).is_none()
        || input.service_region.as_deref().is_some_and(|r| r != region.as_str())
    {
        return Err(no_such_service(service_name));
    }
    let quota = change.quotas().security_groups_per_interface;
    Ok(VpcEndpoint {
        scope: change.scope().clone(),
        id: change.id("vpce"),
        vpc: vpc.id.clone(),
        service_name: service_name.to_owned(),
        policy: input.policy_document.as_deref().map(endpoints::policy).transpose()?,
        interfaces: BTreeMap::new(),
        groups: groups_for(change, quota, &vpc.id, input.security_group_ids.as_ref())?,
        private_dns: input.private_dns_enabled.unwrap_or(true),
        dns_token: change.ids().pick(8, b"abcdefghijklmnopqrstuvwxyz0123456789"),
        created: change.now(),
        client_token: input.client_token.clone(),
        tags: tags::specified(VpcEndpoint::KIND, input.tag_specifications.as_ref())?,
    })
}
