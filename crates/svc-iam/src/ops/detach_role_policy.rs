//! Detaches a managed policy from a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DetachRolePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with(
            access::role(iam, call, "DetachRolePolicy", &input.role_name),
            "iam:PolicyARN",
            &input.policy_arn,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let arn = given(&input.policy_arn, "policyArn")?;
        iam.edit_role(call, name, |role, state| {
            state::known_policy(state, &call.scope.account, arn)?;
            role.permissions.detach(arn)
        })
        .await?;
        Ok(api::DetachRolePolicyOutput::default())
    }
}
