//! Setting a password, as the account's policy allows. Hashing takes its time, so it is done
//! beside the threads that answer calls, and before the transaction.

use crate::error::{no_such_entity, policy_violation};
use crate::model::{LoginProfile, Password, PasswordPolicy, User};
use crate::state::{self, Iam};
use base::AccountId;
use service::{Call, ServiceError};
use std::sync::Arc;

impl Iam {
    /// The policy of the account; AWS's own where it has none.
    pub(crate) fn password_policy(&self, account: &AccountId) -> Result<PasswordPolicy, store::Fault> {
        Ok(state::settings(&self.read(), account)?.password_policy.unwrap_or_else(PasswordPolicy::of_aws))
    }

    /// The hash of a new password that the policy allows.
    pub(crate) async fn new_password(
        &self,
        account: &AccountId,
        user: &str,
        text: &str,
    ) -> Result<Password, ServiceError> {
        self.password_policy(account)?.check(user, text).map_err(policy_violation)?;
        let (ids, text) = (self.ids.clone(), text.to_owned());
        beside(move || Password::new(&*ids, &text)).await
    }

    /// Changes the login of a user, unless somebody else did since it was looked at.
    pub(crate) async fn edit_login(
        &self,
        call: &Call,
        name: &str,
        seen: &Option<LoginProfile>,
        login: Option<LoginProfile>,
    ) -> Result<(), ServiceError> {
        self.edit_user(call, name, |user, _| {
            if user.login != *seen {
                return Err(ServiceError::client(
                    "EntityTemporarilyUnmodifiable",
                    format!("Login Profile for User {name} cannot be modified while login profile is being created."),
                )
                .status(409));
            }
            user.login = login;
            Ok(())
        })
        .await
    }

    pub(crate) fn user(&self, call: &Call, name: &str) -> Result<Arc<User>, ServiceError> {
        state::user(&self.read(), &call.scope.account, name)
    }
}

impl User {
    pub(crate) fn login(&self) -> Result<&LoginProfile, ServiceError> {
        let absent = || no_such_entity(format!("Login Profile for User {} cannot be found.", self.name));
        self.login.as_ref().ok_or_else(absent)
    }
}

/// Runs what takes long where it keeps nobody waiting.
pub(crate) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)
}
