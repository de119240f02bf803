//! Sets what passwords of the account must be; what is not named gets AWS's default.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html>

use crate::api;
use crate::model::PasswordPolicy;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateAccountPasswordPolicy {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:UpdateAccountPasswordPolicy", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let policy = PasswordPolicy::new(&input);
        iam.edit_settings(&call.scope.account, |settings, _| {
            settings.password_policy = Some(policy);
            Ok(())
        })
        .await?;
        Ok(api::UpdateAccountPasswordPolicyOutput::default())
    }
}
