//! Elastic IP addresses and the interfaces they are associated with.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html>

use crate::change::Change;
use crate::error::{no_association, not_yours};
use crate::read::Read;
use crate::state::{Address, AddressAssociation, InternetGateway, NetworkInterface};
use base::{AllocationId, NetworkInterfaceId, VpcId};
use service::ServiceError;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// A public address means something only in a VPC with an internet gateway.
pub(crate) fn check_gateway(view: &impl Read, vpc: &VpcId) -> Result<(), ServiceError> {
    if view.having::<InternetGateway>(|gateway| gateway.vpc.as_ref() == Some(vpc))?.is_empty() {
        let message = format!("Network {vpc} is not attached to any internet gateway");
        return Err(ServiceError::client("Gateway.NotAttached", message));
    }
    Ok(())
}

/// Refuses to touch an association that a service holds, such as a NAT gateway's.
pub(crate) fn check_users_own(view: &impl Read, held: &AddressAssociation) -> Result<(), ServiceError> {
    let interface = view.lookup::<NetworkInterface>(held.interface.as_str())?;
    if interface.is_some_and(|i| i.requester.is_some()) { Err(not_yours()) } else { Ok(()) }
}

pub(crate) fn with_public_ip(view: &impl Read, ip: &str) -> Result<Arc<Address>, ServiceError> {
    view.having::<Address>(|address| address.public_ip.to_string() == ip)?
        .into_iter()
        .next()
        .ok_or_else(|| ServiceError::client("InvalidAddress.NotFound", format!("Address '{ip}' not found.")))
}

pub(crate) fn with_association(view: &impl Read, id: &str) -> Result<Arc<Address>, ServiceError> {
    view.having::<Address>(|a| a.association.as_ref().is_some_and(|held| held.id.as_str() == id))?
        .into_iter()
        .next()
        .ok_or_else(|| no_association(id))
}

/// Associates, in place of any association the address had; the new association's id.
pub(crate) fn associate(
    change: &mut Change<'_>,
    address: &AllocationId,
    interface: &NetworkInterfaceId,
    private_ip: Ipv4Addr,
) -> Result<String, ServiceError> {
    let association =
        AddressAssociation { id: change.id("eipassoc"), interface: interface.clone(), private_ip };
    let id = association.id.to_string();
    change.edit::<Address>(address.as_str(), |row| row.association = Some(association))?;
    Ok(id)
}

/// The public addresses that are taken, in all accounts and regions: they share one internet.
pub(crate) fn used_public_addresses(view: &impl Read) -> Result<BTreeSet<Ipv4Addr>, ServiceError> {
    let elastic = view.rows::<Address>("")?;
    let given = view.rows::<NetworkInterface>("")?;
    let given = given.iter().filter_map(|interface| interface.public_ip);
    Ok(elastic.iter().map(|address| address.public_ip).chain(given).collect())
}
