//! Deletes a console password: moat has no console users, so a user has none.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html>

use crate::access;
use crate::api;
use crate::error::no_such_entity;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteLoginProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "DeleteLoginProfile", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        state::user(&iam.read(), &call.scope.account, &name)?;
        Err(no_such_entity(format!("Login Profile for User {name} cannot be found.")))
    }
}
