//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceHealth.html>

use crate::find;
use crate::invalid::{no_instance, validation};
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::SetInstanceHealth {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on_instance(&state, call, "SetInstanceHealth", input.instance_id.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.instance_id.as_deref().unwrap_or_default();
        let is_healthy = match input.health_status.as_deref() {
            Some("Healthy") => true,
            Some("Unhealthy") => false,
            other => {
                return Err(validation(format!(
                    "Invalid health status: {}. Valid values are Healthy and Unhealthy.",
                    other.unwrap_or_default()
                )));
            }
        };
        let group = find::group_of(&scaling.store.read(), &call.scope, id)?;
        scaling
            .edit(call, Some(&group.name), |_, group| {
                let grace_ms = i64::from(group.grace_s) * 1000;
                let respects = input.should_respect_grace_period != Some(false);
                let member = group.member_mut(id).ok_or_else(|| no_instance(id))?;
                let is_young = call.now.millis() < member.since.millis() + grace_ms;
                // A young instance is not found sick, if the caller does not want it to be.
                if !(respects && is_young && !is_healthy) {
                    member.is_healthy = is_healthy;
                }
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}
