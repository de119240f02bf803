//! Lists the tags of an instance profile.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListInstanceProfileTags {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::profile(iam, call, "ListInstanceProfileTags", &input.instance_profile_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        let profile = state::profile(&iam.read(), &call.scope.account, name)?;
        let key = |tag: &api::Tag| tag.key.clone().unwrap_or_default().to_lowercase();
        let page = page(profile.tags.describe(), key, &input.marker, input.max_items)?;
        Ok(api::ListInstanceProfileTagsResponse {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
