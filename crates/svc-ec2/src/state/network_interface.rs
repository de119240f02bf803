//! Network interfaces: users' own, and those that services manage.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{InstanceId, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkInterface {
    pub scope: Scope,
    pub id: NetworkInterfaceId,
    pub subnet: SubnetId,
    pub vpc: VpcId,
    pub zone: String,
    pub private_ip: Ipv4Addr,
    /// Secondary private addresses.
    pub secondary_ips: Vec<Ipv4Addr>,
    /// The primary one first.
    #[serde(default)]
    pub ipv6_addresses: Vec<Ipv6Addr>,
    pub groups: BTreeSet<SecurityGroupId>,
    pub description: String,
    pub interface_type: InterfaceType,
    pub source_dest_check: bool,
    /// Who asked for it on the user's behalf; only they may change it.
    pub requester: Option<String>,
    pub attachment: Option<Attachment>,
    /// A public address of AWS's choice, which an instance has while it runs.
    #[serde(default)]
    pub public_ip: Option<Ipv4Addr>,
    /// Who uses a shared interface, such as function ARNs, and what each of them asked for.
    pub users: BTreeMap<String, String>,
    pub client_token: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: String,
    /// `amazon-aws`, `amazon-rds`, … or an account.
    pub owner: String,
    pub attached: Timestamp,
    pub device_index: i32,
    /// The instance, where it is one that has the interface.
    #[serde(default)]
    pub instance: Option<InstanceId>,
    #[serde(default)]
    pub delete_on_termination: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterfaceType {
    Interface,
    Lambda,
    NatGateway,
    VpcEndpoint,
    NetworkLoadBalancer,
    /// Of a VPC link of API Gateway.
    ApiGateway,
}

impl InterfaceType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Lambda => "lambda",
            Self::NatGateway => "nat_gateway",
            Self::VpcEndpoint => "vpc_endpoint",
            Self::NetworkLoadBalancer => "network_load_balancer",
            Self::ApiGateway => "api_gateway_managed",
        }
    }
}

impl NetworkInterface {
    /// Its hardware address, which is the one that the kernel shows.
    pub fn mac(&self) -> String {
        let octets = vpc::hardware_address(self.id.as_str());
        octets.map(|octet| format!("{octet:02x}")).join(":")
    }

    /// The addresses of both kinds.
    pub fn all_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let of_ipv6 = self.ipv6_addresses.iter().copied().map(IpAddr::V6);
        self.addresses().map(IpAddr::V4).chain(of_ipv6)
    }

    /// The primary address first.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> + '_ {
        std::iter::once(self.private_ip).chain(self.secondary_ips.iter().copied())
    }
}

resource!(NetworkInterface, table "ec2_network_interface", kind "network-interface",
    missing "InvalidNetworkInterfaceID.NotFound" "The networkInterface ID '{}' does not exist",
    malformed "InvalidNetworkInterfaceId.Malformed" "eni",
    keys crate::keys::network_interface);
