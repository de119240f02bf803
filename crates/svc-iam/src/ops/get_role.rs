//! Shows a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "GetRole", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let role = state::role(&iam.read(), &call.scope.account, name)?;
        Ok(api::GetRoleResponse { role: Some(role.describe()) })
    }
}
