//! Adds tags to a role, or replaces their values.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::TagRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tags(access::role(iam, call, "TagRole", &input.role_name), &input.tags)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        iam.edit_role(call, name, |role, _| role.tags.set(input.tags.as_deref().unwrap_or_default())).await?;
        Ok(api::TagRoleOutput::default())
    }
}
