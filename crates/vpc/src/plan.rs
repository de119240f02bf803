//! The compiled form of a network: what the kernel is given for one VPC.
//!
//! One router namespace per VPC, one link per interface. A packet in the router's forward path meets,
//! in this order:
//!
//! 1. at the link it came by: `source_dest_check` on and the source not in `addresses` → `Spoofed`
//!    (prerouting). At the internet gateway's link the destination is translated public → private first.
//! 2. routing. From an interface's link: its subnet's table, whose `Local` routes continue in the table
//!    of interface addresses (one /32 per address). From the internet gateway's link: that table at once.
//!    The route's own drop, an address nobody has → `NoInterface`, back out of the same link → `Loop`.
//! 3. whenever the subnets of the two links differ (a gateway is in no subnet): the egress entries of the
//!    source subnet's ACL, then the ingress entries of the destination subnet's. Every packet, replies too.
//! 4. conntrack established or related → pass.
//! 5. if the source link is `filtered`: one of its groups' egress rules must match, else `SecurityGroup` out.
//! 6. if the destination link is `filtered`: one of its groups' ingress rules must match, else
//!    `SecurityGroup` in.
//! 7. the destination's own conditions: `Hub` refuses; a `NatGateway` refuses its own addresses and what
//!    is not TCP, UDP or ICMP; `source_dest_check` on and the destination not in `addresses` →
//!    `DestinationCheck`; towards the internet gateway a source without translation → `NoPublicAddress`;
//!    towards a peered VPC a source that is not in this VPC's CIDRs or a destination that is not in the
//!    other's → `Transit`.
//!
//! What comes by a peering link is treated like what comes by the internet gateway's, without translation:
//! it goes straight to the table of interface addresses, so that it cannot go on to a third network.
//!
//! IPv6 takes the same steps, without translation: what comes by a gateway's link keeps its destination, and what
//! leaves by one must come from the VPC's blocks, else `NoPublicAddress`. Between 2 and 3 the egress-only gateway drops
//! what is no answer to what went out there, and every answer that would go out there to what came in elsewhere
//! (`EgressOnly`).
//! Neighbour discovery ends at the link, to which neither groups nor ACLs apply.
//!
//! In postrouting towards the internet gateway the source is translated private → public. Packets to the
//! resolver and to link-local addresses end in the router (input, not forward): neither groups nor ACLs apply.
//! What a NAT gateway does to a packet happens in its own namespace (`masquerade`).

use crate::{Action, DropRef, InterfaceKind, RuleRef, Seat, Traffic};
use base::{
    EgressOnlyInternetGatewayId, InternetGatewayId, NetworkAclId, NetworkInterfaceId, RouteTableId,
    SecurityGroupId, SubnetId, VpcEndpointId, VpcId, VpcPeeringConnectionId,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub vpc: VpcId,
    pub cidrs: Vec<Ipv4Net>,
    /// None: there is no IPv6 in this VPC, and the kernel is told of none.
    pub ipv6_cidrs: Vec<Ipv6Net>,
    /// Where the router stands for its links (base plus one).
    pub router: Option<Ipv4Addr>,
    /// Where DNS is served (base plus two); `None`: not at all.
    pub resolver: Option<Ipv4Addr>,
    pub internet_gateway: Option<InternetGatewayId>,
    pub egress_only_internet_gateway: Option<EgressOnlyInternetGatewayId>,
    pub subnets: BTreeMap<SubnetId, SubnetPlan>,
    /// Shared with the plan before where nothing changed, and so are the parts of groups: what is one and the
    /// same need not be compared.
    pub links: BTreeMap<NetworkInterfaceId, Arc<LinkPlan>>,
    /// The links that end in the namespace of another interface.
    pub seats: BTreeMap<NetworkInterfaceId, Seat>,
    pub tables: BTreeMap<RouteTableId, TablePlan>,
    pub acls: BTreeMap<NetworkAclId, AclPlan>,
    /// Every group that exists or that a rule names.
    pub groups: BTreeMap<SecurityGroupId, GroupPlan>,
    /// Ordered by private address.
    pub translations: Vec<Translation>,
    /// The links to other VPCs' routers.
    pub peerings: BTreeMap<VpcPeeringConnectionId, PeeringPlan>,
}

