//! Gives a user another password, or has him change it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateLoginProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "UpdateLoginProfile", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let user = iam.user(call, name)?;
        let mut login = user.login()?.clone();
        if let Some(text) = &input.password {
            login.replace(iam.new_password(&user.account, name, text).await?);
        }
        login.reset_required = input.password_reset_required.unwrap_or(login.reset_required);
        iam.edit_login(call, name, &user.login, Some(login)).await?;
        Ok(api::UpdateLoginProfileOutput::default())
    }
}
