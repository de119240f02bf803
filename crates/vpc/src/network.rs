//! One VPC with everything in it, names resolved to interfaces and addresses.

use crate::flow_log::FlowLog;
use crate::{NetworkAcl, NetworkInterface, Peering, RouteTable, SecurityGroup};
use base::{
    InternetGatewayId, NetworkAclId, NetworkInterfaceId, PrefixListId, RouteTableId, SecurityGroupId,
    SubnetId, VpcId, VpcPeeringConnectionId,
};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub vpc: VpcId,
    /// The primary CIDR first.
    pub cidrs: Vec<Ipv4Net>,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    pub subnets: BTreeMap<SubnetId, Subnet>,
    pub route_tables: BTreeMap<RouteTableId, RouteTable>,
    pub network_acls: BTreeMap<NetworkAclId, NetworkAcl>,
    pub security_groups: BTreeMap<SecurityGroupId, SecurityGroup>,
    pub interfaces: BTreeMap<NetworkInterfaceId, NetworkInterface>,
    pub prefix_lists: BTreeMap<PrefixListId, Vec<Ipv4Net>>,
    /// The gateway that is attached.
    pub internet_gateway: Option<InternetGatewayId>,
    /// The active peering connections, made known by [`crate::connect`].
    pub peerings: BTreeMap<VpcPeeringConnectionId, Peering>,
    /// The flow logs that cover interfaces of this VPC.
    pub flow_logs: Vec<FlowLog>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub cidr: Ipv4Net,
    pub availability_zone: String,
    pub network_acl: NetworkAclId,
    /// The table associated with the subnet, or the VPC's main one.
    pub route_table: RouteTableId,
}

impl Network {
    pub fn new(vpc: VpcId, cidr: Ipv4Net) -> Self {
        Self {
            vpc,
            cidrs: vec![cidr],
            dns_support: true,
            dns_hostnames: false,
            subnets: BTreeMap::new(),
            route_tables: BTreeMap::new(),
            network_acls: BTreeMap::new(),
            security_groups: BTreeMap::new(),
            interfaces: BTreeMap::new(),
            prefix_lists: BTreeMap::new(),
            internet_gateway: None,
            peerings: BTreeMap::new(),
            flow_logs: Vec::new(),
        }
    }

    /// The Route 53 resolver's address, base plus two of the primary CIDR; `None` without `enableDnsSupport`.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>
    pub fn resolver(&self) -> Option<Ipv4Addr> {
        self.cidrs.first().filter(|_| self.dns_support).map(|cidr| offset(*cidr, 2))
    }

    /// The router's address as interfaces see it, base plus one of the primary CIDR.
    pub fn router(&self) -> Option<Ipv4Addr> {
        self.cidrs.first().map(|cidr| offset(*cidr, 1))
    }

    pub fn interface_at(&self, private: Ipv4Addr) -> Option<&NetworkInterface> {
        self.interfaces.values().find(|interface| interface.has(private))
    }

    /// The interface and private address that stand behind a public address.
    pub fn behind_public(&self, public: Ipv4Addr) -> Option<(&NetworkInterface, Ipv4Addr)> {
        self.interfaces.values().find_map(|interface| {
            let address = interface.addresses.iter().find(|address| address.public == Some(public))?;
            Some((interface, address.private))
        })
    }

    /// The private addresses that a rule naming the group stands for.
    pub fn members(&self, group: &SecurityGroupId) -> BTreeSet<Ipv4Addr> {
        self.interfaces
            .values()
            .filter(|interface| interface.groups.contains(group))
            .flat_map(|interface| interface.addresses.iter().map(|address| address.private))
            .collect()
    }

    /// Whether an interface of the group has the address.
    pub fn is_member(&self, group: &SecurityGroupId, address: Ipv4Addr) -> bool {
        self.interfaces.values().any(|interface| interface.groups.contains(group) && interface.has(address))
    }

    pub fn is_local(&self, address: Ipv4Addr) -> bool {
        self.cidrs.iter().any(|cidr| cidr.contains(&address))
    }
}

fn offset(cidr: Ipv4Net, by: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(cidr.network()).wrapping_add(by))
}
