//! Gives a user a password.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html>

use crate::access;
use crate::api;
use crate::error::already_exists;
use crate::model::LoginProfile;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::CreateLoginProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "CreateLoginProfile", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        let Some(text) = &input.password else {
            return Err(ServiceError::not_implemented("iam:CreateLoginProfile without a password"));
        };
        let user = iam.user(call, &name)?;
        if user.login.is_some() {
            return Err(already_exists(format!("Login Profile for user {name} already exists.")));
        }
        let password = iam.new_password(&user.account, &name, text).await?;
        let login = LoginProfile::new(password, input.password_reset_required == Some(true), call.now);
        let shown = login.describe(&name);
        iam.edit_login(call, &name, &user.login, Some(login)).await?;
        Ok(api::CreateLoginProfileResponse { login_profile: Some(shown) })
    }
}
