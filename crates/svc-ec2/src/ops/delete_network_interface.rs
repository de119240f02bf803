//! Deletes an interface that nothing uses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkInterface {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteNetworkInterface")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
        ec2.change(call, input.dry_run, |change| delete(change, id)).await?;
        Ok(api::DeleteNetworkInterfaceOutput {})
    }
}

fn delete(change: &mut Change<'_>, id: &str) -> Result<(), ServiceError> {
    let interface = change.find::<NetworkInterface>(id)?;
    if interface.attachment.is_some() || interface.requester.is_some() {
        return Err(invalid_value(format!("Network interface '{id}' is currently in use.")));
    }
    let held = |a: &Address| a.association.as_ref().is_some_and(|x| x.interface == interface.id);
    for address in change.having::<Address>(held)? {
        change.edit::<Address>(address.id.as_str(), |a| a.association = None)?;
    }
    Ok(change.remove(&*interface)?)
}
