//! Writes an inline policy of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given, read_document};
use crate::state::Iam;
use policy::Kind;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::PutUserPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "PutUserPolicy", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let policy = given(&input.policy_name, "policyName")?;
        let document = read_document(given(&input.policy_document, "policyDocument")?, Kind::Identity)?;
        iam.edit_user(call, name, |user, _| {
            user.permissions.put_inline(Entity::User, name, policy, document)
        })
        .await?;
        Ok(api::PutUserPolicyOutput::default())
    }
}
