//! Lists the managed policies attached to a group.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html>

use crate::access;
use crate::api;
use crate::model::{ManagedPolicy, given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

impl Handler<Iam> for api::ListAttachedGroupPolicies {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "ListAttachedGroupPolicies", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        let (state, account) = (iam.read(), &call.scope.account);
        let group = state::group(&state, account, name)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let found: Result<Vec<_>, _> =
            group.permissions.attached.iter().map(|arn| state::known_policy(&state, account, arn)).collect();
        let below = found?.into_iter().filter(|policy| policy.path.starts_with(prefix)).collect();
        let page = page(below, |policy| policy.arn(), &input.marker, input.max_items)?;
        let attached = |policy: &Arc<ManagedPolicy>| api::AttachedPolicy {
            policy_name: Some(policy.name.clone()),
            policy_arn: Some(policy.arn()),
        };
        Ok(api::ListAttachedGroupPoliciesResponse {
            attached_policies: Some(page.items.iter().map(attached).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
