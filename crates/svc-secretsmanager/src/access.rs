//! What the policies are asked for each kind of operation, with the service's condition keys.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html>

use crate::model::secret::Secret;
use crate::secret_id::presumed_arn;
use crate::{SecretsManager, api, error};
use base::{Scope, Timestamp};
use service::{Access, Call, ServiceError};
use std::sync::Arc;

impl SecretsManager {
    /// What reading the current value of an existing secret needs, for explanations.
    ///
    /// # Errors
    /// AWS's `ResourceNotFoundException`.
    pub fn access_to_value(&self, scope: &Scope, id: &str, now: Timestamp) -> Result<Access, ServiceError> {
        let secret = self.find(&self.store.read(), scope, id, now)?;
        let access = of_secret("secretsmanager:GetSecretValue".to_owned(), &secret)?;
        let access = access.context("secretsmanager:SecretId", vec![id.to_owned()]);
        Ok(access.context("secretsmanager:VersionStage", vec!["AWSCURRENT".to_owned()]))
    }

    /// Whether a secret, by name or ARN, is only there to be restored; nobody gets its value then.
    ///
    /// # Errors
    /// AWS's `ResourceNotFoundException`.
    pub fn is_marked_for_deletion(
        &self,
        scope: &Scope,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, ServiceError> {
        Ok(self.find(&self.store.read(), scope, id, now)?.is_deleted())
    }

    /// The question about one secret, existing or not.
    pub(crate) fn access(
        &self,
        call: &Call,
        operation: &str,
        secret_id: Option<&str>,
    ) -> Result<Access, ServiceError> {
        let id = secret_id.ok_or_else(|| error::missing("SecretId"))?;
        let action = format!("secretsmanager:{operation}");
        let found = self.find(&self.store.read(), &call.scope, id, call.now);
        let access = match found {
            Ok(secret) => of_secret(action, &secret)?,
            Err(error) if error.status >= 500 => return Err(error),
            // Whether a secret exists is told only to those who may do this to it.
            Err(_) => Access::to(action, presumed_arn(&call.scope, id)),
        };
        Ok(access.context("secretsmanager:SecretId", vec![id.to_owned()]))
    }
}

fn of_secret(action: String, secret: &Secret) -> Result<Access, ServiceError> {
    let document = secret.policy.as_deref().map(policy::Document::parse).transpose();
    // A policy that cannot be read any more must not be passed over.
    let document = document.map_err(ServiceError::internal)?.map(Arc::new);
    let mut access = Access::to(action, secret.arn()).resource_policy(document);
    for tag in &secret.tags {
        for family in ["aws:ResourceTag", "secretsmanager:ResourceTag"] {
            access = access.context(format!("{family}/{}", tag.key), vec![tag.value.clone()]);
        }
    }
    Ok(access)
}

/// Adds the keys about tags in the request.
pub(crate) fn with_request_tags(mut access: Access, tags: Option<&[api::Tag]>) -> Access {
    let tags = tags.unwrap_or_default();
    if tags.is_empty() {
        return access;
    }
    for tag in tags {
        let key = tag.key.clone().unwrap_or_default();
        access = access.context(format!("aws:RequestTag/{key}"), vec![tag.value.clone().unwrap_or_default()]);
    }
    access.context("aws:TagKeys", tags.iter().filter_map(|tag| tag.key.clone()).collect())
}

/// Adds a condition key when the request has the member.
pub(crate) fn with(access: Access, key: &str, value: Option<String>) -> Access {
    match value {
        Some(value) => access.context(key, vec![value]),
        None => access,
    }
}
