//! Takes the password policy of the account away.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html>

use crate::api;
use crate::error::no_such_entity;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteAccountPasswordPolicy {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:DeleteAccountPasswordPolicy", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        iam.edit_settings(&call.scope.account, |settings, _| {
            settings
                .password_policy
                .take()
                .map(drop)
                .ok_or_else(|| no_such_entity("The account policy with name PasswordPolicy cannot be found."))
        })
        .await?;
        Ok(api::DeleteAccountPasswordPolicyOutput::default())
    }
}
