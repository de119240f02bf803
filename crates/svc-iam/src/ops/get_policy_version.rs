//! Shows a version of a managed policy with its document.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetPolicyVersion {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "GetPolicyVersion", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let id = given(&input.version_id, "versionId")?;
        let policy = state::known_policy(&iam.read(), &call.scope.account, arn)?;
        let version = policy.describe_version_whole(policy.version(id)?);
        Ok(api::GetPolicyVersionResponse { policy_version: Some(version) })
    }
}
