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
    pub dhcp_options: DhcpOptionsId,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    pub tags: Tags,
}

resource!(Vpc, table "ec2_vpc", kind "vpc", missing "InvalidVpcID.NotFound" "The vpc ID '{}' does not exist");
