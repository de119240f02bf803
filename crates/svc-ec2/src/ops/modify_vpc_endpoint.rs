//! Changes the policy, the subnets, the groups, the private DNS or the route tables of an endpoint.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html>

use crate::op::*;
use crate::placement::groups_for;
use crate::{endpoints, gateway_endpoints};

impl Handler<Ec2> for api::ModifyVpcEndpoint {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ModifyVpcEndpoint")
            .on::<VpcEndpoint>(required(&input.vpc_endpoint_id, "VpcEndpointId")?)?
            .each::<Subnet>(input.add_subnet_ids.as_ref())?
            .each::<Subnet>(input.remove_subnet_ids.as_ref())?
            .each::<RouteTable>(input.add_route_table_ids.as_ref())?
            .each::<RouteTable>(input.remove_route_table_ids.as_ref())?
            .each::<SecurityGroup>(input.add_security_group_ids.as_ref())?
            .each::<SecurityGroup>(input.remove_security_group_ids.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "ModifyVpcEndpoint",
            &[
                ("IpAddressType", input.ip_address_type.as_deref().is_some_and(|t| t != "ipv4")),
                ("SubnetConfigurations", input.subnet_configurations.as_ref().is_some_and(|l| !l.is_empty())),
            ],
        )?;
        endpoints::check_dns_options("ModifyVpcEndpoint", input.dns_options.as_ref())?;
        ec2.change(call, input.dry_run, |change| modify(change, &input)).await?;
        Ok(api::ModifyVpcEndpointResult { r#return: Some(true) })
    }
}

fn modify(change: &mut Change<'_>, input: &api::ModifyVpcEndpointRequest) -> Result<(), ServiceError> {
    let id = required(&input.vpc_endpoint_id, "VpcEndpointId")?;
    let mut endpoint = Arc::unwrap_or_clone(change.find::<VpcEndpoint>(id)?);
    if input.reset_policy == Some(true) {
        endpoint.policy = None;
    }
    if let Some(text) = &input.policy_document {
        endpoint.policy = Some(endpoints::policy(text)?);
    }
    if endpoint.gateway {
        gateway_endpoints::modify(change, &endpoint, input)?;
        return Ok(change.put(&endpoint)?);
    }
    let tables = [&input.add_route_table_ids, &input.remove_route_table_ids];
    if tables.into_iter().flatten().any(|ids| !ids.is_empty()) {
        return Err(invalid_parameter("Route table IDs are only supported for Gateway type VPC Endpoint."));
    }
    if let Some(on) = input.private_dns_enabled {
        if on && !endpoint.private_dns {
            endpoints::check_private_dns(change, &endpoint)?;
        }
        endpoint.private_dns = on;
    }
    modify_groups(change, &mut endpoint, input)?;
    modify_subnets(change, &mut endpoint, input)?;
    Ok(change.put(&endpoint)?)
}

/// The endpoint's groups are its interfaces' groups.
fn modify_groups(
    change: &mut Change<'_>,
    endpoint: &mut VpcEndpoint,
    input: &api::ModifyVpcEndpointRequest,
) -> Result<(), ServiceError> {
    let removed = input.remove_security_group_ids.clone().unwrap_or_default();
    let mut ids: Vec<String> = endpoint.groups.iter().map(ToString::to_string).collect();
    ids.extend(input.add_security_group_ids.iter().flatten().cloned());
    ids.retain(|id| !removed.contains(id));
    if ids.is_empty() {
        return Err(invalid_value(format!(
            "VPC endpoint {} must have at least one security group",
            endpoint.id
        )));
    }
    let quota = change.quotas().security_groups_per_interface;
    endpoint.groups = groups_for(change, quota, &endpoint.vpc, Some(&ids))?;
    for interface in endpoint.interfaces.values() {
        change.edit::<NetworkInterface>(interface.as_str(), |i| i.groups.clone_from(&endpoint.groups))?;
    }
    Ok(())
}

fn modify_subnets(
    change: &mut Change<'_>,
    endpoint: &mut VpcEndpoint,
    input: &api::ModifyVpcEndpointRequest,
) -> Result<(), ServiceError> {
    for id in input.remove_subnet_ids.iter().flatten() {
        if let Some(interface) = endpoint.interfaces.remove(&id.as_str().into()) {
            endpoints::leave(change, &interface)?;
        }
    }
    for id in input.add_subnet_ids.iter().flatten() {
        if endpoint.interfaces.contains_key(&id.as_str().into()) {
            continue;
        }
        let (subnet, interface) = endpoints::enter(change, endpoint, &endpoint.interfaces, id)?;
        endpoint.interfaces.insert(subnet, interface);
    }
    Ok(())
}
