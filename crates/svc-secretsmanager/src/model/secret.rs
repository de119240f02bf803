//! A secret without its values.

use crate::error;
use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use service::ServiceError;

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) scope: Scope,
    pub(crate) name: String,
    /// The six random characters at the end of the ARN.
    pub(crate) suffix: String,
    pub(crate) description: Option<String>,
    /// Set when the caller named a key; only AWS's own key for the service can be named.
    pub(crate) kms_key_id: Option<String>,
    pub(crate) owning_service: Option<String>,
    pub(crate) tags: Vec<Tag>,
    /// The resource policy as it was given; it has been checked.
    pub(crate) policy: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    /// The day of the last read.
    pub(crate) accessed: Option<Timestamp>,
    /// When the secret goes for good, once it is deleted.
    pub(crate) deletion: Option<Timestamp>,
    /// Oldest first.
    pub(crate) versions: Vec<Version>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    /// The staging labels; a version without any is deprecated.
    pub(crate) stages: Vec<String>,
    pub(crate) created: Timestamp,
    pub(crate) accessed: Option<Timestamp>,
}

impl Secret {
    pub(crate) fn new(scope: Scope, name: String, suffix: String, now: Timestamp) -> Self {
        Self {
            scope,
            name,
            suffix,
            description: None,
            kms_key_id: None,
            owning_service: None,
            tags: Vec::new(),
            policy: None,
            created: now,
            changed: now,
            accessed: None,
            deletion: None,
            versions: Vec::new(),
        }
    }

    pub(crate) fn arn(&self) -> String {
        Arn::regional("secretsmanager", &self.scope, format!("secret:{}-{}", self.name, self.suffix))
            .to_string()
    }

    /// # Errors
    /// When another service manages the secret.
    pub(crate) fn check_not_managed(&self) -> Result<(), ServiceError> {
        match &self.owning_service {
            Some(service) => Err(error::owned_by(service)),
            None => Ok(()),
        }
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.deletion.is_some()
    }

    /// Whether the recovery window is over: then the secret is no more.
    pub(crate) fn is_gone(&self, now: Timestamp) -> bool {
        self.deletion.is_some_and(|due| due <= now)
    }

    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    pub(crate) fn version_at(&self, stage: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.stages.iter().any(|s| s == stage))
    }

    /// Notes a read of a version. AWS keeps days, not moments.
    pub(crate) fn touch(&mut self, version: &str, now: Timestamp) {
        let day = day_of(now);
        self.accessed = Some(day);
        if let Some(version) = self.versions.iter_mut().find(|v| v.id == version) {
            version.accessed = Some(day);
        }
    }

    /// Whether a read of a version today has been noted already.
    pub(crate) fn is_touched(&self, version: &str, now: Timestamp) -> bool {
        let day = Some(day_of(now));
        self.accessed == day && self.version(version).is_some_and(|v| v.accessed == day)
    }
}

fn day_of(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(DAY_MS))
}
