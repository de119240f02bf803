//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use crate::access::with;
use crate::api::{GetSecretValue, GetSecretValueRequest, GetSecretValueResponse};
use crate::model::secret::Secret;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for GetSecretValue {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &GetSecretValueRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "GetSecretValue", input.secret_id.as_deref())?;
        let access = with(access, "secretsmanager:VersionId", input.version_id.clone());
        // Not naming a label means the current one, also to the policies.
        let stage = input
            .version_stage
            .clone()
            .or_else(|| input.version_id.is_none().then(|| "AWSCURRENT".to_owned()));
        Ok(vec![with(access, "secretsmanager:VersionStage", stage)])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<GetSecretValueRequest>,
    ) -> Result<GetSecretValueResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let snapshot = service.store.read();
        let secret = service.find(&snapshot, &call.scope, id, call.now)?;
        if secret.is_deleted() {
            return Err(error::marked_for_deletion());
        }
        check_account(call, &secret)?;
        let version = SecretsManager::choose_version(
            &secret,
            input.version_id.as_deref(),
            input.version_stage.as_deref(),
        )?;
        let plain = service.unseal(&snapshot, &secret, &version)?;
        note_read(service, call, &secret, &version).await?;
        let (secret_string, secret_binary) = plain.into_members()?;
        let shown = secret.version(&version);
        Ok(GetSecretValueResponse {
            arn: Some(secret.arn()),
            name: Some(secret.name.clone()),
            created_date: shown.map(|v| v.created),
            version_stages: shown.map(|v| v.stages.clone()).filter(|stages| !stages.is_empty()),
            version_id: Some(version),
            secret_string,
            secret_binary,
        })
    }
}

/// AWS's own key opens for its account only, whatever the resource policy says.
fn check_account(call: &Call, secret: &Secret) -> Result<(), ServiceError> {
    if secret.scope.account == call.caller.account {
        return Ok(());
    }
    Err(error::invalid_request(
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ))
}

/// The day of the last read is part of the secret's description: at most one write a day.
async fn note_read(
    service: &SecretsManager,
    call: &Call,
    secret: &Secret,
    version: &str,
) -> Result<(), ServiceError> {
    if secret.is_touched(version, call.now) {
        return Ok(());
    }
    service
        .store
        .write(|tx| {
            // The secret may be gone or new by now; then there is nothing to note.
            let Ok(mut current) = service.find_live(tx, &call.scope, &secret.arn(), call.now) else {
                return Ok(());
            };
            current.touch(version, call.now);
            tx.put(&current)?;
            Ok(())
        })
        .await
}
