//! Secondary private addresses of interfaces.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-secondary-ip-addresses.html>

use crate::change::Change;
use crate::error::{bad_value, combination, invalid_value, missing, not_yours};
use crate::model::address::first_free;
use crate::placement::{SUBNET_FULL, wanted_address};
use crate::read::Read;
use crate::render::used_addresses;
use crate::state::{Address, NetworkInterface, Resource, Subnet};
use service::ServiceError;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Secondary addresses of one interface; AWS's largest instance types have as many.
pub(crate) const MAX_SECONDARY: usize = 49;

/// Addresses that a request names, or how many it leaves to AWS.
pub(crate) struct Wanted {
    named: Vec<Ipv4Addr>,
    count: usize,
}

impl Wanted {
    pub(crate) fn of(named: Option<&Vec<String>>, count: Option<i32>) -> Result<Self, ServiceError> {
        let parse = |text: &String| {
            text.parse::<Ipv4Addr>().map_err(|_| bad_value(text, "address", "Invalid IPv4 address."))
        };
        let named = named.into_iter().flatten().map(parse).collect::<Result<Vec<_>, _>>()?;
        let count = usize::try_from(count.unwrap_or(0)).map_err(|_| {
            bad_value(count.unwrap_or(0), "secondaryPrivateIpAddressCount", "It is negative.")
        })?;
        match (named.is_empty(), count) {
            (true, 0) => Err(missing("privateIpAddress")),
            (false, 1..) => Err(combination(
                "Only one of secondary private IP addresses or a secondary private IP address count can be specified.",
            )),
            _ => Ok(Self { named, count }),
        }
    }
}

/// The addresses that the interface got.
pub(crate) fn assign(
    change: &mut Change<'_>,
    id: &str,
    wanted: &Wanted,
    reassign: bool,
) -> Result<Vec<Ipv4Addr>, ServiceError> {
    let interface = own(change, id)?;
    let asked = wanted.named.len() + wanted.count;
    if interface.secondary_ips.len() + asked > MAX_SECONDARY {
        return Err(ServiceError::client(
            "PrivateIpAddressLimitExceeded",
            format!("Number of private addresses will exceed limit of {}.", MAX_SECONDARY + 1),
        ));
    }
    let subnet = change.find::<Subnet>(interface.subnet.as_str())?;
    if reassign {
        for ip in &wanted.named {
            take(change, &subnet, &interface, *ip)?;
        }
    }
    let mut used = used_addresses(change, &subnet)?;
    let mut got = Vec::new();
    for ip in &wanted.named {
        got.push(wanted_address(&subnet, *ip, &used)?);
        used.insert(*ip);
    }
    for _ in 0..wanted.count {
        let free = first_free(subnet.cidr, &used).ok_or_else(|| {
            ServiceError::client(SUBNET_FULL, "The specified subnet does not have enough free addresses.")
        })?;
        used.insert(free);
        got.push(free);
    }
    let added = got.clone();
    change.edit::<NetworkInterface>(id, |row| row.secondary_ips.extend(added))?;
    Ok(got)
}

/// Takes an address from the interface that has it as a secondary one. A primary one stays.
fn take(
    change: &mut Change<'_>,
    subnet: &Subnet,
    to: &NetworkInterface,
    ip: Ipv4Addr,
) -> Result<(), ServiceError> {
    let has = |i: &NetworkInterface| i.subnet == subnet.id && i.id != to.id && i.secondary_ips.contains(&ip);
    for holder in change.having::<NetworkInterface>(has)? {
        own(change, holder.id())?;
        release(change, &holder, &[ip])?;
    }
    Ok(())
}

pub(crate) fn unassign(change: &mut Change<'_>, id: &str, wanted: &Wanted) -> Result<(), ServiceError> {
    let interface = own(change, id)?;
    if let Some(other) = wanted.named.iter().find(|ip| !interface.secondary_ips.contains(ip)) {
        return Err(invalid_value(format!("{other} is not a secondary private IP address of {id}")));
    }
    release(change, &interface, &wanted.named)
}

/// Removes addresses, with the Elastic IP addresses that are associated with them.
fn release(
    change: &mut Change<'_>,
    interface: &NetworkInterface,
    ips: &[Ipv4Addr],
) -> Result<(), ServiceError> {
    let held = |address: &Address| {
        address
            .association
            .as_ref()
            .is_some_and(|x| x.interface == interface.id && ips.contains(&x.private_ip))
    };
    for address in change.having::<Address>(held)? {
        change.edit::<Address>(address.id(), |row| row.association = None)?;
    }
    change.edit::<NetworkInterface>(interface.id(), |row| row.secondary_ips.retain(|ip| !ips.contains(ip)))
}

/// An interface that its owner may change.
fn own(change: &Change<'_>, id: &str) -> Result<Arc<NetworkInterface>, ServiceError> {
    let interface = change.find::<NetworkInterface>(id)?;
    if interface.requester.is_some() { Err(not_yours()) } else { Ok(interface) }
}
