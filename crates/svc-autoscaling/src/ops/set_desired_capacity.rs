//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetDesiredCapacity.html>

use crate::group::set_desired;
use crate::invalid::validation;
use crate::state::Group;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::SetDesiredCapacity {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "SetDesiredCapacity", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = input.desired_capacity.unwrap_or_default();
        scaling
            .edit(call, input.auto_scaling_group_name.as_deref(), |_, group| {
                if wanted > group.max {
                    return Err(validation(format!(
                        "New SetDesiredCapacity value {wanted} is above max value {} for the AutoScalingGroup.",
                        group.max
                    )));
                }
                if wanted < group.min {
                    return Err(validation(format!(
                        "New SetDesiredCapacity value {wanted} is below min value {} for the AutoScalingGroup.",
                        group.min
                    )));
                }
                if input.honor_cooldown == Some(true) {
                    not_cooling(group, None, call)?;
                }
                set_desired(group, wanted, call, "a user request explicitly set group desired capacity");
                group.scaled = Some(call.now);
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}

/// Refuses while the group rests after its last change.
pub(super) fn not_cooling(group: &Group, cooldown_s: Option<i32>, call: &Call) -> Result<(), ServiceError> {
    let rest_ms = i64::from(cooldown_s.unwrap_or(group.cooldown_s)) * 1000;
    if group.scaled.is_some_and(|at| call.now.millis() < at.millis() + rest_ms) {
        let text = format!("Scaling activity for group {} is blocked by its cooldown period", group.name);
        return Err(ServiceError::client("ScalingActivityInProgress", text));
    }
    Ok(())
}
