//! Lists the groups below a path.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html>

use crate::access;
use crate::api;
use crate::model::{Group, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::ListGroups {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::list(call, "ListGroups", "group", &input.path_prefix)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let all = state::all::<Group>(&iam.read(), &call.scope.account)?;
        let below = all.into_iter().filter(|row| row.path.starts_with(prefix)).collect();
        let page = page(below, |row| row.key(), &input.marker, input.max_items)?;
        Ok(api::ListGroupsResponse {
            groups: Some(page.items.iter().map(|row| row.describe()).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
