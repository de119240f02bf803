//! Gives an interface addresses of IPv6, chosen or AWS's choice.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignIpv6Addresses.html>

use crate::ipv6;
use crate::op::*;

impl Handler<Ec2> for api::AssignIpv6Addresses {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AssignIpv6Addresses")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "AssignIpv6Addresses",
            &[
                ("Ipv6Prefixes", input.ipv6_prefixes.as_ref().is_some_and(|items| !items.is_empty())),
                ("Ipv6PrefixCount", input.ipv6_prefix_count.is_some_and(|n| n > 0)),
            ],
        )?;
        let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
        let wanted = ipv6::Wanted::of(input.ipv6_addresses.iter().flatten(), input.ipv6_address_count)?;
        let assigned = ec2.change(call, None, |change| ipv6::assign(change, id, &wanted)).await?;
        Ok(api::AssignIpv6AddressesResult {
            assigned_ipv6_addresses: Some(assigned.iter().map(ToString::to_string).collect()),
            assigned_ipv6_prefixes: None,
            network_interface_id: Some(id.to_owned()),
        })
    }
}
