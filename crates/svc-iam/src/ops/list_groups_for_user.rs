//! Lists the groups of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::ListGroupsForUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "ListGroupsForUser", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let state = iam.read();
        let user = state::user(&state, &call.scope.account, name)?;
        let page =
            page(state::groups_of(&state, &user)?, |group| group.key(), &input.marker, input.max_items)?;
        Ok(api::ListGroupsForUserResponse {
            groups: Some(page.items.iter().map(|group| group.describe()).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
