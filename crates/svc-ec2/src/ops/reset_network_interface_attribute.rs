//! Sets the source/destination check of an interface to its default, on.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResetNetworkInterfaceAttribute.html>

use crate::op::*;

impl Handler<Ec2> for api::ResetNetworkInterfaceAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ResetNetworkInterfaceAttribute")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
        required(&input.source_dest_check, "SourceDestCheck")?;
        ec2.change(call, input.dry_run, |change| {
            if change.find::<NetworkInterface>(id)?.requester.is_some() {
                return Err(not_yours());
            }
            change.edit::<NetworkInterface>(id, |interface| interface.source_dest_check = true)
        })
        .await?;
        Ok(api::ResetNetworkInterfaceAttributeOutput {})
    }
}
