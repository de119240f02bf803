//! Egress-only internet gateways: for IPv6, outward alone.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EgressOnlyInternetGateway.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{EgressOnlyInternetGatewayId, Scope, VpcId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EgressOnlyInternetGateway {
    pub scope: Scope,
    pub id: EgressOnlyInternetGatewayId,
    /// The VPC it was made for, and to which it is attached until it is deleted.
    pub vpc: VpcId,
    pub client_token: Option<String>,
    pub tags: Tags,
}

resource!(EgressOnlyInternetGateway, table "ec2_egress_only_internet_gateway", kind "egress-only-internet-gateway",
    missing "InvalidGatewayID.NotFound" "The egressOnlyInternetGateway ID '{}' does not exist");
