//! Puts an Elastic IP address before a private address of an interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html>

use crate::attachments::only_interface;
use crate::elastic;
use crate::op::*;
use std::net::Ipv4Addr;

impl Handler<Ec2> for api::AssociateAddress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AssociateAddress")
            .on::<Address>(input.allocation_id.as_deref().unwrap_or("*"))?
            .on::<NetworkInterface>(input.network_interface_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if input.allocation_id.is_some() && input.public_ip.is_some() {
            return Err(combination(
                "You may specify public IP or allocation id, but not both in the same call",
            ));
        }
        let id = ec2.change(call, input.dry_run, |change| associate(change, &input)).await?;
        Ok(api::AssociateAddressResult { association_id: Some(id) })
    }
}

fn associate(change: &mut Change<'_>, input: &api::AssociateAddressRequest) -> Result<String, ServiceError> {
    let address = address_of(change, input)?;
    let interface = match (&input.network_interface_id, &input.instance_id) {
        (None, Some(instance)) => only_interface(change, instance)?,
        _ => change.find::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?,
    };
    if interface.requester.is_some() {
        return Err(not_yours());
    }
    let private_ip = private_ip_of(&interface, input.private_ip_address.as_deref())?;
    elastic::check_gateway(change, &interface.vpc)?;
    let (id, interface_id) = (address.id.clone(), interface.id.clone());
    if let Some(current) = &address.association {
        if (&current.interface, current.private_ip) == (&interface_id, private_ip) {
            return Ok(current.id.to_string());
        }
        elastic::check_users_own(change, current)?;
        if input.allow_reassociation == Some(false) {
            return Err(already_associated(format!(
                "resource {id} is already associated with associate-id {}",
                current.id
            )));
        }
    }
    let holds = |a: &AddressAssociation| a.interface == interface_id && a.private_ip == private_ip;
    for other in change.having::<Address>(|a| a.association.as_ref().is_some_and(holds))? {
        if input.allow_reassociation != Some(true) {
            return Err(already_associated(format!(
                "resource {interface_id} is already associated with address {}",
                other.public_ip
            )));
        }
        change.edit::<Address>(other.id.as_str(), |a| a.association = None)?;
    }
    elastic::associate(change, &id, &interface_id, private_ip)
}

fn address_of(
    change: &Change<'_>,
    input: &api::AssociateAddressRequest,
) -> Result<Arc<Address>, ServiceError> {
    match (&input.allocation_id, &input.public_ip) {
        (Some(id), _) => change.find::<Address>(id),
        (None, Some(ip)) => elastic::with_public_ip(change, ip),
        (None, None) => Err(missing("AllocationId")),
    }
}

fn private_ip_of(interface: &NetworkInterface, wanted: Option<&str>) -> Result<Ipv4Addr, ServiceError> {
    let Some(wanted) = wanted else { return Ok(interface.private_ip) };
    let bad = || bad_value(wanted, "privateIpAddress", "It is not an address of the network interface.");
    let ip: Ipv4Addr = wanted.parse().map_err(|_| bad())?;
    if interface.addresses().any(|own| own == ip) { Ok(ip) } else { Err(bad()) }
}
