//! Managed policies: an account's own, and AWS's.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html>

use super::{Tags, key};
use crate::api;
use crate::encode::percent;
use crate::error::{delete_conflict, limit_exceeded, no_such_entity, quota};
use crate::model::permissions::size_of_document;
use crate::quota::{MANAGED_POLICY, VERSIONS_PER_POLICY};
use base::{PARTITION, Timestamp};
use policy::Document;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    /// The account's number, or `aws`.
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    /// Oldest first, never empty.
    pub(crate) versions: Vec<PolicyVersion>,
    pub(crate) default_version: u32,
    /// Numbers of versions are never used again.
    pub(crate) next_number: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) number: u32,
    pub(crate) created: Timestamp,
    pub(crate) document: Arc<Document>,
}

/// How many users and roles have a policy attached, and have it as their boundary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) attached: i32,
    pub(crate) boundary: i32,
}

impl store::Table for ManagedPolicy {
    const NAME: &'static str = "iam_policy";
    fn key(&self) -> String {
        key(&self.owner, &self.name)
    }
}

impl ManagedPolicy {
    pub(crate) fn arn(&self) -> String {
        format!("arn:{PARTITION}:iam::{}:policy{}{}", self.owner, self.path, self.name)
    }

    pub(crate) fn default_document(&self) -> Option<&Arc<Document>> {
        self.versions.iter().find(|v| v.number == self.default_version).map(|v| &v.document)
    }

    pub(crate) fn version(&self, id: &str) -> Result<&PolicyVersion, ServiceError> {
        self.versions.iter().find(|v| v.id() == id).ok_or_else(|| {
            no_such_entity(format!("Policy {} version {id} does not exist or is not attachable.", self.arn()))
        })
    }

    pub(crate) fn add_version(
        &mut self,
        document: Arc<Document>,
        set_as_default: bool,
        now: Timestamp,
    ) -> Result<&PolicyVersion, ServiceError> {
        check_size(&document)?;
        if self.versions.len() >= VERSIONS_PER_POLICY {
            return Err(limit_exceeded(format!(
                "A managed policy can have up to {VERSIONS_PER_POLICY} versions. Before you create a new version, you must delete an existing version."
            )));
        }
        let number = self.next_number;
        self.next_number += 1;
        if set_as_default {
            self.default_version = number;
        }
        self.updated = now;
        self.versions.push(PolicyVersion { number, created: now, document });
        self.version(&format!("v{number}"))
    }

    pub(crate) fn remove_version(&mut self, id: &str) -> Result<(), ServiceError> {
        let number = self.version(id)?.number;
        if number == self.default_version {
            return Err(delete_conflict("Cannot delete the default version of a policy."));
        }
        self.versions.retain(|v| v.number != number);
        Ok(())
    }

    pub(crate) fn check_deletable(&self, usage: Usage) -> Result<(), ServiceError> {
        if usage != Usage::default() {
            return Err(delete_conflict("Cannot delete a policy attached to entities."));
        }
        if self.versions.len() > 1 {
            return Err(delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
            ));
        }
        Ok(())
    }

    /// As ListPolicies shows it.
    pub(crate) fn describe_short(&self, usage: Usage) -> api::Policy {
        api::Policy {
            policy_name: Some(self.name.clone()),
            policy_id: Some(self.id.clone()),
            arn: Some(self.arn()),
            path: Some(self.path.clone()),
            default_version_id: Some(format!("v{}", self.default_version)),
            attachment_count: Some(usage.attached),
            permissions_boundary_usage_count: Some(usage.boundary),
            is_attachable: Some(true),
            create_date: Some(self.created),
            update_date: Some(self.updated),
            ..api::Policy::default()
        }
    }

    pub(crate) fn describe(&self, usage: Usage) -> api::Policy {
        api::Policy {
            description: self.description.clone(),
            tags: Some(self.tags.describe()),
            ..self.describe_short(usage)
        }
    }

    /// A version without its document, as lists show it.
    pub(crate) fn describe_version(&self, version: &PolicyVersion) -> api::PolicyVersion {
        api::PolicyVersion {
            version_id: Some(version.id()),
            is_default_version: Some(version.number == self.default_version),
            create_date: Some(version.created),
            document: None,
        }
    }

    pub(crate) fn describe_version_whole(&self, version: &PolicyVersion) -> api::PolicyVersion {
        api::PolicyVersion {
            document: Some(percent(version.document.text())),
            ..self.describe_version(version)
        }
    }
}

impl PolicyVersion {
    pub(crate) fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

pub(crate) fn check_size(document: &Document) -> Result<(), ServiceError> {
    if size_of_document(document.text()) > MANAGED_POLICY {
        return Err(quota("PolicySize", MANAGED_POLICY));
    }
    Ok(())
}
