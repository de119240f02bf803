//! Network ACLs with their entries and associations.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAcl.html>

use crate::model::acl_entry::AclTraffic;
use crate::state::resource;
use crate::tags::Tags;
use base::{NetworkAclAssociationId, NetworkAclId, Scope, SubnetId, VpcId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkAcl {
    pub scope: Scope,
    pub id: NetworkAclId,
    pub vpc: VpcId,
    pub is_default: bool,
    /// Without the last entries, which deny the rest and cannot be changed.
    pub entries: Vec<NetworkAclEntry>,
    pub associations: Vec<NetworkAclAssociation>,
    pub client_token: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkAclEntry {
    /// 1 to 32766.
    pub number: u16,
    pub egress: bool,
    pub allow: bool,
    pub traffic: AclTraffic,
    pub cidr: IpNet,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkAclAssociation {
    pub id: NetworkAclAssociationId,
    pub subnet: SubnetId,
}

resource!(NetworkAcl, table "ec2_network_acl", kind "network-acl",
    missing "InvalidNetworkAclID.NotFound" "The networkAcl ID '{}' does not exist",
    keys crate::keys::network_acl);
