//! Gives an Elastic IP address back.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html>

use crate::op::*;

impl Handler<Ec2> for api::ReleaseAddress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ReleaseAddress")
            .on::<Address>(input.allocation_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if input.allocation_id.is_none() && input.public_ip.is_some() {
            return Err(invalid_value(
                "You must specify an allocation id when releasing a VPC elastic IP address",
            ));
        }
        let id = required(&input.allocation_id, "AllocationId")?;
        ec2.change(call, input.dry_run, |change| {
            let address = change.find::<Address>(id)?;
            if address.association.is_some() {
                let message = format!("Address {} is in use.", address.public_ip);
                return Err(ServiceError::client("InvalidIPAddress.InUse", message));
            }
            Ok(change.remove(&*address)?)
        })
        .await?;
        Ok(api::ReleaseAddressOutput {})
    }
}
