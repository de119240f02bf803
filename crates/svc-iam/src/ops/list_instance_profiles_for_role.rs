//! Lists the instance profiles that carry a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>

use crate::access;
use crate::api;
use crate::model::{InstanceProfile, given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::ListInstanceProfilesForRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "ListInstanceProfilesForRole", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (state, account) = (iam.read(), &call.scope.account);
        let name = given(&input.role_name, "roleName")?;
        state::role(&state, account, name)?;
        let all = state::all::<InstanceProfile>(&state, account)?;
        let carrying = all.into_iter().filter(|profile| profile.role.as_deref() == Some(name)).collect();
        let page = page(carrying, |profile| profile.key(), &input.marker, input.max_items)?;
        let shown: Result<_, ServiceError> =
            page.items.iter().map(|profile| state::describe_profile(&state, profile)).collect();
        Ok(api::ListInstanceProfilesForRoleResponse {
            instance_profiles: Some(shown?),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
