//! VPC peering connections. Each end has a row of its own, because each has its own tags; what both
//! tell alike is written to both in one transaction.
//! <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>

use crate::state::resource;
use crate::tags::Tags;
use base::{AccountId, Scope, Timestamp, VpcId, VpcPeeringConnectionId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VpcPeeringConnection {
    /// Whose row it is: one of the ends' scopes.
    pub scope: Scope,
    pub id: VpcPeeringConnectionId,
    pub requester: PeeringEnd,
    pub accepter: PeeringEnd,
    pub status: PeeringStatus,
    /// When a request that nobody accepted ends.
    pub expires: Timestamp,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringEnd {
    pub scope: Scope,
    pub vpc: VpcId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeeringStatus {
    /// The accepter does not exist, or the blocks overlap.
    Failed {
        at: Timestamp,
    },
    Pending,
    Active,
    Rejected {
        at: Timestamp,
        by: AccountId,
    },
    Deleted {
        at: Timestamp,
        by: AccountId,
    },
}

/// <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle>
const VISIBLE_MS: i64 = 2 * 60 * 60 * 1000;
/// Expired requests stay longer.
const EXPIRED_VISIBLE_MS: i64 = 2 * 24 * 60 * 60 * 1000;

impl VpcPeeringConnection {
    pub fn is_active(&self) -> bool {
        self.status == PeeringStatus::Active
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.status == PeeringStatus::Pending && now >= self.expires
    }

    pub fn is_pending(&self, now: Timestamp) -> bool {
        self.status == PeeringStatus::Pending && now < self.expires
    }

    /// Whether it is still described.
    pub fn is_visible(&self, now: Timestamp) -> bool {
        let since = |at: &Timestamp| now.millis() - at.millis();
        match &self.status {
            PeeringStatus::Failed { at }
            | PeeringStatus::Rejected { at, .. }
            | PeeringStatus::Deleted { at, .. } => since(at) < VISIBLE_MS,
            PeeringStatus::Pending => since(&self.expires) < EXPIRED_VISIBLE_MS,
            PeeringStatus::Active => true,
        }
    }

    pub fn ends(&self) -> [&PeeringEnd; 2] {
        [&self.requester, &self.accepter]
    }

    /// The other end as seen from a VPC.
    pub fn other(&self, vpc: &VpcId) -> Option<&PeeringEnd> {
        match vpc {
            _ if *vpc == self.requester.vpc => Some(&self.accepter),
            _ if *vpc == self.accepter.vpc => Some(&self.requester),
            _ => None,
        }
    }

    /// The status's code, as the API shows it.
    pub fn code(&self, now: Timestamp) -> &'static str {
        match &self.status {
            PeeringStatus::Failed { .. } => "failed",
            PeeringStatus::Pending if self.is_expired(now) => "expired",
            PeeringStatus::Pending => "pending-acceptance",
            PeeringStatus::Active => "active",
            PeeringStatus::Rejected { .. } => "rejected",
            PeeringStatus::Deleted { .. } => "deleted",
        }
    }
}

resource!(VpcPeeringConnection, table "ec2_vpc_peering_connection", kind "vpc-peering-connection",
    missing "InvalidVpcPeeringConnectionID.NotFound" "The vpcPeeringConnection ID '{}' does not exist",
    malformed "InvalidVpcPeeringConnectionId.Malformed" "pcx");
