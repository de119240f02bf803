//! The deletion of a service-linked role, as GetServiceLinkedRoleDeletionStatus tells it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html>

use base::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a task that ended can be asked about.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeletionTask {
    pub(crate) account: AccountId,
    pub(crate) id: String,
    pub(crate) ended: Timestamp,
}

impl store::Table for DeletionTask {
    const NAME: &'static str = "iam_deletion_task";
    fn key(&self) -> String {
        Self::key_of(&self.account, &self.id)
    }
}

impl DeletionTask {
    pub(crate) fn key_of(account: &AccountId, id: &str) -> String {
        format!("{account}/{id}")
    }

    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        now.0 - self.ended.0 > KEPT_MS
    }
}
