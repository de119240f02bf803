//! Attaches a managed policy to a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::AttachRolePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with(
            access::role(iam, call, "AttachRolePolicy", &input.role_name),
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
            state::attachable_policy(state, &call.scope.account, arn)?;
            role.permissions.attach(Entity::Role, arn)
        })
        .await?;
        Ok(api::AttachRolePolicyOutput::default())
    }
}
