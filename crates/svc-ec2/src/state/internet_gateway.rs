//! Internet gateways.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGateway.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{InternetGatewayId, Scope, VpcId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InternetGateway {
    pub scope: Scope,
    pub id: InternetGatewayId,
    /// The VPC it is attached to.
    pub vpc: Option<VpcId>,
    pub tags: Tags,
}

resource!(InternetGateway, table "ec2_internet_gateway", kind "internet-gateway",
    missing "InvalidInternetGatewayID.NotFound" "The internetGateway ID '{}' does not exist");
