//! Ends a user's membership of a group. Who is no member stays none.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::RemoveUserFromGroup {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "RemoveUserFromGroup", &input.group_name)
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
            user.leave(&group.name);
            Ok(())
        })
        .await?;
        Ok(api::RemoveUserFromGroupOutput::default())
    }
}
