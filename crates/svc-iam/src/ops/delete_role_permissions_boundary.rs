//! Takes the boundary off a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>

use crate::access;
use crate::api;
use crate::error::no_such_entity;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteRolePermissionsBoundary {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "DeleteRolePermissionsBoundary", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        iam.edit_role(call, name, |role, _| {
            role.permissions.boundary.take().map(drop).ok_or_else(|| {
                no_such_entity(format!("Permissions boundary for role {name} cannot be found."))
            })
        })
        .await?;
        Ok(api::DeleteRolePermissionsBoundaryOutput::default())
    }
}
