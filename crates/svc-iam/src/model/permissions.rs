//! What users, groups and roles have in common: inline policies, attached policies, a boundary.

use crate::api::AttachedPermissionsBoundary;
use crate::error::{limit_exceeded, no_such, no_such_entity, quota};
use crate::quota::{ATTACHED_POLICIES, INLINE_OF_GROUP, INLINE_OF_ROLE, INLINE_OF_USER};
use policy::Document;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which of the three, for texts and quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entity {
    User,
    Group,
    Role,
}

impl Entity {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    fn inline_quota(self) -> usize {
        match self {
            Self::User => INLINE_OF_USER,
            Self::Group => INLINE_OF_GROUP,
            Self::Role => INLINE_OF_ROLE,
        }
    }

    fn attached_quota(self) -> &'static str {
        match self {
            Self::User => "PoliciesPerUser",
            Self::Group => "PoliciesPerGroup",
            Self::Role => "PoliciesPerRole",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Permissions {
    pub(crate) inline: BTreeMap<String, Arc<Document>>,
    /// ARNs of managed policies.
    pub(crate) attached: BTreeSet<String>,
    /// The ARN of the managed policy that is the boundary.
    pub(crate) boundary: Option<String>,
}

impl Permissions {
    pub(crate) fn put_inline(
        &mut self,
        entity: Entity,
        owner: &str,
        name: &str,
        document: Arc<Document>,
    ) -> Result<(), ServiceError> {
        self.inline.insert(name.to_owned(), document);
        let size: usize = self.inline.values().map(|d| size_of_document(d.text())).sum();
        let (noun, most) = (entity.noun(), entity.inline_quota());
        if size > most {
            return Err(limit_exceeded(format!(
                "Maximum policy size of {most} bytes exceeded for {noun} {owner}"
            )));
        }
        Ok(())
    }

    pub(crate) fn inline(&self, entity: Entity, name: &str) -> Result<&Arc<Document>, ServiceError> {
        self.inline.get(name).ok_or_else(|| no_such(&format!("{} policy", entity.noun()), name))
    }

    pub(crate) fn remove_inline(&mut self, entity: Entity, name: &str) -> Result<(), ServiceError> {
        self.inline(entity, name)?;
        self.inline.remove(name);
        Ok(())
    }

    pub(crate) fn attach(&mut self, entity: Entity, arn: &str) -> Result<(), ServiceError> {
        self.attached.insert(arn.to_owned());
        if self.attached.len() > ATTACHED_POLICIES {
            return Err(quota(entity.attached_quota(), ATTACHED_POLICIES));
        }
        Ok(())
    }

    pub(crate) fn detach(&mut self, arn: &str) -> Result<(), ServiceError> {
        if self.attached.remove(arn) {
            Ok(())
        } else {
            Err(no_such_entity(format!("Policy {arn} was not found.")))
        }
    }

    pub(crate) fn describe_boundary(&self) -> Option<AttachedPermissionsBoundary> {
        self.boundary.clone().map(|arn| AttachedPermissionsBoundary {
            permissions_boundary_arn: Some(arn),
            permissions_boundary_type: Some("Policy".to_owned()),
        })
    }
}

/// AWS does not count white space.
pub(crate) fn size_of_document(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
