//! Interface endpoints and gateway endpoints.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp, VpcEndpointId, VpcId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    pub scope: Scope,
    pub id: VpcEndpointId,
    pub vpc: VpcId,
    /// `com.amazonaws.REGION.secretsmanager`.
    pub service_name: String,
    /// `None` is the default policy, which allows everything.
    pub policy: Option<policy::Document>,
    /// Whether routes lead to it, rather than addresses of interfaces.
    #[serde(default)]
    pub gateway: bool,
    pub interfaces: BTreeMap<SubnetId, NetworkInterfaceId>,
    pub groups: BTreeSet<SecurityGroupId>,
    pub private_dns: bool,
    /// The random part of its DNS names.
    pub dns_token: String,
    pub created: Timestamp,
    pub client_token: Option<String>,
    pub tags: Tags,
}

resource!(VpcEndpoint, table "ec2_vpc_endpoint", kind "vpc-endpoint",
    missing "InvalidVpcEndpointId.NotFound" "The Vpc Endpoint Id '{}' does not exist",
    malformed "InvalidVpcEndpointId.Malformed" "vpce",
    keys crate::keys::vpc_endpoint);
