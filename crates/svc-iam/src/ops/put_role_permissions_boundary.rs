//! Sets the managed policy beyond which a role may do nothing.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::PutRolePermissionsBoundary {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with(
            access::role(iam, call, "PutRolePermissionsBoundary", &input.role_name),
            "iam:PermissionsBoundary",
            &input.permissions_boundary,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let arn = given(&input.permissions_boundary, "permissionsBoundary")?;
        iam.edit_role(call, name, |role, state| {
            state::attachable_policy(state, &call.scope.account, arn)?;
            role.permissions.boundary = Some(arn.to_owned());
            Ok(())
        })
        .await?;
        Ok(api::PutRolePermissionsBoundaryOutput::default())
    }
}
