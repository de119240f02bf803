//! Network interfaces: everything that has an address in a VPC.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html>

use base::{NatGatewayId, NetworkInterfaceId, SecurityGroupId, SubnetId, VpcEndpointId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    pub id: NetworkInterfaceId,
    pub subnet: SubnetId,
    /// The primary address first.
    pub addresses: Vec<InterfaceAddress>,
    pub groups: BTreeSet<SecurityGroupId>,
    /// On: it neither sends nor receives packets that are not its own.
    pub source_dest_check: bool,
    pub kind: InterfaceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InterfaceAddress {
    pub private: Ipv4Addr,
    /// The address that the internet gateway translates to and from.
    pub public: Option<Ipv4Addr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterfaceKind {
    /// The interface that functions share (Lambda's Hyperplane ENI): they masquerade behind it and
    /// nothing can open a connection to them.
    Hub,
    /// A NAT gateway's interface: it has no security groups and lets everything through.
    NatGateway(NatGatewayId),
    /// An interface endpoint. `services` are service names (`com.amazonaws.us-east-1.secretsmanager`),
    /// `names` the host names that resolve to it inside the VPC.
    Endpoint { vpce: VpcEndpointId, services: Vec<String>, names: Vec<String> },
    /// A database, an instance or a local process.
    Host,
}

impl NetworkInterface {
    pub fn primary_address(&self) -> Option<Ipv4Addr> {
        self.addresses.first().map(|address| address.private)
    }

    pub fn has(&self, private: Ipv4Addr) -> bool {
        self.addresses.iter().any(|address| address.private == private)
    }

    pub fn public_of(&self, private: Ipv4Addr) -> Option<Ipv4Addr> {
        self.addresses.iter().find(|address| address.private == private).and_then(|address| address.public)
    }

    pub fn is_nat_gateway(&self) -> bool {
        matches!(self.kind, InterfaceKind::NatGateway(_))
    }
}
