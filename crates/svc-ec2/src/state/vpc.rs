//! VPCs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{DhcpOptionsId, Scope, VpcId};
use ipnet::Ipv4Net;
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

impl Vpc {
    /// The primary block first.
    pub fn cidrs(&self) -> impl Iterator<Item = Ipv4Net> + '_ {
        std::iter::once(self.cidr).chain(self.secondary_cidrs.iter().map(|association| association.cidr))
    }
}

resource!(Vpc, table "ec2_vpc", kind "vpc", missing "InvalidVpcID.NotFound" "The vpc ID '{}' does not exist",
    keys crate::keys::vpc, lends crate::keys::lent_by_vpc);
