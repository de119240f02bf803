//! Gateway endpoints: a route to a service's prefix list in each of the tables that a request names.
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
//!
//! Which tables an endpoint is in is written down nowhere but in the tables.

use crate::api;
use crate::change::Change;
use crate::error::{invalid_parameter, refuse, required};
use crate::prefix_lists::{self, AwsPrefixList, aws_lists};
use crate::quota::room;
use crate::read::Read;
use crate::state::{Resource, Route, RouteDestination, RouteTable, RouteTarget, Vpc, VpcEndpoint};
use base::{Region, VpcEndpointId};
use service::ServiceError;
use store::Fault;

/// What an endpoint's type is called.
pub(crate) const GATEWAY: &str = "Gateway";
pub(crate) const INTERFACE: &str = "Interface";

/// The prefix list of a service that gateway endpoints lead to.
pub(crate) fn list_of(region: &Region, service: &str) -> Option<AwsPrefixList> {
    aws_lists(region).into_iter().find(|list| list.name == service)
}

/// AWS's error for a service that has no endpoints of the type asked for.
pub(crate) fn other_type(asked: &str, available: &str) -> ServiceError {
    invalid_parameter(format!(
        "Endpoint type ({asked}) does not match available service types ([{available}])."
    ))
}

/// What only interface endpoints have.
pub(crate) fn check_parameters(input: &api::CreateVpcEndpointRequest) -> Result<(), ServiceError> {
    let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|l| !l.is_empty());
    for (name, given) in [
        ("SubnetIds", some(&input.subnet_ids)),
        ("SecurityGroupIds", some(&input.security_group_ids)),
        ("PrivateDnsEnabled", input.private_dns_enabled == Some(true)),
    ] {
        if given {
            return Err(not_of_gateways(name));
        }
    }
    refuse("CreateVpcEndpoint", &[("DnsOptions of a gateway endpoint", input.dns_options.is_some())])
}

pub(crate) fn not_of_gateways(parameter: &str) -> ServiceError {
    invalid_parameter(format!("The parameter {parameter} is not supported for {GATEWAY} endpoints."))
}

/// Refuses one more than an account has in a region.
pub(crate) fn check_quota(change: &Change<'_>) -> Result<(), ServiceError> {
    let have = change.having::<VpcEndpoint>(|endpoint| endpoint.gateway)?.len();
    room(have, change.quotas().gateway_endpoints_per_region, "VpcEndpointLimitExceeded", "VPC endpoints")
}

/// Puts the endpoint's route into a table.
pub(crate) fn enter(
    change: &mut Change<'_>,
    endpoint: &VpcEndpoint,
    table: &str,
) -> Result<(), ServiceError> {
    let table = change.find::<RouteTable>(table)?;
    if table.vpc != endpoint.vpc {
        return Err(invalid_parameter(format!(
            "Route table {} and network {} belong to different networks",
            table.id, endpoint.vpc
        )));
    }
    let target = RouteTarget::VpcEndpoint(endpoint.id.clone());
    if table.routes.iter().any(|route| route.target == target) {
        return Ok(());
    }
    let list = list_of(&endpoint.scope.region, &endpoint.service_name)
        .ok_or_else(|| other_type(GATEWAY, INTERFACE))?;
    let destination = RouteDestination::PrefixList(list.id.clone());
    if table.routes.iter().any(|route| route.destination == destination) {
        return Err(ServiceError::client(
            "RouteAlreadyExists",
            format!(
                "route table {} already has a route with destination-prefix-list-id {}",
                table.id, list.id
            ),
        ));
    }
    let destinations = table.routes.iter().map(|route| &route.destination);
    let have = prefix_lists::routes_weight(change, destinations)?;
    let quota = change.quotas().routes_per_table;
    room(have, quota, "RouteLimitExceeded", "routes in this route table")?;
    change.edit::<RouteTable>(table.id(), |table| table.routes.push(Route { destination, target }))
}

/// Takes it out again.
pub(crate) fn leave(
    change: &mut Change<'_>,
    endpoint: &VpcEndpointId,
    table: &str,
) -> Result<(), ServiceError> {
    let target = RouteTarget::VpcEndpoint(endpoint.clone());
    change.edit::<RouteTable>(table, |table| table.routes.retain(|route| route.target != target))
}

/// The tables that the endpoint is in.
pub(crate) fn tables(view: &impl Read, endpoint: &VpcEndpointId) -> Result<Vec<String>, Fault> {
    let target = RouteTarget::VpcEndpoint(endpoint.clone());
    let found = view.having::<RouteTable>(|table| table.routes.iter().any(|route| route.target == target))?;
    Ok(found.iter().map(|table| table.id.to_string()).collect())
}

/// The endpoint of a request that asks for this type.
pub(crate) fn create(
    change: &mut Change<'_>,
    vpc: &Vpc,
    input: &api::CreateVpcEndpointRequest,
    mut endpoint: VpcEndpoint,
) -> Result<VpcEndpoint, ServiceError> {
    check_quota(change)?;
    endpoint.gateway = true;
    endpoint.vpc = vpc.id.clone();
    for table in input.route_table_ids.iter().flatten() {
        enter(change, &endpoint, table)?;
    }
    change.put(&endpoint)?;
    Ok(endpoint)
}

/// Changes the tables and refuses what a gateway endpoint does not have.
pub(crate) fn modify(
    change: &mut Change<'_>,
    endpoint: &VpcEndpoint,
    input: &api::ModifyVpcEndpointRequest,
) -> Result<(), ServiceError> {
    let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|l| !l.is_empty());
    for (name, given) in [
        ("AddSubnetIds", some(&input.add_subnet_ids)),
        ("RemoveSubnetIds", some(&input.remove_subnet_ids)),
        ("AddSecurityGroupIds", some(&input.add_security_group_ids)),
        ("RemoveSecurityGroupIds", some(&input.remove_security_group_ids)),
        ("PrivateDnsEnabled", input.private_dns_enabled == Some(true)),
    ] {
        if given {
            return Err(not_of_gateways(name));
        }
    }
    for table in input.remove_route_table_ids.iter().flatten() {
        leave(change, &endpoint.id, table)?;
    }
    for table in input.add_route_table_ids.iter().flatten() {
        enter(change, endpoint, table)?;
    }
    Ok(())
}

/// Refuses to make a route that only an endpoint makes, or one to an endpoint that no route leads to.
pub(crate) fn refuse_as_target(view: &impl Read, id: &str) -> Result<ServiceError, ServiceError> {
    let endpoint = view.find::<VpcEndpoint>(id)?;
    if endpoint.gateway {
        return Ok(made_by_its_endpoint());
    }
    Ok(ServiceError::client(
        "RouteNotSupported",
        format!(
            "Route table contains unsupported route target: {id}. VPC Endpoints of this type cannot be used as route targets."
        ),
    ))
}

pub(crate) fn made_by_its_endpoint() -> ServiceError {
    crate::error::invalid_value("Cannot create or replace a prefix list route targeting a VPC Endpoint.")
}

/// The name of the service that a request asks for.
pub(crate) fn service(input: &api::CreateVpcEndpointRequest) -> Result<&str, ServiceError> {
    required(&input.service_name, "ServiceName")
}
