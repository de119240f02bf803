//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DetachInstances.html>

use crate::group::{decrement, members, named_once};
use crate::state::Stage;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DetachInstances {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "DetachInstances", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let ids = named_once(input.instance_ids);
        let less = input.should_decrement_desired_capacity == Some(true);
        let activities = scaling.edit(call, input.auto_scaling_group_name.as_deref(), |tx, group| {
            let count = members(group, &ids, &[Stage::InService, Stage::Standby])?
                .iter()
                .filter(|member| member.stage.counts())
                .count();
            if less {
                decrement(group, count, call)?;
            }
            let cause = "instances were detached in response to a user request.";
            ids.iter().map(|id| scaling.take_out(tx, group, call, id, Stage::Detaching, cause)).collect()
        });
        Ok(api::DetachInstancesAnswer { activities: Some(activities.await?) })
    }
}
