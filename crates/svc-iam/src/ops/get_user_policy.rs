//! Shows an inline policy of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>

use crate::access;
use crate::api;
use crate::encode::percent;
use crate::model::{Entity, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetUserPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "GetUserPolicy", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let policy = given(&input.policy_name, "policyName")?;
        let user = state::user(&iam.read(), &call.scope.account, name)?;
        let document = user.permissions.inline(Entity::User, policy)?;
        Ok(api::GetUserPolicyResponse {
            user_name: Some(name.to_owned()),
            policy_name: Some(policy.to_owned()),
            policy_document: Some(percent(document.text())),
        })
    }
}
