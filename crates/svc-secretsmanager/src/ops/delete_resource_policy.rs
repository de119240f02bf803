//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html>

use crate::api::{DeleteResourcePolicy, DeleteResourcePolicyRequest, DeleteResourcePolicyResponse};
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for DeleteResourcePolicy {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &DeleteResourcePolicyRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![service.access(call, "DeleteResourcePolicy", input.secret_id.as_deref())?])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<DeleteResourcePolicyRequest>,
    ) -> Result<DeleteResourcePolicyResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        service
            .store
            .write(|tx| {
                let mut secret = service.find_live(tx, &call.scope, id, call.now)?;
                secret.policy = None;
                tx.put(&secret)?;
                Ok(DeleteResourcePolicyResponse { arn: Some(secret.arn()), name: Some(secret.name) })
            })
            .await
    }
}
