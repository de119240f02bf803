//! Changes the description and the longest session of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "UpdateRole", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        iam.edit_role(call, name, |role, _| {
            if input.description.is_some() {
                role.description.clone_from(&input.description);
            }
            role.max_session_duration_s = input.max_session_duration.unwrap_or(role.max_session_duration_s);
            Ok(())
        })
        .await?;
        Ok(api::UpdateRoleResponse::default())
    }
}
