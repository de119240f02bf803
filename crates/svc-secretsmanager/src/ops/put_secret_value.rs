//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>

use crate::api::{PutSecretValue, PutSecretValueRequest, PutSecretValueResponse};
use crate::value::Plain;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for PutSecretValue {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &PutSecretValueRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![service.access(call, "PutSecretValue", input.secret_id.as_deref())?])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<PutSecretValueRequest>,
    ) -> Result<PutSecretValueResponse, ServiceError> {
        let mut input = input.into_inner();
        if input.rotation_token.is_some() {
            return Err(ServiceError::not_implemented("rotation of secrets"));
        }
        let id = input.secret_id.ok_or_else(|| error::missing("SecretId"))?;
        let plain = Plain::given(input.secret_string.take(), input.secret_binary.take())?
            .ok_or_else(|| error::invalid_request("You must provide either SecretString or SecretBinary."))?;
        let token = input.client_request_token.ok_or_else(error::token_missing)?;
        let stages = input.version_stages.unwrap_or_default();
        service
            .store
            .write(|tx| {
                let mut secret = service.find_live(tx, &call.scope, &id, call.now)?;
                secret.check_not_managed()?;
                service.put_version(tx, &mut secret, &token, &plain, &stages, call.now)?;
                tx.put(&secret)?;
                Ok(PutSecretValueResponse {
                    arn: Some(secret.arn()),
                    version_stages: secret.version(&token).map(|version| version.stages.clone()),
                    name: Some(secret.name),
                    version_id: Some(token),
                })
            })
            .await
    }
}
