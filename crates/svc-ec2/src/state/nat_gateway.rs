//! NAT gateways.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{AllocationId, NatGatewayId, NetworkInterfaceId, Scope, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NatGateway {
    pub scope: Scope,
    pub id: NatGatewayId,
    pub subnet: SubnetId,
    pub vpc: VpcId,
    pub interface: NetworkInterfaceId,
    pub private_ip: Ipv4Addr,
    /// `None` for a private NAT gateway.
    pub public: Option<NatAddress>,
    pub state: NatState,
    pub created: Timestamp,
    pub client_token: Option<String>,
    pub tags: Tags,
}

/// The Elastic IP address of a public NAT gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NatAddress {
    pub allocation: AllocationId,
    pub association: base::AssociationId,
    pub public_ip: Ipv4Addr,
}

/// A deleted gateway stays visible for a while, as on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NatState {
    Available,
    Deleted { at: Timestamp },
}

impl NatGateway {
    pub fn is_available(&self) -> bool {
        self.state == NatState::Available
    }
}

resource!(NatGateway, table "ec2_nat_gateway", kind "natgateway",
    missing "NatGatewayNotFound" "NAT gateway {} was not found",
    malformed "NatGatewayMalformed" "nat");
