//! Deletes a managed policy that nobody uses and that has one version.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>

use crate::access;
use crate::api;
use crate::model::{ManagedPolicy, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::DeletePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "DeletePolicy", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let account = &call.scope.account;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                let policy = state::own_policy(&state, account, arn)?;
                policy.check_deletable(state::usage(&state, account, arn)?)?;
                tx.delete::<ManagedPolicy>(&policy.key()).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeletePolicyOutput::default())
    }
}
