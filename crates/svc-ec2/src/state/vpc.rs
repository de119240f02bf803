//! VPCs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{DhcpOptionsId, Scope, VpcId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    pub scope: Scope,
    pub id: VpcId,
    pub cidr: Ipv4Net,
    /// `vpc-cidr-assoc-…` of the primary CIDR.
    pub cidr_association: String,
    /// Further blocks, in the order of their association.
    #[serde(default)]
    pub secondary_cidrs: Vec<CidrAssociation>,
    /// Amazon's blocks of IPv6, in the order of their association.
    #[serde(default)]
    pub ipv6_cidrs: Vec<Ipv6Association>,
    pub dhcp_options: DhcpOptionsId,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    /// The VPC that the region began with, or that CreateDefaultVpc made.
    #[serde(default)]
    pub is_default: bool,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CidrAssociation {
    /// `vpc-cidr-assoc-…`
    pub id: String,
    pub cidr: Ipv4Net,
}

/// A block of IPv6 that a VPC or a subnet has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ipv6Association {
    /// `vpc-cidr-assoc-…`, `subnet-cidr-assoc-…`
    pub id: String,
    pub cidr: Ipv6Net,
}

impl Vpc {
    pub fn has_ipv6(&self) -> bool {
        !self.ipv6_cidrs.is_empty()
    }

    /// The blocks of both kinds.
    pub fn all_cidrs(&self) -> impl Iterator<Item = IpNet> + '_ {
        self.cidrs().map(IpNet::V4).chain(self.ipv6_cidrs.iter().map(|a| IpNet::V6(a.cidr)))
    }

    /// The primary block first.
    pub fn cidrs(&self) -> impl Iterator<Item = Ipv4Net> + '_ {
        std::iter::once(self.cidr).chain(self.secondary_cidrs.iter().map(|association| association.cidr))
    }
}

resource!(Vpc, table "ec2_vpc", kind "vpc", missing "InvalidVpcID.NotFound" "The vpc ID '{}' does not exist",
    keys crate::keys::vpc, lends crate::keys::lent_by_vpc);
