//! Takes addresses of IPv6 from an interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignIpv6Addresses.html>

use crate::ipv6;
use crate::op::*;

impl Handler<Ec2> for api::UnassignIpv6Addresses {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "UnassignIpv6Addresses")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let prefixes = input.ipv6_prefixes.as_ref().is_some_and(|items| !items.is_empty());
        refuse("UnassignIpv6Addresses", &[("Ipv6Prefixes", prefixes)])?;
        let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
        let named = input.ipv6_addresses.clone().unwrap_or_default();
        let gone = ec2.change(call, None, |change| ipv6::unassign(change, id, &named)).await?;
        Ok(api::UnassignIpv6AddressesResult {
            network_interface_id: Some(id.to_owned()),
            unassigned_ipv6_addresses: Some(gone.iter().map(ToString::to_string).collect()),
            unassigned_ipv6_prefixes: None,
        })
    }
}
