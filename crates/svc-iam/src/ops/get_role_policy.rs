//! Shows an inline policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>

use crate::access;
use crate::api;
use crate::encode::percent;
use crate::model::{Entity, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetRolePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "GetRolePolicy", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let policy = given(&input.policy_name, "policyName")?;
        let role = state::role(&iam.read(), &call.scope.account, name)?;
        let document = role.permissions.inline(Entity::Role, policy)?;
        Ok(api::GetRolePolicyResponse {
            role_name: Some(name.to_owned()),
            policy_name: Some(policy.to_owned()),
            policy_document: Some(percent(document.text())),
        })
    }
}
