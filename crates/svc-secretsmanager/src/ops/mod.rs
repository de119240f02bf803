//! One operation per file; [`registry`] lists them all.

mod create_secret;
mod delete_resource_policy;
mod delete_secret;
mod describe_secret;
mod get_random_password;
mod get_resource_policy;
mod get_secret_value;
mod list_secret_version_ids;
mod list_secrets;
mod put_resource_policy;
mod put_secret_value;
mod restore_secret;
mod tag_resource;
mod untag_resource;
mod update_secret;
mod update_secret_version_stage;
mod validate_resource_policy;

use crate::{SecretsManager, api};
use service::Registry;
use std::sync::Arc;

/// The operations of Secrets Manager.
pub fn registry(service: Arc<SecretsManager>) -> Registry {
    Registry::builder(&api::MODEL, service)
        .with::<api::CreateSecret>()
        .with::<api::DeleteResourcePolicy>()
        .with::<api::DeleteSecret>()
        .with::<api::DescribeSecret>()
        .with::<api::GetRandomPassword>()
        .with::<api::GetResourcePolicy>()
        .with::<api::GetSecretValue>()
        .with::<api::ListSecretVersionIds>()
        .with::<api::ListSecrets>()
        .with::<api::PutResourcePolicy>()
        .with::<api::PutSecretValue>()
        .with::<api::RestoreSecret>()
        .with::<api::TagResource>()
        .with::<api::UntagResource>()
        .with::<api::UpdateSecret>()
        .with::<api::UpdateSecretVersionStage>()
        .with::<api::ValidateResourcePolicy>()
        .build()
}
