//! Changes the description of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateRoleDescription {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "UpdateRoleDescription", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let role = iam
            .edit_role(call, name, |role, _| {
                role.description.clone_from(&input.description);
                Ok(role.describe())
            })
            .await?;
        Ok(api::UpdateRoleDescriptionResponse { role: Some(role) })
    }
}
