//! Users.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html>

use super::{LoginProfile, Permissions, Tags, key};
use crate::{api, error::delete_conflict};
use base::{AccountId, Arn, Timestamp};
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) permissions: Permissions,
    pub(crate) tags: Tags,
    /// Ids of the user's access keys, oldest first.
    pub(crate) access_keys: Vec<String>,
    /// Lower-cased names of the groups that the user is in.
    #[serde(default)]
    pub(crate) groups: BTreeSet<String>,
    /// The user's password, if there is one.
    #[serde(default)]
    pub(crate) login: Option<LoginProfile>,
}

impl store::Table for User {
    const NAME: &'static str = "iam_user";
    fn key(&self) -> String {
        key(self.account.as_str(), &self.name)
    }
}

impl User {
    pub(crate) fn arn(&self) -> String {
        Arn::global("iam", &self.account, format!("user{}{}", self.path, self.name)).to_string()
    }

    pub(crate) fn principal(&self) -> policy::Principal {
        policy::Principal::User {
            account: self.account.clone(),
            path: self.path.clone(),
            name: self.name.clone(),
            id: self.id.clone(),
        }
    }

    pub(crate) fn check_deletable(&self) -> Result<(), ServiceError> {
        let conflict = |what| Err(delete_conflict(format!("Cannot delete entity, must {what} first.")));
        if !self.access_keys.is_empty() {
            return conflict("delete access keys");
        }
        if self.login.is_some() {
            return conflict("delete login profile");
        }
        if !self.groups.is_empty() {
            return conflict("remove users from group");
        }
        if !self.permissions.attached.is_empty() {
            return conflict("detach all policies");
        }
        if !self.permissions.inline.is_empty() {
            return conflict("delete policies");
        }
        Ok(())
    }

    pub(crate) fn leave(&mut self, group: &str) {
        self.groups.remove(&group.to_lowercase());
    }

    /// As ListUsers shows it.
    pub(crate) fn describe_short(&self) -> api::User {
        api::User {
            path: Some(self.path.clone()),
            user_name: Some(self.name.clone()),
            user_id: Some(self.id.clone()),
            arn: Some(self.arn()),
            create_date: Some(self.created),
            ..api::User::default()
        }
    }

    pub(crate) fn describe(&self) -> api::User {
        api::User {
            permissions_boundary: self.permissions.describe_boundary(),
            tags: self.tags.describe_some(),
            ..self.describe_short()
        }
    }
}
