//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>

use crate::access::with;
use crate::api::{DeleteSecret, DeleteSecretRequest, DeleteSecretResponse};
use crate::model::secret::{DAY_MS, Secret};
use crate::secret_id::presumed_arn;
use crate::{SecretsManager, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<SecretsManager> for DeleteSecret {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &DeleteSecretRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "DeleteSecret", input.secret_id.as_deref())?;
        let days = input.recovery_window_in_days.map(|days| days.to_string());
        let force = input.force_delete_without_recovery.map(|force| force.to_string());
        let access = with(access, "secretsmanager:RecoveryWindowInDays", days);
        Ok(vec![with(access, "secretsmanager:ForceDeleteWithoutRecovery", force)])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<DeleteSecretRequest>,
    ) -> Result<DeleteSecretResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let force = input.force_delete_without_recovery.unwrap_or(false);
        if force && input.recovery_window_in_days.is_some() {
            return Err(error::invalid_parameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            ));
        }
        let days = input.recovery_window_in_days.unwrap_or(quota::DEFAULT_RECOVERY_DAYS);
        if !quota::RECOVERY_DAYS.contains(&days) {
            return Err(error::invalid_parameter(
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
            ));
        }
        let (service, days) = (service.clone(), (!force).then_some(days));
        service.store.write(|tx| delete(&service, call, tx, id, days)).await
    }
}

/// Deletes after `days`, or at once when there are none.
fn delete(
    service: &SecretsManager,
    call: &Call,
    tx: &mut Tx,
    id: &str,
    days: Option<i64>,
) -> Result<DeleteSecretResponse, ServiceError> {
    let found = service.find(&tx.snapshot(), &call.scope, id, call.now);
    let mut secret = match (found, days) {
        (Ok(secret), _) => Secret::clone(&secret),
        // Deleting by force what is not there is no error.
        (Err(error), None) if error.code == "ResourceNotFoundException" => {
            return Ok(DeleteSecretResponse {
                arn: Some(presumed_arn(&call.scope, id).trim_end_matches("-??????").to_owned()),
                name: Some(id.to_owned()),
                deletion_date: Some(call.now),
            });
        }
        (Err(error), _) => return Err(error),
    };
    secret.check_not_managed()?;
    let due = call.now.plus_ms(days.unwrap_or(0) * DAY_MS);
    if days.is_none() {
        service.erase(tx, &secret)?;
    } else if secret.is_deleted() {
        return Err(error::invalid_request(
            "You can't perform this operation on the secret because it was already scheduled for deletion.",
        ));
    } else {
        secret.deletion = Some(due);
        tx.put(&secret)?;
    }
    Ok(DeleteSecretResponse { arn: Some(secret.arn()), name: Some(secret.name), deletion_date: Some(due) })
}
