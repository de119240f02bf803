//! Shows an inline policy of a group.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html>

use crate::access;
use crate::api;
use crate::encode::percent;
use crate::model::{Entity, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetGroupPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "GetGroupPolicy", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        let policy = given(&input.policy_name, "policyName")?;
        let group = state::group(&iam.read(), &call.scope.account, name)?;
        let document = group.permissions.inline(Entity::Group, policy)?;
        Ok(api::GetGroupPolicyResponse {
            group_name: Some(name.to_owned()),
            policy_name: Some(policy.to_owned()),
            policy_document: Some(percent(document.text())),
        })
    }
}
