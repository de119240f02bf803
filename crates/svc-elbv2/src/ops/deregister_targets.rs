//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html>

use crate::state::{TargetGroup, TargetType};
use crate::{Elb, access, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DeregisterTargets {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "DeregisterTargets", input.target_group_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.target_group_arn.unwrap_or_default();
        let given = input.targets.unwrap_or_default();
        if given.is_empty() {
            return Err(invalid::validation("At least one target must be specified"));
        }
        elb.store
            .write(|tx| {
                let state = tx.snapshot();
                let mut group = TargetGroup::clone(&*find::target_group(&state, &call.scope, &arn)?);
                let is_used = !find::users_of(&state, &call.scope, &arn)?.is_empty();
                for target in &given {
                    deregister(&mut group, target, is_used, call)?;
                }
                Ok::<_, ServiceError>(tx.put(&group)?)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(Default::default())
    }
}

/// A target of a used group drains; others, and functions, go at once. Without a port all of its ports go.
fn deregister(
    group: &mut TargetGroup,
    given: &api::TargetDescription,
    is_used: bool,
    call: &Call,
) -> Result<(), ServiceError> {
    let id = given.id.as_deref().unwrap_or_default();
    let port = given.port.and_then(|port| u16::try_from(port).ok());
    let is_meant =
        |target: &crate::state::Target| target.id == id && port.is_none_or(|port| port == target.port);
    if !group.targets.iter().any(is_meant) {
        return Err(ServiceError::client(
            "InvalidTarget",
            format!("The following targets are not registered: '{id}'"),
        ));
    }
    if is_used && group.target_type != TargetType::Lambda {
        for target in group.targets.iter_mut().filter(|target| is_meant(target)) {
            target.deregistered.get_or_insert(call.now);
        }
    } else {
        group.targets.retain(|target| !is_meant(target));
    }
    Ok(())
}
