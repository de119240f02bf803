//! Gives a group another name or path; its id, members and permissions stay.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>

use crate::access;
use crate::api;
use crate::error::already_exists;
use crate::model::{Group, User, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::UpdateGroup {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "UpdateGroup", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                let old = state::group(&state, &call.scope.account, name)?;
                let mut new = Group::clone(&old);
                new.name = input.new_group_name.clone().unwrap_or(new.name);
                new.path = input.new_path.clone().unwrap_or(new.path);
                if new.key() != old.key() && state.get::<Group>(&new.key())?.is_some() {
                    return Err(already_exists(format!("Group with name {} already exists.", new.name)));
                }
                for member in state::members(&state, &old)? {
                    let mut user = User::clone(&member);
                    user.leave(&old.name);
                    user.groups.insert(new.name.to_lowercase());
                    tx.put(&user)?;
                }
                tx.delete::<Group>(&old.key())?;
                tx.put(&new).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::UpdateGroupOutput::default())
    }
}
