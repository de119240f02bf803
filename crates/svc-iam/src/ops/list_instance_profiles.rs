//! Lists the instance profiles below a path.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html>

use crate::access;
use crate::api;
use crate::model::{InstanceProfile, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::ListInstanceProfiles {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::list(call, "ListInstanceProfiles", "instance-profile", &input.path_prefix)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = iam.read();
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let all = state::all::<InstanceProfile>(&state, &call.scope.account)?;
        let below = all.into_iter().filter(|profile| profile.path.starts_with(prefix)).collect();
        let page = page(below, |profile| profile.key(), &input.marker, input.max_items)?;
        let shown: Result<_, ServiceError> =
            page.items.iter().map(|profile| state::describe_profile(&state, profile)).collect();
        Ok(api::ListInstanceProfilesResponse {
            instance_profiles: Some(shown?),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
