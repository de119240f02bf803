//! Flow logs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{FlowLogId, NetworkInterfaceId, Scope, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use vpc::flow_log::{FlowLogFormat, Recorded};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowLog {
    pub scope: Scope,
    pub id: FlowLogId,
    pub of: Watched,
    pub traffic: Recorded,
    pub log_group: String,
    /// The role that writes to the log group.
    pub role: String,
    pub format: FlowLogFormat,
    /// 60 or 600 seconds.
    pub interval_s: u32,
    pub created: Timestamp,
    pub client_token: Option<String>,
    pub tags: Tags,
}

/// What a flow log is about: with a VPC or a subnet, all interfaces there, also later ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    Vpc(VpcId),
    Subnet(SubnetId),
    NetworkInterface(NetworkInterfaceId),
}

impl Watched {
    pub fn id(&self) -> &str {
        match self {
            Self::Vpc(id) => id.as_str(),
            Self::Subnet(id) => id.as_str(),
            Self::NetworkInterface(id) => id.as_str(),
        }
    }
}

resource!(FlowLog, table "ec2_flow_log", kind "vpc-flow-log",
    missing "InvalidFlowLogId.NotFound" "These flow log ids in the input list are not found: [TotalCount: 1] {}");

/// What the last delivery of a flow log that failed met; there is none for one that goes well. Not a part of the
/// flow log itself, whose changes concern the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedDelivery {
    pub scope: Scope,
    pub flow_log: FlowLogId,
    /// AWS's words.
    pub error: String,
}

impl store::Table for FailedDelivery {
    const NAME: &'static str = "flow_log_failed_delivery";
    fn key(&self) -> String {
        self.scope.key(self.flow_log.as_str())
    }
}
