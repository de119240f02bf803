//! Network interfaces: everything that has an address in a VPC.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html>

use base::{NatGatewayId, NetworkInterfaceId, SecurityGroupId, SubnetId, VpcEndpointId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    pub id: NetworkInterfaceId,
    pub subnet: SubnetId,
    /// The primary address first.
    pub addresses: Vec<InterfaceAddress>,
    /// The primary one first; the same inside the VPC and outside.
    pub ipv6_addresses: Vec<Ipv6Addr>,
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
    /// A host that has no security groups and lets everything through: a network load balancer's node.
    Open,
}

impl NetworkInterface {
    pub fn primary_address(&self) -> Option<Ipv4Addr> {
        self.addresses.first().map(|address| address.private)
    }

    /// The first address of the same kind as another.
    pub fn primary_beside(&self, other: IpAddr) -> Option<IpAddr> {
        match other {
            IpAddr::V4(_) => self.primary_address().map(IpAddr::V4),
            IpAddr::V6(_) => self.ipv6_addresses.first().copied().map(IpAddr::V6),
        }
    }

    /// Its addresses of both kinds.
    pub fn all_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let v6 = self.ipv6_addresses.iter().map(|address| IpAddr::V6(*address));
        self.addresses.iter().map(|address| IpAddr::V4(address.private)).chain(v6)
    }

    pub fn has(&self, address: impl Into<IpAddr>) -> bool {
        match address.into() {
            IpAddr::V4(private) => self.addresses.iter().any(|address| address.private == private),
            IpAddr::V6(address) => self.ipv6_addresses.contains(&address),
        }
    }

    pub fn public_of(&self, private: impl Into<IpAddr>) -> Option<Ipv4Addr> {
        let private = private.into();
        self.addresses.iter().find(|address| address.private == private).and_then(|address| address.public)
    }

    /// Whether security groups decide what it sends and receives.
    pub fn is_filtered(&self) -> bool {
        !matches!(self.kind, InterfaceKind::NatGateway(_) | InterfaceKind::Open)
    }

    pub fn is_nat_gateway(&self) -> bool {
        matches!(self.kind, InterfaceKind::NatGateway(_))
    }
}
