//! Access keys of users.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>

use crate::api;
use base::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Keyed by its id alone, because a request names nothing else.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessKey {
    pub id: String,
    pub account: AccountId,
    pub(crate) user: String,
    /// The secret, sealed under [`AccessKey::context`].
    pub(crate) sealed: Vec<u8>,
    pub active: bool,
    pub(crate) created: Timestamp,
    pub(crate) last_use: Option<LastUse>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastUse {
    pub(crate) at: Timestamp,
    pub(crate) service: String,
    pub(crate) region: String,
}

impl store::Table for AccessKey {
    const NAME: &'static str = "iam_access_key";
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({}, {}, active: {})", self.id, self.user, self.active)
    }
}

impl AccessKey {
    /// What the secret of this id is sealed under.
    pub(crate) fn context(id: &str) -> String {
        format!("iam:access-key:{id}")
    }

    pub(crate) fn status(&self) -> String {
        if self.active { "Active" } else { "Inactive" }.to_owned()
    }

    pub(crate) fn describe(&self) -> api::AccessKeyMetadata {
        api::AccessKeyMetadata {
            user_name: Some(self.user.clone()),
            access_key_id: Some(self.id.clone()),
            status: Some(self.status()),
            create_date: Some(self.created),
        }
    }

    pub(crate) fn describe_last_use(&self) -> api::AccessKeyLastUsed {
        let unknown = || "N/A".to_owned();
        let last = self.last_use.as_ref();
        api::AccessKeyLastUsed {
            last_used_date: last.map(|l| l.at),
            service_name: Some(last.map_or_else(unknown, |l| l.service.clone())),
            region: Some(last.map_or_else(unknown, |l| l.region.clone())),
        }
    }
}
