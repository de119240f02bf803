//! Lists the tags of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListRoleTags {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "ListRoleTags", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let role = state::role(&iam.read(), &call.scope.account, name)?;
        let key = |tag: &api::Tag| tag.key.clone().unwrap_or_default().to_lowercase();
        let page = page(role.tags.describe(), key, &input.marker, input.max_items)?;
        Ok(api::ListRoleTagsResponse {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
