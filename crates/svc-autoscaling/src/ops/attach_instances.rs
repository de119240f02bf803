//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachInstances.html>

use crate::find;
use crate::group::{named_once, set_desired, stays};
use crate::invalid::validation;
use crate::needs::{Machine, MachineState};
use crate::state::{Group, Member, Stage};
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::AttachInstances {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "AttachInstances", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let ids = named_once(input.instance_ids);
        let machines = scaling.needs.machines.all(&call.scope)?;
        scaling
            .edit(call, input.auto_scaling_group_name.as_deref(), |tx, group| {
                stays(group)?;
                let more = i32::try_from(ids.len()).unwrap_or(i32::MAX);
                if group.desired.saturating_add(more) > group.max {
                    return Err(validation(format!(
                        "AutoScalingGroup max size is {}; attaching {more} instances would exceed it.",
                        group.max
                    )));
                }
                for id in &ids {
                    if let Ok(other) = find::group_of(&tx.snapshot(), &call.scope, id) {
                        let name = &other.name;
                        return Err(validation(format!(
                            "Instance {id} is already part of Auto Scaling group: {name}"
                        )));
                    }
                    let machine = machines.iter().find(|machine| machine.id == *id);
                    let member = member(group, machine, id, call)?;
                    group.members.push(member);
                }
                let wanted = group.desired.saturating_add(more);
                set_desired(group, wanted, call, "a user request attached instances");
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}

/// A member of an instance that somebody else launched: it must run in one of the group's zones.
fn member(group: &Group, machine: Option<&Machine>, id: &str, call: &Call) -> Result<Member, ServiceError> {
    let machine = machine.ok_or_else(|| validation(format!("Invalid Instance ID(s): [{id}] specified")))?;
    if machine.state != MachineState::Running {
        return Err(validation(format!("Instance {id} is not in correct state.")));
    }
    if !group.zones().contains(&machine.place.zone.as_str()) {
        return Err(validation(format!("Instance {id} is not in a zone of the Auto Scaling group.")));
    }
    Ok(Member {
        token: format!("attached-{id}"),
        instance: Some(id.to_owned()),
        place: machine.place.clone(),
        stage: Stage::Pending,
        is_healthy: true,
        is_protected: group.protects_new,
        template: None,
        kind: machine.kind.clone(),
        image: machine.image.clone(),
        since: call.now,
        is_extra: false,
        activity: None,
    })
}
