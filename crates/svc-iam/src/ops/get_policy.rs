//! Shows a managed policy without its document.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "GetPolicy", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let (state, account) = (iam.read(), &call.scope.account);
        let policy = state::known_policy(&state, account, arn)?;
        let usage = state::usage(&state, account, arn)?;
        Ok(api::GetPolicyResponse { policy: Some(policy.describe(usage)) })
    }
}
