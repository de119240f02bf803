//! Lists the tags of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListUserTags {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "ListUserTags", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let user = state::user(&iam.read(), &call.scope.account, name)?;
        let key = |tag: &api::Tag| tag.key.clone().unwrap_or_default().to_lowercase();
        let page = page(user.tags.describe(), key, &input.marker, input.max_items)?;
        Ok(api::ListUserTagsResponse {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
