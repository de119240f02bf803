//! Sets the managed policy beyond which a user may do nothing.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::PutUserPermissionsBoundary {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with(
            access::user(iam, call, "PutUserPermissionsBoundary", &input.user_name),
            "iam:PermissionsBoundary",
            &input.permissions_boundary,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let arn = given(&input.permissions_boundary, "permissionsBoundary")?;
        iam.edit_user(call, name, |user, state| {
            state::attachable_policy(state, &call.scope.account, arn)?;
            user.permissions.boundary = Some(arn.to_owned());
            Ok(())
        })
        .await?;
        Ok(api::PutUserPermissionsBoundaryOutput::default())
    }
}
