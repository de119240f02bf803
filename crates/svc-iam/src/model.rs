//! The entities of IAM, their invariants and how they show themselves. No I/O.

mod access_job;
mod access_key;
mod account_settings;
mod deletion_task;
mod document;
mod group;
mod instance_profile;
mod login_profile;
mod managed_policy;
mod open_id_connect_provider;
mod page;
mod password;
mod permissions;
mod role;
mod tags;
mod user;

pub use access_key::AccessKey;
pub use open_id_connect_provider::OpenIdConnectProvider;
pub use role::Role;

pub(crate) use access_job::{AccessJob, EntityReport, ServiceReport, ServiceUse};
pub(crate) use access_key::LastUse;
pub(crate) use account_settings::{AccountSettings, PasswordPolicy};
pub(crate) use deletion_task::DeletionTask;
pub(crate) use document::{check_trust, read_document, read_trust};
pub(crate) use group::Group;
pub(crate) use instance_profile::InstanceProfile;
pub(crate) use login_profile::LoginProfile;
pub(crate) use managed_policy::{ManagedPolicy, PolicyVersion, Usage, check_size};
pub(crate) use page::page;
pub(crate) use password::Password;
pub(crate) use permissions::{Entity, Permissions};
pub(crate) use role::RoleUse;
pub(crate) use tags::Tags;
pub(crate) use user::User;

use service::ServiceError;

/// A member that the model requires. The pipeline has checked it before.
pub(crate) fn given<'a>(value: &'a Option<String>, member: &str) -> Result<&'a str, ServiceError> {
    value.as_deref().ok_or_else(|| {
        crate::error::validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// The stored key of a name: names differ by more than case.
pub(crate) fn key(account: &str, name: &str) -> String {
    format!("{account}/{}", name.to_lowercase())
}

/// The path of a new entity.
pub(crate) fn path(given: &Option<String>) -> String {
    given.clone().unwrap_or_else(|| "/".to_owned())
}
