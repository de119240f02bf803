//! The way of HTTP APIs into a VPC: interfaces from which requests come.
//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks-vpclinkid.html>

use super::Texts;
use base::{Arn, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp};
use serde::{Deserialize, Serialize};
use store::Table;

/// ```text
///   create ──> Pending ──> Available ──> Deleting ──> (gone)
///                 │                         ▲
///                 └──> Failed ──────────────┘
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkStage {
    Pending,
    Available,
    Failed { reason: String },
    Deleting,
}

impl LinkStage {
    pub fn text(&self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Available => "AVAILABLE",
            Self::Failed { .. } => "FAILED",
            Self::Deleting => "DELETING",
        }
    }

    pub fn message(&self) -> &str {
        match self {
            Self::Pending => "VPC link is provisioning ENIs",
            Self::Available => "VPC link is ready to route traffic",
            Self::Failed { reason } => reason,
            Self::Deleting => "VPC link is deleting ENIs",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VpcLink {
    pub scope: Scope,
    pub id: String,
    pub name: String,
    pub subnets: Vec<SubnetId>,
    /// Those that were named; without any its interfaces are in the VPC's default group.
    pub groups: Vec<SecurityGroupId>,
    pub created: Timestamp,
    pub stage: LinkStage,
    pub interfaces: Vec<NetworkInterfaceId>,
    pub tags: Texts,
}

impl VpcLink {
    /// As the user of its interfaces, and in policies.
    pub fn arn(&self) -> String {
        let path = format!("/vpclinks/{}", self.id);
        Arn { account: String::new(), ..Arn::regional("apigateway", &self.scope, path) }.to_string()
    }
}

impl Table for VpcLink {
    const NAME: &'static str = "apigatewayv2_vpc_link";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}
