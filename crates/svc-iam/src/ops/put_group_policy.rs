//! Writes an inline policy of a group.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given, read_document};
use crate::state::Iam;
use policy::Kind;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::PutGroupPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "PutGroupPolicy", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        let policy = given(&input.policy_name, "policyName")?;
        let document = read_document(given(&input.policy_document, "policyDocument")?, Kind::Identity)?;
        iam.edit_group(call, name, |group, _| {
            group.permissions.put_inline(Entity::Group, name, policy, document)
        })
        .await?;
        Ok(api::PutGroupPolicyOutput::default())
    }
}
