//! Changes the caller's own password, which he has to know.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html>

use crate::access;
use crate::api;
use crate::error::policy_violation;
use crate::login::beside;
use crate::model::given;
use crate::state::Iam;
use policy::Principal;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ChangePassword {
    /// The password policy may let every user do it.
    fn access(iam: &Iam, call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let is_user = matches!(call.caller.principal, Principal::User { .. });
        if is_user && iam.password_policy(&call.scope.account)?.lets_users_change() {
            return Ok(Vec::new());
        }
        access::user(iam, call, "ChangePassword", &None)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let Principal::User { name, .. } = &call.caller.principal else {
            return Err(ServiceError::client(
                "InvalidUserType",
                "The request was rejected because the type of user for the transaction was incorrect.",
            ));
        };
        let old = given(&input.old_password, "oldPassword")?.to_owned();
        let new = given(&input.new_password, "newPassword")?.to_owned();
        let user = iam.user(call, name)?;
        let login = user.login()?.clone();
        let remembered = iam.password_policy(&user.account)?.remembered();
        let (before, asked) = (login.clone(), new.clone());
        let (is_right, was_used) =
            beside(move || (before.password.is(&old), before.was_used(&asked, remembered))).await?;
        if !is_right {
            return Err(ServiceError::access_denied("The old password was incorrect."));
        }
        let password = iam.new_password(&user.account, name, &new).await?;
        if was_used {
            return Err(policy_violation(
                "Policy constraint violation with password reuse prevention during password change",
            ));
        }
        let mut login = login;
        login.replace(password);
        login.reset_required = false;
        iam.edit_login(call, name, &user.login, Some(login)).await?;
        Ok(api::ChangePasswordOutput::default())
    }
}
