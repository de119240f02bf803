//! What may follow on which state of an instance, when a user asks for it.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>

use crate::api;
use crate::change::Change;
use crate::launch::public_address;
use crate::read::Read;
use crate::render::{instance_state, text};
use crate::state::{Instance, InstanceState, NetworkInterface, StateReason};
use service::ServiceError;
use std::sync::Arc;

fn incorrect_state(row: &Instance) -> ServiceError {
    let (_, name) = row.state.code_and_name();
    let text = format!("The instance '{}' is not in a state from which it can be {}.", row.id, verb(name));
    ServiceError::client("IncorrectInstanceState", text)
}

fn verb(state: &str) -> &'static str {
    if state == "stopping" { "started" } else { "stopped" }
}

fn user_initiated(text: &str) -> Option<StateReason> {
    Some(StateReason { code: "Client.UserInitiatedShutdown".to_owned(), message: text.to_owned() })
}

/// All of the instances named, each once, in their order; unknown ones are named together.
pub(crate) fn named(view: &impl Read, ids: Option<&Vec<String>>) -> Result<Vec<Arc<Instance>>, ServiceError> {
    let ids = ids.map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for id in ids {
        match view.lookup::<Instance>(id)? {
            Some(row) => found.push(row),
            None if !id.starts_with("i-") => return Err(<Instance as crate::state::Resource>::missing(id)),
            None => missing.push(id.as_str()),
        }
    }
    match missing.as_slice() {
        [] => Ok(found),
        [one] => Err(<Instance as crate::state::Resource>::missing(one)),
        many => Err(ServiceError::client(
            "InvalidInstanceID.NotFound",
            format!("The instance IDs '{}' do not exist", many.join(", ")),
        )),
    }
}

/// Changes each of the instances named; what AWS answers is the state before and after.
pub(crate) fn change_each(
    change: &mut Change<'_>,
    ids: Option<&Vec<String>>,
    mut next: impl FnMut(&mut Change<'_>, &mut Instance) -> Result<(), ServiceError>,
) -> Result<Vec<api::InstanceStateChange>, ServiceError> {
    let mut changes = Vec::new();
    for found in named(change, ids)? {
        let mut row = Instance::clone(&found);
        next(change, &mut row)?;
        if row != *found {
            change.put(&row)?;
        }
        changes.push(api::InstanceStateChange {
            instance_id: text(&row.id),
            previous_state: instance_state(found.state),
            current_state: instance_state(row.state),
        });
    }
    Ok(changes)
}

pub(crate) fn start(change: &mut Change<'_>, row: &mut Instance) -> Result<(), ServiceError> {
    match row.state {
        InstanceState::Running | InstanceState::Pending => return Ok(()),
        InstanceState::Stopped => {}
        _ => return Err(incorrect_state(row)),
    }
    if row.wants_public_ip {
        let public = public_address(change)?;
        change.edit::<NetworkInterface>(row.interface.as_str(), |i| i.public_ip = Some(public))?;
    }
    row.state = InstanceState::Pending;
    row.reason = None;
    row.launched = change.now();
    row.boots += 1;
    Ok(())
}

pub(crate) fn stop(row: &mut Instance, force: bool) -> Result<(), ServiceError> {
    match row.state {
        InstanceState::Stopped | InstanceState::Stopping { force: true } => return Ok(()),
        InstanceState::Running | InstanceState::Stopping { .. } => {}
        InstanceState::Pending | InstanceState::ShuttingDown | InstanceState::Terminated { .. } => {
            return Err(incorrect_state(row));
        }
    }
    if row.stop_protected {
        let text = format!(
            "The instance '{}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.",
            row.id
        );
        return Err(ServiceError::client("OperationNotPermitted", text));
    }
    row.state = InstanceState::Stopping { force };
    row.reason = user_initiated("Client.UserInitiatedShutdown: User initiated shutdown");
    Ok(())
}

pub(crate) fn terminate(row: &mut Instance) -> Result<(), ServiceError> {
    if row.state.is_ending() {
        return Ok(());
    }
    if row.termination_protected {
        let text = format!(
            "The instance '{}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
            row.id
        );
        return Err(ServiceError::client("OperationNotPermitted", text));
    }
    row.state = InstanceState::ShuttingDown;
    row.reason = user_initiated("Client.UserInitiatedShutdown: User initiated shutdown");
    Ok(())
}

/// A reboot is a start of the running instance: its processes are ended and begun again.
pub(crate) fn reboot(row: &mut Instance) -> Result<(), ServiceError> {
    match row.state {
        InstanceState::Running => {
            row.boots += 1;
            Ok(())
        }
        InstanceState::Pending => Ok(()),
        _ => Err(incorrect_state(row)),
    }
}
