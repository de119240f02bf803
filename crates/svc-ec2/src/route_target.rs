//! Destinations and targets of routes as requests name them.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html>

use crate::api;
use crate::attachments::only_interface;
use crate::change::Change;
use crate::error::{bad_cidr, combination, invalid_value, missing};
use crate::gateway_endpoints;
use crate::model::cidr;
use crate::prefix_lists;
use crate::read::Read;
use crate::state::{
    EgressOnlyInternetGateway, InternetGateway, NatGateway, NetworkInterface, Resource, RouteDestination,
    RouteTable, RouteTarget, Vpc, VpcPeeringConnection,
};
use ipnet::IpNet;
use service::ServiceError;

/// The one destination that a request has.
pub(crate) enum Destination<'a> {
    Cidr(&'a str),
    Ipv6Cidr(&'a str),
    PrefixList(&'a str),
}

impl<'a> Destination<'a> {
    pub(crate) fn of_create(input: &'a api::CreateRouteRequest) -> Result<Self, ServiceError> {
        Self::new(
            &input.destination_cidr_block,
            &input.destination_ipv6_cidr_block,
            &input.destination_prefix_list_id,
        )
    }

    pub(crate) fn of_replace(input: &'a api::ReplaceRouteRequest) -> Result<Self, ServiceError> {
        Self::new(
            &input.destination_cidr_block,
            &input.destination_ipv6_cidr_block,
            &input.destination_prefix_list_id,
        )
    }

    pub(crate) fn of_delete(input: &'a api::DeleteRouteRequest) -> Result<Self, ServiceError> {
        Self::new(
            &input.destination_cidr_block,
            &input.destination_ipv6_cidr_block,
            &input.destination_prefix_list_id,
        )
    }

    fn new(
        v4: &'a Option<String>,
        v6: &'a Option<String>,
        prefix_list: &'a Option<String>,
    ) -> Result<Self, ServiceError> {
        match (v4, v6, prefix_list) {
            (Some(text), None, None) => Ok(Self::Cidr(text)),
            (None, Some(text), None) => Ok(Self::Ipv6Cidr(text)),
            (None, None, Some(id)) => Ok(Self::PrefixList(id)),
            (None, None, None) => Err(missing("destinationCidrBlock")),
            _ => Err(combination("The request must contain exactly one destination")),
        }
    }

    /// The destination in its canonical form. Whether a list exists, [`blocks`] tells.
    pub(crate) fn read(&self) -> Result<RouteDestination, ServiceError> {
        match self {
            Self::Cidr(text) => cidr::ipv4(text)
                .map(|cidr| RouteDestination::Cidr(cidr.into()))
                .ok_or_else(|| bad_cidr(text, "destinationCidrBlock")),
            Self::Ipv6Cidr(text) => cidr::ipv6(text)
                .map(|cidr| RouteDestination::Cidr(cidr.into()))
                .ok_or_else(|| bad_cidr(text, "destinationIpv6CidrBlock")),
            Self::PrefixList(id) => Ok(RouteDestination::PrefixList((*id).to_owned().into())),
        }
    }
}

/// The blocks that a destination stands for.
pub(crate) fn blocks(view: &impl Read, destination: &RouteDestination) -> Result<Vec<IpNet>, ServiceError> {
    match destination {
        RouteDestination::Cidr(cidr) => Ok(vec![*cidr]),
        RouteDestination::PrefixList(id) => {
            Ok(prefix_lists::find(view, id.as_str())?.cidrs().into_iter().map(IpNet::V4).collect())
        }
    }
}

/// The targets that a request names; there must be exactly one.
pub(crate) struct Target<'a>(Vec<(&'static str, &'a str)>);

/// Lists the members of a request that name a target.
macro_rules! named {
    ($input:ident: $($name:literal $field:ident,)*) => {
        Target([$(($name, $input.$field.as_deref()),)*].into_iter().filter_map(|(n, v)| Some((n, v?))).collect())
    };
}

impl<'a> Target<'a> {
    pub(crate) fn of_create(input: &'a api::CreateRouteRequest) -> Self {
        named!(input:
            "GatewayId" gateway_id,
            "NatGatewayId" nat_gateway_id,
            "NetworkInterfaceId" network_interface_id,
            "InstanceId" instance_id,
            "VpcPeeringConnectionId" vpc_peering_connection_id,
            "VpcEndpointId" vpc_endpoint_id,
            "TransitGatewayId" transit_gateway_id,
            "LocalGatewayId" local_gateway_id,
            "CarrierGatewayId" carrier_gateway_id,
            "CoreNetworkArn" core_network_arn,
            "OdbNetworkArn" odb_network_arn,
            "EgressOnlyInternetGatewayId" egress_only_internet_gateway_id,
        )
    }

    pub(crate) fn of_replace(input: &'a api::ReplaceRouteRequest) -> Self {
        named!(input:
            "GatewayId" gateway_id,
            "NatGatewayId" nat_gateway_id,
            "NetworkInterfaceId" network_interface_id,
            "InstanceId" instance_id,
            "VpcPeeringConnectionId" vpc_peering_connection_id,
            "VpcEndpointId" vpc_endpoint_id,
            "TransitGatewayId" transit_gateway_id,
            "LocalGatewayId" local_gateway_id,
            "CarrierGatewayId" carrier_gateway_id,
            "CoreNetworkArn" core_network_arn,
            "OdbNetworkArn" odb_network_arn,
            "EgressOnlyInternetGatewayId" egress_only_internet_gateway_id,
        )
    }

    /// The target, which must exist in the network of the table.
    pub(crate) fn resolve(
        &self,
        change: &Change<'_>,
        table: &RouteTable,
    ) -> Result<RouteTarget, ServiceError> {
        match self.0.as_slice() {
            [("GatewayId", id)] => gateway(change, table, id),
            [("NatGatewayId", id)] => nat_gateway(change, table, id),
            [("NetworkInterfaceId", id)] => network_interface(change, table, id),
            [("InstanceId", id)] => {
                let interface = only_interface(change, id)?;
                network_interface(change, table, interface.id.as_str())
            }
            [("EgressOnlyInternetGatewayId", id)] => egress_only(change, table, id),
            [("VpcPeeringConnectionId", id)] => peering_connection(change, table, id),
            [("VpcEndpointId", id)] => Err(gateway_endpoints::refuse_as_target(change, id)?),
            [(name, _)] => Err(ServiceError::not_implemented(&format!("a route to {name}"))),
            [] => Err(missing("gatewayId")),
            _ => Err(combination("The request must contain exactly one target")),
        }
    }
}

fn absent(code: &'static str, noun: &str, id: &str) -> ServiceError {
    ServiceError::client(code, format!("The {noun} ID '{id}' does not exist"))
}

fn gateway(change: &Change<'_>, table: &RouteTable, id: &str) -> Result<RouteTarget, ServiceError> {
    if id.starts_with("vgw-") {
        return Err(absent("InvalidVpnGatewayID.NotFound", "vpnGateway", id));
    }
    if id.starts_with("vpce-") {
        return Err(gateway_endpoints::refuse_as_target(change, id)?);
    }
    if id == "local" {
        return Err(ServiceError::not_implemented(&format!("a route to the gateway `{id}`")));
    }
    let gateway = change
        .lookup::<InternetGateway>(id)?
        .ok_or_else(|| absent("InvalidGatewayID.NotFound", "gateway", id))?;
    if gateway.vpc.as_ref() != Some(&table.vpc) {
        return Err(different(table, "network gateway", id));
    }
    Ok(RouteTarget::InternetGateway(gateway.id.clone()))
}

fn egress_only(change: &Change<'_>, table: &RouteTable, id: &str) -> Result<RouteTarget, ServiceError> {
    let gateway = change.find::<EgressOnlyInternetGateway>(id)?;
    if gateway.vpc != table.vpc {
        return Err(different(table, "egress only internet gateway", id));
    }
    Ok(RouteTarget::EgressOnlyInternetGateway(gateway.id.clone()))
}

fn nat_gateway(change: &Change<'_>, table: &RouteTable, id: &str) -> Result<RouteTarget, ServiceError> {
    let gateway = change
        .lookup::<NatGateway>(id)?
        .filter(|gateway| gateway.is_available())
        .ok_or_else(|| absent("InvalidNatGatewayID.NotFound", "natGateway", id))?;
    if gateway.vpc != table.vpc {
        return Err(different(table, "NAT gateway", id));
    }
    Ok(RouteTarget::NatGateway(gateway.id.clone()))
}

fn network_interface(change: &Change<'_>, table: &RouteTable, id: &str) -> Result<RouteTarget, ServiceError> {
    let interface = change.find::<NetworkInterface>(id)?;
    if interface.vpc != table.vpc {
        return Err(different(table, "interface", id));
    }
    Ok(RouteTarget::NetworkInterface(interface.id.clone()))
}

/// One that waits for its acceptance will do: until then the route leads nowhere.
fn peering_connection(
    change: &Change<'_>,
    table: &RouteTable,
    id: &str,
) -> Result<RouteTarget, ServiceError> {
    let connection = change
        .lookup::<VpcPeeringConnection>(id)?
        .filter(|connection| connection.is_active() || connection.is_pending(change.now()))
        .ok_or_else(|| VpcPeeringConnection::missing(id))?;
    if connection.other(&table.vpc).is_none() {
        return Err(different(table, "vpc peering connection", id));
    }
    Ok(RouteTarget::VpcPeeringConnection(connection.id.clone()))
}

fn different(table: &RouteTable, noun: &str, id: &str) -> ServiceError {
    invalid_value(format!("route table {} and {noun} {id} belong to different networks", table.id))
}

/// Routes inside the VPC's own blocks may lead to an interface only.
pub(crate) fn check_target_for(
    view: &impl Read,
    vpc: &Vpc,
    destination: &RouteDestination,
    target: &RouteTarget,
) -> Result<(), ServiceError> {
    let of_ipv6 = matches!(destination, RouteDestination::Cidr(IpNet::V6(_)));
    match target {
        RouteTarget::NetworkInterface(_) => return Ok(()),
        RouteTarget::NatGateway(_) if of_ipv6 => {
            return Err(ServiceError::not_implemented("a route of IPv6 to a NAT gateway"));
        }
        RouteTarget::EgressOnlyInternetGateway(id) if !of_ipv6 => {
            let message = format!("The egress only internet gateway {id} takes IPv6 destinations only.");
            return Err(invalid_value(message));
        }
        _ => {}
    }
    for block in blocks(view, destination)? {
        if vpc.all_cidrs().any(|cidr| cidr.contains(&block)) {
            return Err(invalid_value(format!(
                "The destination CIDR block {block} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance."
            )));
        }
    }
    Ok(())
}
