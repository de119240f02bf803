//! Deletes an inline policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteRolePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "DeleteRolePolicy", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let policy = given(&input.policy_name, "policyName")?;
        iam.edit_role(call, name, |role, _| role.permissions.remove_inline(Entity::Role, policy)).await?;
        Ok(api::DeleteRolePolicyOutput::default())
    }
}
