//! Takes the boundary off a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>

use crate::access;
use crate::api;
use crate::error::no_such_entity;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteUserPermissionsBoundary {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "DeleteUserPermissionsBoundary", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        iam.edit_user(call, name, |user, _| {
            user.permissions.boundary.take().map(drop).ok_or_else(|| {
                no_such_entity(format!("Permissions boundary for user {name} cannot be found."))
            })
        })
        .await?;
        Ok(api::DeleteUserPermissionsBoundaryOutput::default())
    }
}
