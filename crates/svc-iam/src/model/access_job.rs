//! Which services were reached, by whom: what is noted at each call, and the reports made of it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>

use crate::api;
use base::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// The last time that a user or role reached a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceUse {
    pub(crate) account: AccountId,
    /// The unique id of the user or role: one made again under its name is another.
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) at: Timestamp,
}

impl store::Table for ServiceUse {
    const NAME: &'static str = "access_service_use";
    fn key(&self) -> String {
        Self::key_of(&self.account, &self.id, &self.service)
    }
}

impl ServiceUse {
    pub(crate) fn key_of(account: &AccountId, id: &str, service: &str) -> String {
        format!("{account}/{id}/{service}")
    }
}

/// A report, as it was when it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessJob {
    pub(crate) account: AccountId,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) services: Vec<ServiceReport>,
}

/// One service of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceReport {
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Who reached it, the latest first.
    pub(crate) entities: Vec<EntityReport>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EntityReport {
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    /// `USER` or `ROLE`.
    pub(crate) kind: String,
    pub(crate) region: String,
    pub(crate) at: Timestamp,
}

impl store::Table for AccessJob {
    const NAME: &'static str = "access_job";
    fn key(&self) -> String {
        Self::key_of(&self.account, &self.id)
    }
}

impl AccessJob {
    pub(crate) fn key_of(account: &AccountId, id: &str) -> String {
        format!("{account}/{id}")
    }
}

impl ServiceReport {
    pub(crate) fn describe(&self) -> api::ServiceLastAccessed {
        let last = self.entities.first();
        api::ServiceLastAccessed {
            service_name: Some(self.name.clone()),
            service_namespace: Some(self.namespace.clone()),
            last_authenticated: last.map(|entity| entity.at),
            last_authenticated_entity: last.map(|entity| entity.arn.clone()),
            last_authenticated_region: last.map(|entity| entity.region.clone()),
            total_authenticated_entities: i32::try_from(self.entities.len()).ok(),
            tracked_actions_last_accessed: None,
        }
    }
}

impl EntityReport {
    pub(crate) fn describe(&self) -> api::EntityDetails {
        api::EntityDetails {
            entity_info: Some(api::EntityInfo {
                arn: Some(self.arn.clone()),
                id: Some(self.id.clone()),
                name: Some(self.name.clone()),
                path: Some(self.path.clone()),
                r#type: Some(self.kind.clone()),
            }),
            last_authenticated: Some(self.at),
        }
    }
}