impl Plan {
    /// The gateway endpoints that routes lead to, with the addresses that each answers at: the first of every
    /// block that is routed to it.
    pub fn gateway_endpoints(&self) -> BTreeMap<VpcEndpointId, Vec<IpAddr>> {
        let mut all = BTreeMap::<VpcEndpointId, Vec<IpAddr>>::new();
        for route in self.tables.values().flat_map(|table| &table.routes) {
            if let (RouteAction::GatewayEndpoint(id), IpNet::V4(block)) = (&route.action, route.destination) {
                let address = IpAddr::V4(gateway_endpoint_address(block));
                let known = all.entry(id.clone()).or_default();
                if !known.contains(&address) {
                    known.push(address);
                }
            }
        }
        all
    }
}

/// Where whoever stands behind a gateway endpoint answers in one of its blocks.
pub fn gateway_endpoint_address(block: Ipv4Net) -> Ipv4Addr {
    Ipv4Addr::from_bits(block.network().to_bits().saturating_add(1))
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringPlan {
    /// The VPC at the other end.
    pub vpc: VpcId,
    /// What may be sent there and come from there.
    pub cidrs: Vec<IpNet>,
    /// The groups there that rules here name, with their members.
    pub members: BTreeMap<SecurityGroupId, BTreeSet<IpAddr>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetPlan {
    /// Greater than zero, different for each subnet of the VPC, and made of the id alone as long as no
    /// two collide, so that it does not change when others come and go.
    pub index: u32,
    pub cidr: Ipv4Net,
    pub acl: NetworkAclId,
    pub table: RouteTableId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPlan {
    pub subnet: SubnetId,
    pub subnet_index: u32,
    /// The number of the routing table for packets that come from the interface.
    pub table: u32,
    /// The primary address first.
    pub addresses: Vec<Ipv4Addr>,
    pub ipv6_addresses: Vec<Ipv6Addr>,
    pub source_dest_check: bool,
    /// Whether security groups apply. A filtered link without groups lets no connection through.
    pub filtered: bool,
    pub groups: BTreeSet<SecurityGroupId>,
    /// Whether the interface's own namespace translates what it forwards to its own address.
    pub masquerade: bool,
    /// Whether a flow log covers the interface.
    pub recorded: bool,
    pub kind: InterfaceKind,
}

impl LinkPlan {
    /// Its addresses of both kinds.
    pub fn all_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let v6 = self.ipv6_addresses.iter().copied().map(IpAddr::V6);
        self.addresses.iter().copied().map(IpAddr::V4).chain(v6)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePlan {
    /// Stable in the same way as a subnet's index; above the kernel's own tables.
    pub number: u32,
    /// The longest prefixes first; of each kind that the VPC has, the last one covers everything.
    pub routes: Vec<RoutePlan>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutePlan {
    pub destination: IpNet,
    pub action: RouteAction,
    pub origin: RuleRef,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteAction {
    /// Go on in the table of interface addresses (`throw`).
    Local,
    /// By the link of an interface: a NAT gateway or an appliance.
    Link(NetworkInterfaceId),
    InternetGateway,
    EgressOnlyInternetGateway,
    GatewayEndpoint(VpcEndpointId),
    /// By the link to another VPC's router, as far as there is one.
    Peering(VpcPeeringConnectionId),
    Drop(DropRef),
}

/// Entries in their order; what none matches is dropped by the default entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclPlan {
    pub ingress: Vec<AclEntryPlan>,
    pub egress: Vec<AclEntryPlan>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclEntryPlan {
    pub number: u16,
    pub action: Action,
    pub traffic: Traffic,
    /// Sources for ingress, destinations for egress.
    pub cidr: IpNet,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPlan {
    /// Addresses of the interfaces in the group: the set that rules naming the group look in.
    pub members: Arc<BTreeSet<IpAddr>>,
    pub ingress: Arc<Vec<GroupRulePlan>>,
    pub egress: Arc<Vec<GroupRulePlan>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRulePlan {
    pub traffic: Traffic,
    pub peer: PeerPlan,
    pub origin: RuleRef,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerPlan {
    /// One CIDR, or all of a prefix list.
    Cidrs(Vec<IpNet>),
    /// The members of a group of [`Plan::groups`].
    Members(SecurityGroupId),
    /// The members of a group of the VPC at the other end, as far as packets come or go by that link.
    Across { peering: VpcPeeringConnectionId, group: SecurityGroupId },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Translation {
    pub private: Ipv4Addr,
    pub public: Ipv4Addr,
    pub interface: NetworkInterfaceId,
}
