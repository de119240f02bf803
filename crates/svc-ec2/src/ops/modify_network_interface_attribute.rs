//! Changes the groups, the description, the source/destination check of an interface, or whether it ends with
//! its instance.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html>

use crate::attachments::no_attachment;
use crate::op::*;
use crate::placement::groups_for;

impl Handler<Ec2> for api::ModifyNetworkInterfaceAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ModifyNetworkInterfaceAttribute")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let attachment = input.attachment.as_ref();
        refuse(
            "ModifyNetworkInterfaceAttribute",
            &[
                ("EnaSrdSpecification", input.ena_srd_specification.is_some()),
                ("EnablePrimaryIpv6", input.enable_primary_ipv6 == Some(true)),
                ("ConnectionTrackingSpecification", input.connection_tracking_specification.is_some()),
                ("AssociatePublicIpAddress", input.associate_public_ip_address == Some(true)),
                ("AssociatedSubnetIds", input.associated_subnet_ids.as_ref().is_some_and(|l| !l.is_empty())),
                (
                    "Attachment.DefaultEnaQueueCount",
                    attachment.is_some_and(|a| a.default_ena_queue_count.is_some()),
                ),
                ("Attachment.EnaQueueCount", attachment.is_some_and(|a| a.ena_queue_count.is_some())),
            ],
        )?;
        ec2.change(call, input.dry_run, |change| modify(change, &input)).await?;
        Ok(api::ModifyNetworkInterfaceAttributeOutput {})
    }
}

fn modify(
    change: &mut Change<'_>,
    input: &api::ModifyNetworkInterfaceAttributeRequest,
) -> Result<(), ServiceError> {
    let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
    let interface = change.find::<NetworkInterface>(id)?;
    if interface.requester.is_some() {
        return Err(not_yours());
    }
    let quota = change.quotas().security_groups_per_interface;
    let groups = match input.groups.as_ref().filter(|g| !g.is_empty()) {
        Some(ids) => Some(groups_for(change, quota, &interface.vpc, Some(ids))?),
        None => None,
    };
    let description = input.description.as_ref().and_then(|d| d.value.clone());
    let check = input.source_dest_check.as_ref().and_then(|c| c.value);
    let attachment = input.attachment.as_ref();
    let given = [groups.is_some(), description.is_some(), check.is_some(), attachment.is_some()];
    match given.iter().filter(|given| **given).count() {
        0 => return Err(missing("attribute")),
        1 => {}
        _ => return Err(combination("Fields for multiple attribute types specified")),
    }
    if let Some(asked) = attachment {
        return modify_attachment(change, &interface, asked);
    }
    change.edit::<NetworkInterface>(id, |row| {
        row.groups = groups.unwrap_or_else(|| std::mem::take(&mut row.groups));
        row.description = description.unwrap_or_else(|| std::mem::take(&mut row.description));
        row.source_dest_check = check.unwrap_or(row.source_dest_check);
    })
}

/// Whether the interface ends with its instance.
fn modify_attachment(
    change: &mut Change<'_>,
    interface: &NetworkInterface,
    asked: &api::NetworkInterfaceAttachmentChanges,
) -> Result<(), ServiceError> {
    let id = required(&asked.attachment_id, "Attachment.AttachmentId")?;
    let ends = asked.delete_on_termination.ok_or_else(|| missing("Attachment.DeleteOnTermination"))?;
    let mut row = interface.clone();
    match row.attachment.as_mut().filter(|attachment| attachment.id == id) {
        Some(attachment) => attachment.delete_on_termination = ends,
        None => return Err(no_attachment(id)),
    }
    Ok(change.put(&row)?)
}
