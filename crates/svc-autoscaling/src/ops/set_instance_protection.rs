//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html>

use crate::group::{members, named_once};
use crate::state::Stage;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::SetInstanceProtection {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "SetInstanceProtection", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let ids = named_once(input.instance_ids);
        let is_protected = input.protected_from_scale_in == Some(true);
        scaling
            .edit(call, input.auto_scaling_group_name.as_deref(), |_, group| {
                let can_be = [Stage::InService, Stage::Pending, Stage::Standby, Stage::EnteringStandby];
                members(group, &ids, &can_be)?;
                for id in &ids {
                    if let Some(member) = group.member_mut(id) {
                        member.is_protected = is_protected;
                    }
                }
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}
