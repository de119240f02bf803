//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html>

use crate::access::with;
use crate::api::{PutResourcePolicy, PutResourcePolicyRequest, PutResourcePolicyResponse};
use crate::model::policy;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for PutResourcePolicy {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &PutResourcePolicyRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "PutResourcePolicy", input.secret_id.as_deref())?;
        let block = input.block_public_policy.map(|block| block.to_string());
        Ok(vec![with(access, "secretsmanager:BlockPublicPolicy", block)])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<PutResourcePolicyRequest>,
    ) -> Result<PutResourcePolicyResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let text = input.resource_policy.as_deref().ok_or_else(|| error::missing("ResourcePolicy"))?;
        let document = policy::parse(text)?;
        if input.block_public_policy.unwrap_or(false) {
            policy::check_not_public(&document)?;
        }
        service
            .store
            .write(|tx| {
                let mut secret = service.find_live(tx, &call.scope, id, call.now)?;
                secret.policy = Some(text.to_owned());
                tx.put(&secret)?;
                Ok(PutResourcePolicyResponse { arn: Some(secret.arn()), name: Some(secret.name) })
            })
            .await
    }
}
