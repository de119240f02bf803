//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html>

use crate::access::with;
use crate::api::{UpdateSecret, UpdateSecretRequest, UpdateSecretResponse};
use crate::model::kms_key;
use crate::value::Plain;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for UpdateSecret {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &UpdateSecretRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "UpdateSecret", input.secret_id.as_deref())?;
        let access = with(access, "secretsmanager:Description", input.description.clone());
        Ok(vec![with(access, "secretsmanager:KmsKeyId", input.kms_key_id.clone())])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<UpdateSecretRequest>,
    ) -> Result<UpdateSecretResponse, ServiceError> {
        let mut input = input.into_inner();
        if input.r#type.is_some() {
            return Err(ServiceError::not_implemented("managed external secrets"));
        }
        kms_key::check(input.kms_key_id.as_deref())?;
        let plain = Plain::given(input.secret_string.take(), input.secret_binary.take())?;
        if plain.is_some() && input.client_request_token.is_none() {
            return Err(error::token_missing());
        }
        service.store.write(|tx| update(service, call, tx, input, plain.as_ref())).await
    }
}

fn update(
    service: &SecretsManager,
    call: &Call,
    tx: &mut store::Tx,
    input: UpdateSecretRequest,
    plain: Option<&Plain>,
) -> Result<UpdateSecretResponse, ServiceError> {
    let id = input.secret_id.ok_or_else(|| error::missing("SecretId"))?;
    let mut secret = service.find_live(tx, &call.scope, &id, call.now)?;
    secret.check_not_managed()?;
    if let Some(description) = input.description {
        secret.description = Some(description);
    }
    if let Some(key) = input.kms_key_id {
        secret.kms_key_id = Some(key).filter(|key| !key.is_empty());
    }
    secret.changed = call.now;
    let mut version_id = None;
    if let Some(plain) = plain {
        let token = input.client_request_token.unwrap_or_default();
        service.put_version(tx, &mut secret, &token, plain, &[], call.now)?;
        version_id = Some(token);
    }
    tx.put(&secret)?;
    Ok(UpdateSecretResponse { arn: Some(secret.arn()), name: Some(secret.name), version_id })
}
