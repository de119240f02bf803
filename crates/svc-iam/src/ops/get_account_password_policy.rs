//! Shows what passwords of the account must be.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html>

use crate::api;
use crate::error::no_such_entity;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetAccountPasswordPolicy {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:GetAccountPasswordPolicy", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let account = &call.scope.account;
        let settings = state::settings(&iam.read(), account)?;
        let policy = settings.password_policy.ok_or_else(|| {
            no_such_entity(format!("The Password Policy with domain name {account} cannot be found."))
        })?;
        Ok(api::GetAccountPasswordPolicyResponse { password_policy: Some(policy.describe()) })
    }
}
