//! Gives a user another name or path; its id and permissions stay.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>

use crate::access;
use crate::api;
use crate::error::already_exists;
use crate::model::{AccessKey, User, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::UpdateUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "UpdateUser", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let account = &call.scope.account;
        let name = given(&input.user_name, "userName")?;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                let old = state::user(&state, account, name)?;
                let mut new = User::clone(&old);
                new.name = input.new_user_name.clone().unwrap_or(new.name);
                new.path = input.new_path.clone().unwrap_or(new.path);
                if new.key() != old.key() && state.get::<User>(&new.key())?.is_some() {
                    return Err(already_exists(format!("User with name {} already exists.", new.name)));
                }
                for id in &new.access_keys {
                    let key = state::access_key(&state, account, name, id)?;
                    tx.put(&AccessKey { user: new.name.clone(), ..AccessKey::clone(&key) })?;
                }
                tx.delete::<User>(&old.key())?;
                tx.put(&new).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::UpdateUserOutput::default())
    }
}
