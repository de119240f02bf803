//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html>

use crate::api::{
    ValidateResourcePolicy, ValidateResourcePolicyRequest, ValidateResourcePolicyResponse,
    ValidationErrorsEntry,
};
use crate::model::policy;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for ValidateResourcePolicy {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &ValidateResourcePolicyRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![match input.secret_id.as_deref() {
            Some(id) => service.access(call, "ValidateResourcePolicy", Some(id))?,
            // A policy for any secret takes the permission for all.
            None => {
                Access::to("secretsmanager:ValidateResourcePolicy", crate::secret_id::any_arn(&call.scope))
            }
        }])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<ValidateResourcePolicyRequest>,
    ) -> Result<ValidateResourcePolicyResponse, ServiceError> {
        if let Some(id) = input.secret_id.as_deref() {
            service.find(&service.store.read(), &call.scope, id, call.now)?;
        }
        let text = input.resource_policy.as_deref().ok_or_else(|| error::missing("ResourcePolicy"))?;
        let document = policy::parse(text)?;
        let failures: Vec<_> = policy::check_not_public(&document)
            .err()
            .map(|refusal| ValidationErrorsEntry {
                check_name: Some("PUBLIC_POLICY_CHECK".to_owned()),
                error_message: Some(refusal.message),
            })
            .into_iter()
            .collect();
        Ok(ValidateResourcePolicyResponse {
            policy_validation_passed: Some(failures.is_empty()),
            validation_errors: Some(failures),
        })
    }
}
