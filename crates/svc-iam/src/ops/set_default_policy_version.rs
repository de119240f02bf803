//! Makes another version the one in force.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::SetDefaultPolicyVersion {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "SetDefaultPolicyVersion", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let id = given(&input.version_id, "versionId")?;
        iam.edit_policy(call, arn, |policy, _| {
            policy.default_version = policy.version(id)?.number;
            policy.updated = call.now;
            Ok(())
        })
        .await?;
        Ok(api::SetDefaultPolicyVersionOutput::default())
    }
}
