//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExecutePolicy.html>

use super::set_desired_capacity::not_cooling;
use crate::find;
use crate::group::set_desired;
use crate::model::adjustment::adjusted;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::ExecutePolicy {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        let named = input.policy_name.as_deref().unwrap_or_default();
        let group = input.auto_scaling_group_name.as_deref();
        let of = find::policy(&state, &call.scope, group, named).ok().map(|policy| policy.group.clone());
        Ok(vec![access::on(&state, call, "ExecutePolicy", of.as_deref().or(group))])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if input.metric_value.is_some() || input.breach_threshold.is_some() {
            return Err(ServiceError::not_implemented("MetricValue and BreachThreshold of ExecutePolicy"));
        }
        let named = input.policy_name.as_deref().unwrap_or_default();
        let group = input.auto_scaling_group_name.as_deref();
        let policy = find::policy(&scaling.store.read(), &call.scope, group, named)?;
        let honors = input.honor_cooldown == Some(true);
        scaling
            .edit(call, Some(&policy.group), |_, group| {
                if honors {
                    not_cooling(group, policy.cooldown_s, call)?;
                }
                let wanted = adjusted(&policy, group.desired, group.min, group.max);
                let why = format!("a user request executed policy {}", policy.name);
                set_desired(group, wanted, call, &why);
                group.scaled = Some(call.now);
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}
