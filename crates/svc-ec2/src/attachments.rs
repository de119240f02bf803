//! Interfaces beyond the first of an instance, put into it and taken out while it runs or is stopped.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network-interface-attachments.html>

use crate::change::Change;
use crate::error::{combination, invalid_value, not_yours};
use crate::model::instance_type;
use crate::read::Read;
use crate::render::interfaces_of;
use crate::state::{Attachment, Instance, InstanceState, NetworkInterface};
use base::{InstanceId, VpcId};
use service::ServiceError;
use std::sync::Arc;

/// Places for interfaces on one network card; no type has more interfaces than that.
const MAX_DEVICE_INDEX: i32 = 63;

/// A place in an instance that a request names.
pub(crate) fn device_index(given: Option<i32>) -> Result<i32, ServiceError> {
    let index = given.ok_or_else(|| crate::error::missing("DeviceIndex"))?;
    if (0..=MAX_DEVICE_INDEX).contains(&index) {
        return Ok(index);
    }
    Err(invalid_value(format!("Invalid device index: {index}")))
}

/// An interface that may become one of an instance's.
pub(crate) fn free(change: &Change<'_>, id: &str) -> Result<Arc<NetworkInterface>, ServiceError> {
    let interface = change.find::<NetworkInterface>(id)?;
    if interface.requester.is_some() {
        return Err(not_yours());
    }
    if interface.attachment.is_some() {
        return Err(in_use(id));
    }
    Ok(interface)
}

pub(crate) fn in_use(id: &str) -> ServiceError {
    ServiceError::client("InvalidNetworkInterface.InUse", format!("Interface: [{id}] in use."))
}

/// Whether an interface of this zone and VPC may be with an instance of those.
pub(crate) fn check_place(
    zone: &str,
    vpc: &VpcId,
    of_instance: &str,
    vpc_of_instance: &VpcId,
) -> Result<(), ServiceError> {
    if zone != of_instance {
        return Err(combination(
            "You may not attach a network interface to an instance if they are not in the same availability zone",
        ));
    }
    if vpc != vpc_of_instance {
        return Err(ServiceError::not_implemented("an interface of another VPC than its instance's"));
    }
    Ok(())
}

/// Refuses more interfaces than the type has.
pub(crate) fn check_count(kind: &str, count: usize) -> Result<(), ServiceError> {
    let limit = instance_type::find(kind).map_or(1, |kind| usize::try_from(kind.interfaces).unwrap_or(1));
    if count <= limit {
        return Ok(());
    }
    Err(ServiceError::client(
        "AttachmentLimitExceeded",
        format!("Interface count {count} exceeds the limit for {kind}"),
    ))
}

/// The attachment of an interface to an instance.
pub(crate) fn attachment(change: &Change<'_>, instance: &InstanceId, index: i32, ends: bool) -> Attachment {
    Attachment {
        id: change.id("eni-attach"),
        owner: change.scope().account.to_string(),
        attached: change.now(),
        device_index: index,
        instance: Some(instance.clone()),
        delete_on_termination: ends,
    }
}

/// The new attachment's id.
pub(crate) fn attach(
    change: &mut Change<'_>,
    instance: &str,
    interface: &str,
    index: i32,
) -> Result<String, ServiceError> {
    let instance = change.find::<Instance>(instance)?;
    let interface = free(change, interface)?;
    if !matches!(instance.state, InstanceState::Running | InstanceState::Stopped) {
        return Err(ServiceError::client(
            "IncorrectInstanceState",
            format!("Instance '{}' is not 'running' or 'stopped'.", instance.id),
        ));
    }
    check_place(&interface.zone, &interface.vpc, &instance.zone, &instance.vpc)?;
    let present = interfaces_of(change, &instance)?;
    let at = |i: &Arc<NetworkInterface>| i.attachment.as_ref().is_some_and(|a| a.device_index == index);
    if present.iter().any(at) {
        return Err(invalid_value(format!(
            "Instance '{}' already has an interface attached at device index '{index}'.",
            instance.id
        )));
    }
    check_count(&instance.instance_type, present.len() + 1)?;
    let made = attachment(change, &instance.id, index, false);
    let id = made.id.clone();
    change.put(&NetworkInterface { attachment: Some(made), ..NetworkInterface::clone(&interface) })?;
    Ok(id)
}

/// The interface with this attachment.
pub(crate) fn attached(view: &impl Read, id: &str) -> Result<Arc<NetworkInterface>, ServiceError> {
    let has = |i: &NetworkInterface| i.attachment.as_ref().is_some_and(|a| a.id == id);
    view.having::<NetworkInterface>(has)?.into_iter().next().ok_or_else(|| no_attachment(id))
}

pub(crate) fn no_attachment(id: &str) -> ServiceError {
    ServiceError::client(
        "InvalidAttachmentID.NotFound",
        format!("The network interface attachment ID '{id}' does not exist"),
    )
}

pub(crate) fn detach(change: &mut Change<'_>, id: &str) -> Result<(), ServiceError> {
    let interface = attached(change, id)?;
    let attachment = interface.attachment.as_ref().filter(|attachment| attachment.instance.is_some());
    let Some(attachment) = attachment.filter(|_| interface.requester.is_none()) else {
        return Err(not_yours());
    };
    if attachment.device_index == 0 {
        return Err(ServiceError::client(
            "OperationNotPermitted",
            "The network interface at device index 0 and networkCard index 0 cannot be detached.",
        ));
    }
    Ok(change.put(&NetworkInterface { attachment: None, ..NetworkInterface::clone(&interface) })?)
}

/// The one interface of an instance, where a request names the instance in place of it.
pub(crate) fn only_interface(view: &impl Read, id: &str) -> Result<Arc<NetworkInterface>, ServiceError> {
    let instance = view.find::<Instance>(id)?;
    match interfaces_of(view, &instance)?.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(<Instance as crate::state::Resource>::missing(id)),
        _ => Err(ServiceError::client(
            "InvalidInstanceID",
            format!(
                "There are multiple interfaces attached to instance '{id}'. Please specify an interface ID for the operation instead."
            ),
        )),
    }
}
