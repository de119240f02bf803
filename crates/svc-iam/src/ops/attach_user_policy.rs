//! Attaches a managed policy to a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::AttachUserPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with(
            access::user(iam, call, "AttachUserPolicy", &input.user_name),
            "iam:PolicyARN",
            &input.policy_arn,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let arn = given(&input.policy_arn, "policyArn")?;
        iam.edit_user(call, name, |user, state| {
            state::attachable_policy(state, &call.scope.account, arn)?;
            user.permissions.attach(Entity::User, arn)
        })
        .await?;
        Ok(api::AttachUserPolicyOutput::default())
    }
}
