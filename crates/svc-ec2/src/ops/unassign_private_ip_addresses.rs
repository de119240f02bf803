//! Takes secondary private addresses from an interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignPrivateIpAddresses.html>

use crate::op::*;
use crate::secondary;

impl Handler<Ec2> for api::UnassignPrivateIpAddresses {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "UnassignPrivateIpAddresses")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let filled = input.ipv4_prefixes.as_ref().is_some_and(|items| !items.is_empty());
        refuse("UnassignPrivateIpAddresses", &[("Ipv4Prefixes", filled)])?;
        let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
        let wanted = secondary::Wanted::of(input.private_ip_addresses.as_ref(), None)?;
        ec2.change(call, None, |change| secondary::unassign(change, id, &wanted)).await?;
        Ok(api::UnassignPrivateIpAddressesOutput {})
    }
}
