//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html>

use crate::api::{RestoreSecret, RestoreSecretRequest, RestoreSecretResponse};
use crate::model::secret::Secret;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for RestoreSecret {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &RestoreSecretRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![service.access(call, "RestoreSecret", input.secret_id.as_deref())?])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<RestoreSecretRequest>,
    ) -> Result<RestoreSecretResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        service
            .store
            .write(|tx| {
                let mut secret = Secret::clone(&*service.find(&tx.snapshot(), &call.scope, id, call.now)?);
                // A secret that is not deleted stays as it is; AWS makes no error of it.
                if secret.deletion.take().is_some() {
                    tx.put(&secret)?;
                }
                Ok(RestoreSecretResponse { arn: Some(secret.arn()), name: Some(secret.name) })
            })
            .await
    }
}
