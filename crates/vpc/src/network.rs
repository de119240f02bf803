//! One VPC with everything in it, names resolved to interfaces and addresses.

use crate::flow_log::FlowLog;
use crate::{Attachment, NetworkAcl, NetworkInterface, Peering, RouteTable, SecurityGroup};
use base::{
    EgressOnlyInternetGatewayId, InternetGatewayId, NetworkAclId, NetworkInterfaceId, PrefixListId,
    RouteTableId, SecurityGroupId, SubnetId, VpcId, VpcPeeringConnectionId,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub vpc: VpcId,
    /// The primary CIDR first.
    pub cidrs: Vec<Ipv4Net>,
    /// None: nothing in the VPC has an IPv6 address.
    pub ipv6_cidrs: Vec<Ipv6Net>,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    pub subnets: BTreeMap<SubnetId, Subnet>,
    pub route_tables: BTreeMap<RouteTableId, RouteTable>,
    pub network_acls: BTreeMap<NetworkAclId, NetworkAcl>,
    pub security_groups: BTreeMap<SecurityGroupId, SecurityGroup>,
    pub interfaces: BTreeMap<NetworkInterfaceId, NetworkInterface>,
    /// Which of them instances have.
    pub attachments: BTreeMap<NetworkInterfaceId, Attachment>,
    pub prefix_lists: BTreeMap<PrefixListId, Vec<IpNet>>,
    /// The gateway that is attached.
    pub internet_gateway: Option<InternetGatewayId>,
    /// Of IPv6 alone: outward connections and their answers.
    pub egress_only_internet_gateway: Option<EgressOnlyInternetGatewayId>,
    /// The active peering connections, made known by [`crate::connect`].
    pub peerings: BTreeMap<VpcPeeringConnectionId, Peering>,
    /// The flow logs that cover interfaces of this VPC.
    pub flow_logs: Vec<FlowLog>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub cidr: Ipv4Net,
    pub ipv6_cidr: Option<Ipv6Net>,
    pub availability_zone: String,
    pub network_acl: NetworkAclId,
    /// The table associated with the subnet, or the VPC's main one.
    pub route_table: RouteTableId,
}

impl Subnet {
    /// Its blocks of both kinds.
    pub fn cidrs(&self) -> impl Iterator<Item = IpNet> + use<> {
        std::iter::once(IpNet::V4(self.cidr)).chain(self.ipv6_cidr.map(IpNet::V6))
    }
}

impl Network {
    pub fn new(vpc: VpcId, cidr: Ipv4Net) -> Self {
        Self {
            vpc,
            cidrs: vec![cidr],
            ipv6_cidrs: Vec::new(),
            dns_support: true,
            dns_hostnames: false,
            subnets: BTreeMap::new(),
            route_tables: BTreeMap::new(),
            network_acls: BTreeMap::new(),
            security_groups: BTreeMap::new(),
            interfaces: BTreeMap::new(),
            attachments: BTreeMap::new(),
            prefix_lists: BTreeMap::new(),
            internet_gateway: None,
            egress_only_internet_gateway: None,
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

    pub fn interface_at(&self, address: impl Into<IpAddr>) -> Option<&NetworkInterface> {
        let private = address.into();
        self.interfaces.values().find(|interface| interface.has(private))
    }

    /// The interface and private address that stand behind a public address of IPv4; an address of IPv6 is the
    /// interface's own everywhere.
    pub fn behind_public(&self, public: IpAddr) -> Option<(&NetworkInterface, Ipv4Addr)> {
        let IpAddr::V4(public) = public else { return None };
        self.interfaces.values().find_map(|interface| {
            let address = interface.addresses.iter().find(|address| address.public == Some(public))?;
            Some((interface, address.private))
        })
    }

    /// The private addresses that a rule naming the group stands for.
    pub fn members(&self, group: &SecurityGroupId) -> BTreeSet<IpAddr> {
        let of_group = self.interfaces.values().filter(|interface| interface.groups.contains(group));
        of_group.flat_map(NetworkInterface::all_addresses).collect()
    }

    /// Whether an interface of the group has the address.
    pub fn is_member(&self, group: &SecurityGroupId, address: IpAddr) -> bool {
        self.interfaces.values().any(|interface| interface.groups.contains(group) && interface.has(address))
    }

    /// The blocks of both kinds.
    pub fn all_cidrs(&self) -> impl Iterator<Item = IpNet> + '_ {
        let v6 = self.ipv6_cidrs.iter().map(|cidr| IpNet::V6(*cidr));
        self.cidrs.iter().map(|cidr| IpNet::V4(*cidr)).chain(v6)
    }

    pub fn is_local(&self, address: impl Into<IpAddr>) -> bool {
        match address.into() {
            IpAddr::V4(address) => self.cidrs.iter().any(|cidr| cidr.contains(&address)),
            IpAddr::V6(address) => self.ipv6_cidrs.iter().any(|cidr| cidr.contains(&address)),
        }
    }
}

fn offset(cidr: Ipv4Net, by: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(cidr.network()).wrapping_add(by))
}
