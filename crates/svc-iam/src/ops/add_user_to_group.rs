//! Makes a user a member of a group. Who is one already stays one.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>

use crate::access;
use crate::api;
use crate::error::quota;
use crate::model::given;
use crate::quota::GROUPS_PER_USER;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::AddUserToGroup {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "AddUserToGroup", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let group = given(&input.group_name, "groupName")?;
        let user = given(&input.user_name, "userName")?;
        iam.edit_user(call, user, |user, state| {
            let group = state::group(state, &call.scope.account, group)?;
            user.groups.insert(group.name.to_lowercase());
            if user.groups.len() > GROUPS_PER_USER {
                return Err(quota("GroupsPerUser", GROUPS_PER_USER));
            }
            Ok(())
        })
        .await?;
        Ok(api::AddUserToGroupOutput::default())
    }
}
