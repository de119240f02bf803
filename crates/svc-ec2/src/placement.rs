//! Putting an interface into a subnet: the checks and the choice of address that every kind of
//! interface shares.

use crate::change::Change;
use crate::error::{invalid_parameter, invalid_value};
use crate::model::address;
use crate::quota::room;
use crate::read::Read;
use crate::render::used_addresses;
use crate::state::{Attachment, InterfaceType, NetworkInterface, SecurityGroup, Subnet};
use crate::tags::Tags;
use base::SecurityGroupId;
use service::ServiceError;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// An interface to be.
pub(crate) struct NewInterface<'a> {
    pub(crate) subnet: &'a Subnet,
    pub(crate) groups: BTreeSet<SecurityGroupId>,
    /// The primary address, when a certain one is wanted.
    pub(crate) address: Option<Ipv4Addr>,
    pub(crate) interface_type: InterfaceType,
    pub(crate) description: String,
    pub(crate) requester: Option<&'a str>,
    /// The owner of the attachment, for interfaces that a service holds.
    pub(crate) attached_to: Option<&'a str>,
    pub(crate) tags: Tags,
}

/// Makes the row; the caller stores it.
pub(crate) fn place(change: &Change<'_>, new: NewInterface<'_>) -> Result<NetworkInterface, ServiceError> {
    room(
        change.all::<NetworkInterface>()?.len(),
        change.quotas().interfaces_per_region,
        "NetworkInterfaceLimitExceeded",
        "network interfaces",
    )?;
    let used = used_addresses(change, new.subnet)?;
    let private_ip = match new.address {
        Some(wanted) => wanted_address(new.subnet, wanted, &used)?,
        None => address::first_free(new.subnet.cidr, &used).ok_or_else(|| subnet_full(new.subnet))?,
    };
    let attachment = new.attached_to.map(|owner| Attachment {
        id: format!("ela-attach-{}", change.ids().hex(17)),
        owner: owner.to_owned(),
        attached: change.now(),
        device_index: 1,
        instance: None,
        delete_on_termination: false,
    });
    Ok(NetworkInterface {
        scope: change.scope().clone(),
        id: change.id("eni"),
        subnet: new.subnet.id.clone(),
        vpc: new.subnet.vpc.clone(),
        zone: new.subnet.zone.clone(),
        private_ip,
        secondary_ips: Vec::new(),
        ipv6_addresses: Vec::new(),
        groups: new.groups,
        description: new.description,
        interface_type: new.interface_type,
        source_dest_check: new.interface_type != InterfaceType::NatGateway,
        requester: new.requester.map(str::to_owned),
        attachment,
        public_ip: None,
        users: BTreeMap::new(),
        client_token: None,
        tags: new.tags,
    })
}

/// A certain address, or why it cannot be had.
pub(crate) fn wanted_address(
    subnet: &Subnet,
    wanted: Ipv4Addr,
    used: &BTreeSet<Ipv4Addr>,
) -> Result<Ipv4Addr, ServiceError> {
    if !subnet.cidr.contains(&wanted) {
        return Err(invalid_value("Address does not fall within the subnet's address range"));
    }
    if !address::is_usable(subnet.cidr, wanted) {
        return Err(invalid_value("Address is in subnet's reserved address range"));
    }
    if used.contains(&wanted) {
        return Err(ServiceError::client("InvalidIPAddress.InUse", format!("Address {wanted} is in use.")));
    }
    Ok(wanted)
}

/// AWS's error for a subnet without a free address.
pub(crate) const SUBNET_FULL: &str = "InsufficientFreeAddressesInSubnet";

fn subnet_full(subnet: &Subnet) -> ServiceError {
    ServiceError::client(
        SUBNET_FULL,
        format!(
            "The specified subnet does not have enough free addresses to satisfy the request: {}",
            subnet.id
        ),
    )
}

/// The security groups of an interface: those named, or the VPC's default one.
pub(crate) fn groups_for(
    change: &impl Read,
    quota: usize,
    vpc: &base::VpcId,
    ids: Option<&Vec<String>>,
) -> Result<BTreeSet<SecurityGroupId>, ServiceError> {
    let ids = ids.map(Vec::as_slice).unwrap_or_default();
    if ids.is_empty() {
        let default = change.having::<SecurityGroup>(|group| &group.vpc == vpc && group.is_default())?;
        return Ok(default.iter().map(|group| group.id.clone()).collect());
    }
    let mut groups = BTreeSet::new();
    for id in ids {
        let group = change.find::<SecurityGroup>(id)?;
        if &group.vpc != vpc {
            return Err(invalid_parameter(
                "You have specified two resources that belong to different networks.",
            ));
        }
        groups.insert(group.id.clone());
    }
    if groups.len() > quota {
        return Err(ServiceError::client(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ));
    }
    Ok(groups)
}
