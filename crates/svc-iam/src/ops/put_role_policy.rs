//! Writes an inline policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>

use crate::access;
use crate::api;
use crate::model::{Entity, given, read_document};
use crate::state::Iam;
use policy::Kind;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::PutRolePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "PutRolePolicy", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let policy = given(&input.policy_name, "policyName")?;
        let document = read_document(given(&input.policy_document, "policyDocument")?, Kind::Identity)?;
        iam.edit_role(call, name, |role, _| {
            role.permissions.put_inline(Entity::Role, name, policy, document)
        })
        .await?;
        Ok(api::PutRolePolicyOutput::default())
    }
}
