//! Route tables with their routes and associations.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{
    EgressOnlyInternetGatewayId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PrefixListId,
    RouteTableAssociationId, RouteTableId, Scope, SubnetId, VpcEndpointId, VpcId, VpcPeeringConnectionId,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    pub scope: Scope,
    pub id: RouteTableId,
    pub vpc: VpcId,
    pub associations: Vec<RouteTableAssociation>,
    /// Without the local route, which cannot be removed.
    pub routes: Vec<Route>,
    pub client_token: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteTableAssociation {
    pub id: RouteTableAssociationId,
    /// `None` is the association that makes the table the main one of its VPC.
    pub subnet: Option<SubnetId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    pub destination: RouteDestination,
    pub target: RouteTarget,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RouteDestination {
    Cidr(IpNet),
    PrefixList(PrefixListId),
}

impl std::fmt::Display for RouteDestination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cidr(cidr) => cidr.fmt(f),
            Self::PrefixList(id) => id.fmt(f),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteTarget {
    InternetGateway(InternetGatewayId),
    EgressOnlyInternetGateway(EgressOnlyInternetGatewayId),
    NatGateway(NatGatewayId),
    NetworkInterface(NetworkInterfaceId),
    VpcPeeringConnection(VpcPeeringConnectionId),
    /// A gateway endpoint, which makes such routes itself.
    VpcEndpoint(VpcEndpointId),
}

impl RouteTable {
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|a| a.subnet.is_none())
    }
}

resource!(RouteTable, table "ec2_route_table", kind "route-table",
    missing "InvalidRouteTableID.NotFound" "The routeTable ID '{}' does not exist",
    malformed "InvalidRouteTableId.Malformed" "rtb",
    keys crate::keys::route_table);
