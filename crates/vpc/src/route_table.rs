//! Route tables: longest prefix wins, the VPC's own CIDRs are always local.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>

use base::{
    EgressOnlyInternetGatewayId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PrefixListId,
    VpcEndpointId, VpcPeeringConnectionId,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Routes besides the local ones, which every table has and which are not listed here unless a
/// more specific one was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    pub routes: Vec<Route>,
}

impl RouteTable {
    /// The routes, those first that others for the same destination take precedence over: a route made for
    /// a prefix list gives way to one made for the CIDR itself.
    pub fn by_rank(&self) -> impl Iterator<Item = &Route> {
        let listed = self.routes.iter().filter(|route| route.prefix_list.is_some());
        listed.chain(self.routes.iter().filter(|route| route.prefix_list.is_none()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub destination: IpNet,
    /// The prefix list that the route was made with and that holds `destination`.
    pub prefix_list: Option<PrefixListId>,
    pub target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Local,
    /// Drops everything unless the gateway is attached to this VPC.
    InternetGateway(InternetGatewayId),
    /// Of IPv6 alone; drops everything unless the gateway is this VPC's.
    EgressOnlyInternetGateway(EgressOnlyInternetGatewayId),
    NatGateway {
        id: NatGatewayId,
        interface: NetworkInterfaceId,
    },
    NetworkInterface(NetworkInterfaceId),
    /// A gateway endpoint.
    VpcEndpoint(VpcEndpointId),
    Peering(VpcPeeringConnectionId),
    /// A virtual private gateway (`vgw-…`): the way to a site that is not here.
    VpnGateway(String),
    /// The target is gone.
    Blackhole,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::InternetGateway(id) => id.fmt(f),
            Self::EgressOnlyInternetGateway(id) => id.fmt(f),
            Self::NatGateway { id, .. } => id.fmt(f),
            Self::NetworkInterface(id) => id.fmt(f),
            Self::VpcEndpoint(id) => id.fmt(f),
            Self::Peering(id) => id.fmt(f),
            Self::VpnGateway(id) => id.fmt(f),
            Self::Blackhole => f.write_str("blackhole"),
        }
    }
}
