//! Makes a user without any permission.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>

use crate::access;
use crate::api;
use crate::error::{already_exists, quota};
use crate::model::{Permissions, Tags, User, given, path};
use crate::quota::USERS_PER_ACCOUNT;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeSet;
use store::{Snapshot, Table};

impl Handler<Iam> for api::CreateUser {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let asked = access::new(call, "CreateUser", "user", &input.path, &input.user_name, &input.tags);
        access::with(asked, "iam:PermissionsBoundary", &input.permissions_boundary)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let account = &call.scope.account;
        let name = given(&input.user_name, "userName")?;
        let mut user = User {
            account: account.clone(),
            name: name.to_owned(),
            path: path(&input.path),
            id: iam.ids.iam("AIDA"),
            created: call.now,
            permissions: Permissions::default(),
            tags: Tags::new(&input.tags)?,
            access_keys: Vec::new(),
            groups: BTreeSet::new(),
            login: None,
        };
        user.permissions.boundary.clone_from(&input.permissions_boundary);
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                check_free(&state, &user)?;
                if let Some(arn) = &input.permissions_boundary {
                    state::attachable_policy(&state, account, arn)?;
                }
                tx.put(&user).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::CreateUserResponse { user: Some(user.describe()) })
    }
}

/// The name is free, in any spelling, and the account has room.
fn check_free(state: &Snapshot, user: &User) -> Result<(), ServiceError> {
    if state.get::<User>(&user.key())?.is_some() {
        return Err(already_exists(format!("User with name {} already exists.", user.name)));
    }
    if state::all::<User>(state, &user.account)?.len() >= USERS_PER_ACCOUNT {
        return Err(quota("UsersPerAccount", USERS_PER_ACCOUNT));
    }
    Ok(())
}
