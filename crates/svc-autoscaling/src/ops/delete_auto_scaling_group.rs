//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteAutoScalingGroup.html>

use crate::find;
use crate::run::remove;
use crate::state::{Group, Stage};
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DeleteAutoScalingGroup {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        let access =
            access::on(&state, call, "DeleteAutoScalingGroup", input.auto_scaling_group_name.as_deref());
        let force = input.force_delete.map(|force| force.to_string()).into_iter().collect();
        Ok(vec![access::with(access, "ForceDelete", force)])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        scaling
            .store
            .write(|tx| {
                let named = input.auto_scaling_group_name.as_deref();
                let found = find::group(&tx.snapshot(), &call.scope, named)?;
                if found.members.is_empty() {
                    return Ok(remove(tx, &found)?);
                }
                if input.force_delete != Some(true) {
                    return Err(in_use(&found));
                }
                let mut group = Group::clone(&found);
                (group.is_deleting, group.min, group.desired) = (true, 0, 0);
                Ok(tx.put(&group)?)
            })
            .await?;
        Ok(Default::default())
    }
}

fn in_use(group: &Group) -> ServiceError {
    if group.members.iter().all(|member| member.stage == Stage::Terminating) {
        return ServiceError::client(
            "ScalingActivityInProgress",
            "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
        );
    }
    ServiceError::client(
        "ResourceInUse",
        "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
    )
}
