//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribePolicies.html>

use crate::page::page;
use crate::state::Policy;
use crate::{Scaling, access, api};
use crate::{answer, find};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Scaling> for api::DescribePolicies {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribePolicies"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = scaling.store.read();
        let mut all = match input.auto_scaling_group_name.as_deref() {
            None => state.scan::<Policy>(&call.scope.prefix())?,
            Some(named) => {
                let group = find::group(&state, &call.scope, Some(named))?;
                state.scan::<Policy>(&Policy::prefix(&call.scope, &group.name))?
            }
        };
        if let Some(names) = input.policy_names.as_ref().filter(|names| !names.is_empty()) {
            all.retain(|policy| names.contains(&policy.name) || names.contains(&policy.arn()));
        }
        if let Some(kinds) = input.policy_types.as_ref().filter(|kinds| !kinds.is_empty()) {
            all.retain(|_| kinds.iter().any(|kind| kind == "SimpleScaling"));
        }
        let (shown, next_token) =
            page(all, |policy| policy.key(), input.max_records, input.next_token.as_deref())?;
        let shown = shown.iter().map(|policy| answer::policy(policy)).collect();
        Ok(api::PoliciesType { scaling_policies: Some(shown), next_token })
    }
}
