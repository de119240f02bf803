//! Deletes an inline policy of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteUserPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "DeleteUserPolicy", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let policy = given(&input.policy_name, "policyName")?;
        iam.edit_user(call, name, |user, _| user.permissions.remove_inline(Entity::User, policy)).await?;
        Ok(api::DeleteUserPolicyOutput::default())
    }
}
