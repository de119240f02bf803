//! What is drawn, before it is known where.

use base::{NetworkInterfaceId, SubnetId, VpcId};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Map {
    pub vpcs: Vec<Vpc>,
    /// Who may talk to whom, in a fixed order.
    pub talks: Vec<Talk>,
    /// How many more there are than are drawn.
    pub left_out: usize,
    /// There are so many interfaces that nobody was asked who talks to whom.
    pub is_large: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    pub id: VpcId,
    pub name: Option<String>,
    pub cidrs: Vec<String>,
    pub internet_gateway: Option<String>,
    /// The connection, and the VPC at its other end.
    pub peerings: Vec<(String, String)>,
    pub zones: Vec<Zone>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    pub name: String,
    pub subnets: Vec<Subnet>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    pub id: SubnetId,
    pub name: Option<String>,
    pub cidr: String,
    pub tier: Tier,
    pub route_table: String,
    pub network_acl: String,
    /// The routes besides the local ones.
    pub routes: Vec<RouteLine>,
    pub interfaces: Vec<Interface>,
}

/// How a subnet goes out, which is how people call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// By an internet gateway.
    Public,
    /// By a NAT gateway or another interface.
    Private,
    /// Not at all.
    Isolated,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteLine {
    pub destination: String,
    pub target: String,
    pub kind: TargetKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    Internet,
    Nat,
    Peering,
    Endpoint,
    Interface,
    Nowhere,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub id: NetworkInterfaceId,
    pub what: What,
    pub name: String,
    pub address: String,
    pub public: Option<String>,
    pub groups: Vec<String>,
    pub outward: Option<Outward>,
}

/// What has an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Function,
    Database,
    Instance,
    Program,
    Endpoint,
    NatGateway,
    Interface,
}

/// The way by which an interface reaches the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outward {
    InternetGateway,
    NatGateway,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    pub from: Party,
    pub to: NetworkInterfaceId,
    /// `5432`, `22, 80-90`, `udp 53`, `any`.
    pub ports: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    Internet,
    Interface(NetworkInterfaceId),
}

impl Tier {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Isolated => "isolated",
        }
    }
}

impl What {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Database => "database",
            Self::Instance => "instance",
            Self::Program => "program",
            Self::Endpoint => "endpoint",
            Self::NatGateway => "NAT gateway",
            Self::Interface => "interface",
        }
    }
}

impl Map {
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        let zones = self.vpcs.iter().flat_map(|vpc| &vpc.zones);
        zones.flat_map(|zone| &zone.subnets).flat_map(|subnet| &subnet.interfaces)
    }

    pub fn interface(&self, id: &NetworkInterfaceId) -> Option<&Interface> {
        self.interfaces().find(|interface| &interface.id == id)
    }
}
