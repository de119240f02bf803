//! Shows a group and its members.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::GetGroup {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "GetGroup", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        let state = iam.read();
        let group = state::group(&state, &call.scope.account, name)?;
        let members = state::members(&state, &group)?;
        let page = page(members, |user| user.key(), &input.marker, input.max_items)?;
        Ok(api::GetGroupResponse {
            group: Some(group.describe()),
            users: Some(page.items.iter().map(|user| user.describe_short()).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
