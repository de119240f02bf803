//! Removes tags from a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UntagRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tag_keys(access::role(iam, call, "UntagRole", &input.role_name), &input.tag_keys)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        iam.edit_role(call, name, |role, _| {
            role.tags.remove(input.tag_keys.as_deref().unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(api::UntagRoleOutput::default())
    }
}
