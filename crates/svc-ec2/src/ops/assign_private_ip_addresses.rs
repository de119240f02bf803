//! Gives an interface secondary private addresses, chosen or AWS's choice.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html>

use crate::op::*;
use crate::secondary;

impl Handler<Ec2> for api::AssignPrivateIpAddresses {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AssignPrivateIpAddresses")
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let filled = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|items| !items.is_empty());
        refuse(
            "AssignPrivateIpAddresses",
            &[
                ("Ipv4Prefixes", filled(&input.ipv4_prefixes)),
                ("Ipv4PrefixCount", input.ipv4_prefix_count.is_some_and(|n| n > 0)),
            ],
        )?;
        let id = required(&input.network_interface_id, "NetworkInterfaceId")?;
        let wanted = secondary::Wanted::of(
            input.private_ip_addresses.as_ref(),
            input.secondary_private_ip_address_count,
        )?;
        let reassign = input.allow_reassignment == Some(true);
        let assigned =
            ec2.change(call, None, |change| secondary::assign(change, id, &wanted, reassign)).await?;
        let shown = |ip: &std::net::Ipv4Addr| api::AssignedPrivateIpAddress {
            private_ip_address: Some(ip.to_string()),
        };
        Ok(api::AssignPrivateIpAddressesResult {
            network_interface_id: Some(id.to_owned()),
            assigned_private_ip_addresses: Some(assigned.iter().map(shown).collect()),
            assigned_ipv4_prefixes: None,
        })
    }
}
