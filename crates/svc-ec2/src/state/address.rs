//! Elastic IP addresses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{AllocationId, AssociationId, NetworkInterfaceId, Scope};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Address {
    pub scope: Scope,
    pub id: AllocationId,
    pub public_ip: Ipv4Addr,
    pub association: Option<AddressAssociation>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddressAssociation {
    pub id: AssociationId,
    pub interface: NetworkInterfaceId,
    pub private_ip: Ipv4Addr,
}

resource!(Address, table "ec2_address", kind "elastic-ip",
    missing "InvalidAllocationID.NotFound" "The allocation ID '{}' does not exist",
    keys crate::keys::address);
