//! Detaches a managed policy from a group.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DetachGroupPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with(
            access::group(iam, call, "DetachGroupPolicy", &input.group_name),
            "iam:PolicyARN",
            &input.policy_arn,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        let arn = given(&input.policy_arn, "policyArn")?;
        iam.edit_group(call, name, |group, state| {
            state::known_policy(state, &call.scope.account, arn)?;
            group.permissions.detach(arn)
        })
        .await?;
        Ok(api::DetachGroupPolicyOutput::default())
    }
}
