//! Lists managed policies: the account's own, AWS's, or both.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>

use crate::access;
use crate::api;
use crate::managed;
use crate::model::{ManagedPolicy, Usage, page};
use crate::state::{self, Iam};
use base::AccountId;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;
use store::{Fault, Snapshot, Table};

impl Handler<Iam> for api::ListPolicies {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::list(call, "ListPolicies", "policy", &input.path_prefix)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (state, account) = (iam.read(), &call.scope.account);
        let usages = state::usages(&state, account)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let wanted = |row: &(Arc<ManagedPolicy>, Usage)| {
            let used = match input.policy_usage_filter.as_deref() {
                Some("PermissionsBoundary") => row.1.boundary > 0,
                _ => input.only_attached != Some(true) || row.1.attached > 0,
            };
            used && row.0.path.starts_with(prefix)
        };
        let with_usage = |policy: Arc<ManagedPolicy>| {
            let usage = usages.get(&policy.arn()).copied().unwrap_or_default();
            (policy, usage)
        };
        let all = in_scope(&state, account, input.scope.as_deref())?;
        let rows = all.into_iter().map(with_usage).filter(wanted).collect();
        let page = page(rows, |(policy, _)| policy.key(), &input.marker, input.max_items)?;
        Ok(api::ListPoliciesResponse {
            policies: Some(page.items.iter().map(|(policy, usage)| policy.describe_short(*usage)).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// The account's own first: numbers come before `aws`, as the markers need it.
fn in_scope(
    state: &Snapshot,
    account: &AccountId,
    scope: Option<&str>,
) -> Result<Vec<Arc<ManagedPolicy>>, Fault> {
    let mut all = Vec::new();
    if scope != Some("AWS") {
        all.extend(state::all::<ManagedPolicy>(state, account)?);
    }
    if scope != Some("Local") {
        all.extend(managed::all());
    }
    all.sort_by_key(|policy| policy.key());
    Ok(all)
}
