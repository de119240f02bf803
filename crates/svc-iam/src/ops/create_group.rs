//! Makes a group without members and without any permission.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>

use crate::access;
use crate::api;
use crate::error::{already_exists, quota};
use crate::model::{Group, Permissions, given, path};
use crate::quota::GROUPS_PER_ACCOUNT;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Snapshot, Table};

impl Handler<Iam> for api::CreateGroup {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::new(call, "CreateGroup", "group", &input.path, &input.group_name, &None)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let group = Group {
            account: call.scope.account.clone(),
            name: given(&input.group_name, "groupName")?.to_owned(),
            path: path(&input.path),
            id: iam.ids.iam("AGPA"),
            created: call.now,
            permissions: Permissions::default(),
        };
        iam.store
            .write(|tx| {
                check_free(&tx.snapshot(), &group)?;
                tx.put(&group).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::CreateGroupResponse { group: Some(group.describe()) })
    }
}

/// The name is free, in any spelling, and the account has room.
fn check_free(state: &Snapshot, group: &Group) -> Result<(), ServiceError> {
    if state.get::<Group>(&group.key())?.is_some() {
        return Err(already_exists(format!("Group with name {} already exists.", group.name)));
    }
    if state::all::<Group>(state, &group.account)?.len() >= GROUPS_PER_ACCOUNT {
        return Err(quota("GroupsPerAccount", GROUPS_PER_ACCOUNT));
    }
    Ok(())
}
