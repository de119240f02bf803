//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExitStandby.html>

use crate::group::{members, named_once, set_desired};
use crate::invalid::validation;
use crate::state::Stage;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::ExitStandby {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "ExitStandby", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let ids = named_once(input.instance_ids);
        let activities = scaling.edit(call, input.auto_scaling_group_name.as_deref(), |tx, group| {
            let count = members(group, &ids, &[Stage::Standby])?.len();
            let wanted = group.desired.saturating_add(i32::try_from(count).unwrap_or(i32::MAX));
            if wanted > group.max {
                return Err(validation(format!(
                    "AutoScalingGroup max size is {}; moving {count} instances out of Standby would exceed it.",
                    group.max
                )));
            }
            set_desired(group, wanted, call, "a user request");
            let cause = "instances were moved out of Standby in response to a user request.";
            ids.iter().map(|id| scaling.take_out(tx, group, call, id, Stage::Pending, cause)).collect()
        });
        Ok(api::ExitStandbyAnswer { activities: Some(activities.await?) })
    }
}
