//! Shows a user; without a name, the caller.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>

use crate::access;
use crate::api;
use crate::state::{self, Iam};
use base::{AccountId, Timestamp};
use policy::Principal;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "GetUser", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if let (None, Principal::Root { account }) = (&input.user_name, &call.caller.principal) {
            return Ok(api::GetUserResponse { user: Some(root(account)) });
        }
        let name = state::user_or_caller(call, &input.user_name)?;
        let user = state::user(&iam.read(), &call.scope.account, &name)?;
        Ok(api::GetUserResponse { user: Some(user.describe()) })
    }
}

/// The root user, who has no row.
fn root(account: &AccountId) -> api::User {
    api::User {
        user_id: Some(account.to_string()),
        arn: Some(Principal::Root { account: account.clone() }.arn()),
        create_date: Some(Timestamp::from_secs(0)),
        ..api::User::default()
    }
}
