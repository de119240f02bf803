//! Changes the groups, the description or the source/destination check of an interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html>

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
        refuse(
            "ModifyNetworkInterfaceAttribute",
            &[
                ("EnaSrdSpecification", input.ena_srd_specification.is_some()),
                ("EnablePrimaryIpv6", input.enable_primary_ipv6 == Some(true)),
                ("ConnectionTrackingSpecification", input.connection_tracking_specification.is_some()),
                ("AssociatePublicIpAddress", input.associate_public_ip_address == Some(true)),
                ("AssociatedSubnetIds", input.associated_subnet_ids.as_ref().is_some_and(|l| !l.is_empty())),
                ("Attachment", input.attachment.is_some()),
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
    match usize::from(groups.is_some()) + usize::from(description.is_some()) + usize::from(check.is_some()) {
        0 => return Err(missing("attribute")),
        1 => {}
        _ => return Err(combination("Fields for multiple attribute types specified")),
    }
    change.edit::<NetworkInterface>(id, |row| {
        row.groups = groups.unwrap_or_else(|| std::mem::take(&mut row.groups));
        row.description = description.unwrap_or_else(|| std::mem::take(&mut row.description));
        row.source_dest_check = check.unwrap_or(row.source_dest_check);
    })
}
