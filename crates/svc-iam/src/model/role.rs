//! Roles.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>

use super::{Permissions, Tags, key};
use crate::encode::percent;
use crate::{api, error::delete_conflict};
use base::{AccountId, Arn, Timestamp};
use policy::Document;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub account: AccountId,
    pub name: String,
    pub path: String,
    pub id: String,
    pub created: Timestamp,
    /// Who may assume the role.
    pub trust: Arc<Document>,
    pub(crate) description: Option<String>,
    pub max_session_duration_s: i32,
    pub(crate) permissions: Permissions,
    pub(crate) tags: Tags,
    /// The service of a service-linked role.
    pub(crate) linked_service: Option<String>,
    pub(crate) last_used: Option<RoleUse>,
}

/// When and from which region a role was assumed last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoleUse {
    pub(crate) at: Timestamp,
    pub(crate) region: String,
}

impl store::Table for Role {
    const NAME: &'static str = "iam_role";
    fn key(&self) -> String {
        key(self.account.as_str(), &self.name)
    }
}

impl Role {
    pub fn arn(&self) -> String {
        Arn::global("iam", &self.account, format!("role{}{}", self.path, self.name)).to_string()
    }

    /// The tags of the role, which become `aws:PrincipalTag/…` of its sessions.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter()
    }

    pub(crate) fn check_deletable(&self) -> Result<(), ServiceError> {
        if !self.permissions.attached.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
        }
        if !self.permissions.inline.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must delete policies first."));
        }
        Ok(())
    }

    /// As lists and instance profiles show it.
    pub(crate) fn describe_short(&self) -> api::Role {
        api::Role {
            path: Some(self.path.clone()),
            role_name: Some(self.name.clone()),
            role_id: Some(self.id.clone()),
            arn: Some(self.arn()),
            create_date: Some(self.created),
            assume_role_policy_document: Some(percent(self.trust.text())),
            description: self.description.clone(),
            max_session_duration: Some(self.max_session_duration_s),
            ..api::Role::default()
        }
    }

    /// As GetRole shows it.
    pub(crate) fn describe(&self) -> api::Role {
        api::Role {
            permissions_boundary: self.permissions.describe_boundary(),
            tags: self.tags.describe_some(),
            role_last_used: Some(self.describe_last_used()),
            ..self.describe_short()
        }
    }

    fn describe_last_used(&self) -> api::RoleLastUsed {
        api::RoleLastUsed {
            last_used_date: self.last_used.as_ref().map(|u| u.at),
            region: self.last_used.as_ref().map(|u| u.region.clone()),
        }
    }
}
