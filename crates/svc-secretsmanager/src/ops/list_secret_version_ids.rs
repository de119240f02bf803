//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html>

use crate::api::{
    ListSecretVersionIds, ListSecretVersionIdsRequest, ListSecretVersionIdsResponse, SecretVersionsListEntry,
};
use crate::model::page;
use crate::model::secret::{Secret, Version};
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

/// How AWS names its own key in this list.
const DEFAULT_KEY: &str = "DefaultEncryptionKey";

impl Handler<SecretsManager> for ListSecretVersionIds {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &ListSecretVersionIdsRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![service.access(call, "ListSecretVersionIds", input.secret_id.as_deref())?])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<ListSecretVersionIdsRequest>,
    ) -> Result<ListSecretVersionIdsResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let secret = service.find(&service.store.read(), &call.scope, id, call.now)?;
        let deprecated_too = input.include_deprecated.unwrap_or(false);
        let versions = secret.versions.iter().filter(|v| deprecated_too || !v.stages.is_empty()).collect();
        let (versions, next_token) = page::page(
            versions,
            |v: &&Version| v.id.clone(),
            input.next_token.as_deref(),
            input.max_results,
        )?;
        Ok(ListSecretVersionIdsResponse {
            arn: Some(secret.arn()),
            name: Some(secret.name.clone()),
            versions: Some(versions.into_iter().map(|version| entry(&secret, version)).collect()),
            next_token,
        })
    }
}

fn entry(secret: &Secret, version: &Version) -> SecretVersionsListEntry {
    SecretVersionsListEntry {
        version_id: Some(version.id.clone()),
        version_stages: Some(version.stages.clone()).filter(|stages| !stages.is_empty()),
        created_date: Some(version.created),
        last_accessed_date: version.accessed,
        kms_key_ids: Some(vec![secret.kms_key_id.clone().unwrap_or_else(|| DEFAULT_KEY.to_owned())]),
    }
}
