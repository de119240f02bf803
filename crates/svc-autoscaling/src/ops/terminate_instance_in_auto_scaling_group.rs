//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TerminateInstanceInAutoScalingGroup.html>

use crate::find;
use crate::group::decrement;
use crate::invalid::{no_instance, validation};
use crate::state::Stage;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::TerminateInstanceInAutoScalingGroup {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on_instance(
            &state,
            call,
            "TerminateInstanceInAutoScalingGroup",
            input.instance_id.as_deref(),
        )])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.instance_id.as_deref().unwrap_or_default();
        let group = find::group_of(&scaling.store.read(), &call.scope, id)?;
        let less = input.should_decrement_desired_capacity == Some(true);
        let activity = scaling.edit(call, Some(&group.name), |tx, group| {
            let member = group.member(id).ok_or_else(|| no_instance(id))?;
            if member.stage == Stage::Terminating {
                return Err(validation(format!("The instance {id} is already being terminated.")));
            }
            if less && member.stage.counts() {
                decrement(group, 1, call)?;
            }
            let cause = "instance was taken out of service in response to a user request.";
            scaling.take_out(tx, group, call, id, Stage::Terminating, cause)
        });
        Ok(api::ActivityType { activity: Some(activity.await?) })
    }
}
