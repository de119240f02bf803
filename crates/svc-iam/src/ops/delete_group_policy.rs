//! Deletes an inline policy of a group.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteGroupPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "DeleteGroupPolicy", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        let policy = given(&input.policy_name, "policyName")?;
        iam.edit_group(call, name, |group, _| group.permissions.remove_inline(Entity::Group, policy)).await?;
        Ok(api::DeleteGroupPolicyOutput::default())
    }
}
