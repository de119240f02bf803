//! Instance profiles: what carries a role to an instance.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html>

use super::{Role, Tags, key};
use crate::api;
use base::{AccountId, Arn, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) tags: Tags,
    /// The name of the one role that a profile may have.
    pub(crate) role: Option<String>,
}

impl store::Table for InstanceProfile {
    const NAME: &'static str = "iam_instance_profile";
    fn key(&self) -> String {
        key(self.account.as_str(), &self.name)
    }
}

impl InstanceProfile {
    pub(crate) fn arn(&self) -> String {
        Arn::global("iam", &self.account, format!("instance-profile{}{}", self.path, self.name)).to_string()
    }

    pub(crate) fn describe(&self, role: Option<&Role>) -> api::InstanceProfile {
        api::InstanceProfile {
            path: Some(self.path.clone()),
            instance_profile_name: Some(self.name.clone()),
            instance_profile_id: Some(self.id.clone()),
            arn: Some(self.arn()),
            create_date: Some(self.created),
            roles: Some(role.map(Role::describe_short).into_iter().collect()),
            tags: self.tags.describe_some(),
        }
    }
}
