//! Instances.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{InstanceId, NetworkInterfaceId, Scope, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub scope: Scope,
    pub id: InstanceId,
    pub reservation: String,
    pub launch_index: i32,
    pub image: String,
    pub instance_type: String,
    pub subnet: SubnetId,
    pub vpc: VpcId,
    pub zone: String,
    /// Its first interface, with which it begins and ends.
    pub interface: NetworkInterfaceId,
    pub private_ip: Ipv4Addr,
    pub state: InstanceState,
    /// AWS's code and text for why it is in that state.
    pub reason: Option<StateReason>,
    /// As it was given: base64.
    pub user_data: Option<String>,
    pub profile: Option<InstanceProfile>,
    pub metadata: MetadataOptions,
    /// Whether it terminates, rather than stops, when it shuts itself down.
    pub terminates_on_shutdown: bool,
    pub termination_protected: bool,
    pub stop_protected: bool,
    /// Whether a start gives it a public address of AWS's choice.
    pub wants_public_ip: bool,
    pub launched: Timestamp,
    /// Counts its starts, so that a restart is told from what runs.
    pub boots: u32,
    pub client_token: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    Pending,
    Running,
    Stopping {
        force: bool,
    },
    Stopped,
    ShuttingDown,
    /// Visible for a while, as on AWS.
    Terminated {
        at: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReason {
    pub code: String,
    pub message: String,
}

/// What an instance's role is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfile {
    pub arn: String,
    pub id: String,
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsRequest.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    pub enabled: bool,
    /// Whether only requests with a token are answered.
    pub tokens_required: bool,
    pub hop_limit: u8,
    /// Whether the instance sees its own tags.
    pub tags: bool,
}

impl InstanceState {
    /// AWS's number and name of the state.
    pub fn code_and_name(self) -> (i32, &'static str) {
        match self {
            Self::Pending => (0, "pending"),
            Self::Running => (16, "running"),
            Self::ShuttingDown => (32, "shutting-down"),
            Self::Terminated { .. } => (48, "terminated"),
            Self::Stopping { .. } => (64, "stopping"),
            Self::Stopped => (80, "stopped"),
        }
    }

    /// Whether it is on its way out or gone.
    pub fn is_ending(self) -> bool {
        matches!(self, Self::ShuttingDown | Self::Terminated { .. })
    }
}

resource!(Instance, table "ec2_instance", kind "instance",
    missing "InvalidInstanceID.NotFound" "The instance ID '{}' does not exist",
    malformed "InvalidInstanceID.Malformed" "i",
    keys crate::keys::instance);
