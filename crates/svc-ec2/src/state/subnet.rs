//! Subnets.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html>

use crate::state::{Ipv6Association, resource};
use crate::tags::Tags;
use base::{Scope, SubnetId, VpcId};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    pub scope: Scope,
    pub id: SubnetId,
    pub vpc: VpcId,
    pub cidr: Ipv4Net,
    #[serde(default)]
    pub ipv6_cidr: Option<Ipv6Association>,
    /// Whether interfaces made here get an address of IPv6.
    #[serde(default)]
    pub assign_ipv6: bool,
    /// The zone's name, `us-east-1a`.
    pub zone: String,
    /// What instances launched here get by default.
    pub map_public_ip_on_launch: bool,
    /// `ip-name` or `resource-name`.
    pub hostname_type: String,
    pub resource_name_a_record: bool,
    /// The default VPC's default subnet of its zone.
    #[serde(default)]
    pub is_default: bool,
    pub tags: Tags,
}

resource!(Subnet, table "ec2_subnet", kind "subnet",
    missing "InvalidSubnetID.NotFound" "The subnet ID '{}' does not exist",
    keys crate::keys::subnet, lends crate::keys::lent_by_subnet);
