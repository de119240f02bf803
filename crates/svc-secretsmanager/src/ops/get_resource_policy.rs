//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>

use crate::api::{GetResourcePolicy, GetResourcePolicyRequest, GetResourcePolicyResponse};
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for GetResourcePolicy {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &GetResourcePolicyRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![service.access(call, "GetResourcePolicy", input.secret_id.as_deref())?])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<GetResourcePolicyRequest>,
    ) -> Result<GetResourcePolicyResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let secret = service.find(&service.store.read(), &call.scope, id, call.now)?;
        if secret.is_deleted() {
            return Err(error::marked_for_deletion());
        }
        Ok(GetResourcePolicyResponse {
            arn: Some(secret.arn()),
            name: Some(secret.name.clone()),
            resource_policy: secret.policy.clone(),
        })
    }
}
