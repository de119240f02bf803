//! Route tables. Whether a route leads somewhere is computed, not stored.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::read::Read;
use crate::state::{
    EgressOnlyInternetGateway, InternetGateway, NatGateway, NetworkInterface, Route, RouteDestination,
    RouteTable, RouteTarget, Vpc, VpcEndpoint, VpcPeeringConnection,
};
use crate::tags;
use base::NetworkInterfaceId;
use ipnet::IpNet;
use service::ServiceError;

pub(crate) fn route_table(view: &impl Read, row: &RouteTable) -> Result<api::RouteTable, ServiceError> {
    let vpc = view.find::<Vpc>(row.vpc.as_str())?;
    let mut routes: Vec<api::Route> = vpc.all_cidrs().map(local_route).collect();
    for stored in &row.routes {
        routes.push(route(view, row, stored)?);
    }
    Ok(api::RouteTable {
        route_table_id: text(&row.id),
        vpc_id: text(&row.vpc),
        owner_id: text(&row.scope.account),
        associations: Some(associations(row)),
        propagating_vgws: Some(Vec::new()),
        routes: Some(routes),
        tags: tags::rendered(&row.tags),
    })
}

fn local_route(cidr: IpNet) -> api::Route {
    let (v4, v6) = by_kind(cidr);
    api::Route {
        destination_cidr_block: v4,
        destination_ipv6_cidr_block: v6,
        gateway_id: text("local"),
        origin: text("CreateRouteTable"),
        state: text("active"),
        ..Default::default()
    }
}

/// The block in the member of its kind.
fn by_kind(cidr: IpNet) -> (Option<String>, Option<String>) {
    match cidr {
        IpNet::V4(_) => (text(cidr), None),
        IpNet::V6(_) => (None, text(cidr)),
    }
}

fn associations(row: &RouteTable) -> Vec<api::RouteTableAssociation> {
    row.associations
        .iter()
        .map(|association| api::RouteTableAssociation {
            main: Some(association.subnet.is_none()),
            route_table_association_id: text(&association.id),
            route_table_id: text(&row.id),
            subnet_id: association.subnet.as_ref().map(ToString::to_string),
            association_state: Some(api::RouteTableAssociationState {
                state: text("associated"),
                status_message: None,
            }),
            ..Default::default()
        })
        .collect()
}

fn route(view: &impl Read, table: &RouteTable, stored: &Route) -> Result<api::Route, ServiceError> {
    let mut route = api::Route { origin: text("CreateRoute"), ..Default::default() };
    match &stored.destination {
        RouteDestination::Cidr(cidr) => {
            (route.destination_cidr_block, route.destination_ipv6_cidr_block) = by_kind(*cidr);
        }
        RouteDestination::PrefixList(id) => route.destination_prefix_list_id = text(id),
    }
    match &stored.target {
        RouteTarget::InternetGateway(id) => route.gateway_id = text(id),
        RouteTarget::EgressOnlyInternetGateway(id) => route.egress_only_internet_gateway_id = text(id),
        RouteTarget::NatGateway(id) => route.nat_gateway_id = text(id),
        RouteTarget::NetworkInterface(id) => {
            route.network_interface_id = text(id);
            route.instance_id = instance_of(view, id)?;
        }
        RouteTarget::VpcPeeringConnection(id) => route.vpc_peering_connection_id = text(id),
        RouteTarget::VpcEndpoint(id) => route.gateway_id = text(id),
    }
    route.state = text(if leads_somewhere(view, table, &stored.target)? { "active" } else { "blackhole" });
    Ok(route)
}

/// The instance that has the interface.
fn instance_of(view: &impl Read, interface: &NetworkInterfaceId) -> Result<Option<String>, ServiceError> {
    let row = view.lookup::<NetworkInterface>(interface.as_str())?;
    let attachment = row.as_ref().and_then(|row| row.attachment.as_ref());
    Ok(attachment.and_then(|a| a.instance.as_ref()).map(ToString::to_string))
}

/// Whether the target exists and can take packets of this VPC.
fn leads_somewhere(view: &impl Read, table: &RouteTable, target: &RouteTarget) -> Result<bool, ServiceError> {
    Ok(match target {
        RouteTarget::InternetGateway(id) => view
            .lookup::<InternetGateway>(id.as_str())?
            .is_some_and(|gateway| gateway.vpc.as_ref() == Some(&table.vpc)),
        RouteTarget::EgressOnlyInternetGateway(id) => {
            view.lookup::<EgressOnlyInternetGateway>(id.as_str())?.is_some()
        }
        RouteTarget::NatGateway(id) => {
            view.lookup::<NatGateway>(id.as_str())?.is_some_and(|gateway| gateway.is_available())
        }
        RouteTarget::VpcEndpoint(id) => view.lookup::<VpcEndpoint>(id.as_str())?.is_some(),
        RouteTarget::VpcPeeringConnection(id) => {
            view.lookup::<VpcPeeringConnection>(id.as_str())?.is_some_and(|c| c.is_active())
        }
        RouteTarget::NetworkInterface(id) => {
            view.lookup::<NetworkInterface>(id.as_str())?.is_some_and(|i| i.attachment.is_some())
        }
    })
}

impl Facts for api::RouteTable {
    const FILTERS: &'static [&'static str] = &[
        "association.gateway-id",
        "association.main",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "owner-id",
        "route.destination-cidr-block",
        "route.destination-ipv6-cidr-block",
        "route.destination-prefix-list-id",
        "route.gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.origin",
        "route.state",
        "route.transit-gateway-id",
        "route.vpc-peering-connection-id",
        "route-table-id",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let (associations, routes) = (self.associations.as_ref(), self.routes.as_ref());
        match filter {
            "association.main" => many(associations, |a| a.main),
            "association.route-table-association-id" => {
                many(associations, |a| a.route_table_association_id.clone())
            }
            "association.route-table-id" => many(associations, |a| a.route_table_id.clone()),
            "association.subnet-id" => many(associations, |a| a.subnet_id.clone()),
            "owner-id" => one(self.owner_id.as_ref()),
            "route.destination-cidr-block" => many(routes, |r| r.destination_cidr_block.clone()),
            "route.destination-prefix-list-id" => many(routes, |r| r.destination_prefix_list_id.clone()),
            "route.instance-id" => many(routes, |r| r.instance_id.clone()),
            "route.gateway-id" => many(routes, |r| r.gateway_id.clone()),
            "route.nat-gateway-id" => many(routes, |r| r.nat_gateway_id.clone()),
            "route.origin" => many(routes, |r| r.origin.clone()),
            "route.state" => many(routes, |r| r.state.clone()),
            "route.vpc-peering-connection-id" => many(routes, |r| r.vpc_peering_connection_id.clone()),
            "route-table-id" => one(self.route_table_id.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(route_table_id, tags);
}
