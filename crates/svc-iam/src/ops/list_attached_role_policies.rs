//! Lists the managed policies attached to a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>

use crate::access;
use crate::api;
use crate::model::{ManagedPolicy, given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

impl Handler<Iam> for api::ListAttachedRolePolicies {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "ListAttachedRolePolicies", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let (state, account) = (iam.read(), &call.scope.account);
        let role = state::role(&state, account, name)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let found: Result<Vec<_>, _> =
            role.permissions.attached.iter().map(|arn| state::known_policy(&state, account, arn)).collect();
        let below = found?.into_iter().filter(|policy| policy.path.starts_with(prefix)).collect();
        let page = page(below, |policy| policy.arn(), &input.marker, input.max_items)?;
        let attached = |policy: &Arc<ManagedPolicy>| api::AttachedPolicy {
            policy_name: Some(policy.name.clone()),
            policy_arn: Some(policy.arn()),
        };
        Ok(api::ListAttachedRolePoliciesResponse {
            attached_policies: Some(page.items.iter().map(attached).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
