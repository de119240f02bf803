//! IPv6 in a VPC: its blocks, those of its subnets, and the addresses of interfaces.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-migrate-ipv6.html>

use crate::change::Change;
use crate::error::{bad_cidr, bad_value, combination, invalid_value, missing, not_yours};
use crate::model::acl_entry::AclTraffic;
use crate::model::permission::{Peer, Protocol};
use crate::model::{cidr, ipv6};
use crate::permissions;
use crate::placement::SUBNET_FULL;
use crate::read::Read;
use crate::state::{
    Ipv6Association, NetworkAcl, NetworkAclEntry, NetworkInterface, Resource, SecurityGroup,
    SecurityGroupRule, Subnet, Vpc,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use service::ServiceError;
use std::collections::BTreeSet;
use std::net::Ipv6Addr;
use std::sync::Arc;

/// Addresses of one interface; AWS's largest instance types have as many.
const MAX_ADDRESSES: usize = 50;
/// The number of the entries that let IPv6 through a default network ACL.
const DEFAULT_ENTRY: u16 = 101;

/// Gives a VPC one of Amazon's blocks.
pub(crate) fn give_block(change: &mut Change<'_>, id: &str) -> Result<Ipv6Association, ServiceError> {
    let vpc = change.find::<Vpc>(id)?;
    let limit = change.quotas().ipv6_cidrs_per_vpc;
    if vpc.ipv6_cidrs.len() >= limit {
        return Err(ServiceError::client(
            "CidrLimitExceeded",
            format!("This network '{id}' has met its maximum number of allowed CIDRs: {limit}"),
        ));
    }
    let taken: BTreeSet<Ipv6Net> =
        change.all::<Vpc>()?.iter().flat_map(|vpc| vpc.ipv6_cidrs.iter().map(|a| a.cidr)).collect();
    let start = u32::from_str_radix(&change.ids().hex(6), 16).unwrap_or_default();
    let blocks = (0..=u32::from(u16::MAX)).filter_map(|n| ipv6::vpc_block(start.wrapping_add(n)));
    let cidr = blocks.into_iter().find(|block| !taken.contains(block));
    let cidr = cidr.ok_or_else(|| invalid_value("no IPv6 CIDR block is left"))?;
    let association = Ipv6Association { id: change.id("vpc-cidr-assoc"), cidr };
    let added = association.clone();
    change.edit::<Vpc>(id, |vpc| vpc.ipv6_cidrs.push(added))?;
    if !vpc.has_ipv6() {
        open_defaults(change, &vpc)?;
    }
    Ok(association)
}

/// With its first block a VPC's groups and default network ACL let IPv6 through where they let IPv4, as far as nobody
/// changed what they came with.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html>
fn open_defaults(change: &mut Change<'_>, vpc: &Vpc) -> Result<(), ServiceError> {
    let all = || AclTraffic::ALL;
    let entry =
        |number, egress, cidr: IpNet| NetworkAclEntry { number, egress, allow: true, traffic: all(), cidr };
    let v4: IpNet = Ipv4Net::default().into();
    let untouched = |acl: &NetworkAcl| {
        acl.entries.len() == 2
            && [true, false].iter().all(|egress| acl.entries.contains(&entry(100, *egress, v4)))
    };
    for acl in change.having::<NetworkAcl>(|acl| acl.vpc == vpc.id && acl.is_default)? {
        if untouched(&acl) {
            let more = [true, false].map(|egress| entry(DEFAULT_ENTRY, egress, Ipv6Net::default().into()));
            change.edit::<NetworkAcl>(acl.id.as_str(), |acl| acl.entries.extend(more))?;
        }
    }
    for group in change.having::<SecurityGroup>(|group| group.vpc == vpc.id)? {
        let out = change.having::<SecurityGroupRule>(|rule| rule.group == group.id && rule.egress)?;
        let is_default = |rule: &SecurityGroupRule| {
            rule.permission.protocol == Protocol::All && rule.permission.peer == Peer::Cidr(v4)
        };
        if let [only] = out.as_slice()
            && is_default(only)
        {
            permissions::add_everything(change, &group, true, Peer::Cidr(Ipv6Net::default().into()))?;
        }
    }
    Ok(())
}

/// Takes one of its blocks from a VPC; `None` when it has no such block of IPv6.
pub(crate) fn take_block(
    change: &mut Change<'_>,
    association: &str,
) -> Result<Option<(Arc<Vpc>, Ipv6Association)>, ServiceError> {
    let has = |vpc: &Vpc| vpc.ipv6_cidrs.iter().any(|a| a.id == association);
    let Some(vpc) = change.having::<Vpc>(has)?.into_iter().next() else { return Ok(None) };
    let Some(taken) = vpc.ipv6_cidrs.iter().find(|a| a.id == association).cloned() else { return Ok(None) };
    let inside = |subnet: &Subnet| {
        subnet.vpc == vpc.id && subnet.ipv6_cidr.as_ref().is_some_and(|a| taken.cidr.contains(&a.cidr))
    };
    if !change.having::<Subnet>(inside)?.is_empty() {
        return Err(ServiceError::client(
            "DependencyViolation",
            format!(
                "The vpc CIDR block with association ID {association} has dependencies and cannot be disassociated."
            ),
        ));
    }
    change.edit::<Vpc>(vpc.id.as_str(), |vpc| vpc.ipv6_cidrs.retain(|a| a.id != association))?;
    Ok(Some((vpc, taken)))
}

/// A block of a VPC's that a subnet may have.
pub(crate) fn subnet_block(
    change: &Change<'_>,
    vpc: &Vpc,
    text: &str,
) -> Result<Ipv6Association, ServiceError> {
    let block = cidr::ipv6(text).ok_or_else(|| bad_cidr(text, "ipv6CidrBlock"))?;
    let of_vpc = vpc.ipv6_cidrs.iter().any(|a| a.cidr.contains(&block));
    if !of_vpc || !ipv6::is_subnet_size(block) {
        return Err(ServiceError::client("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let conflicts = |subnet: &Subnet| {
        subnet.vpc == vpc.id
            && subnet.ipv6_cidr.as_ref().is_some_and(|a| a.cidr.contains(&block) || block.contains(&a.cidr))
    };
    if !change.having::<Subnet>(conflicts)?.is_empty() {
        let message = format!("The CIDR '{text}' conflicts with another subnet");
        return Err(ServiceError::client("InvalidSubnet.Conflict", message));
    }
    Ok(Ipv6Association { id: change.id("subnet-cidr-assoc"), cidr: block })
}

/// Addresses that a request names, or how many it leaves to AWS.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    named: Vec<Ipv6Addr>,
    count: usize,
}

impl Wanted {
    pub(crate) fn of<'a>(
        named: impl IntoIterator<Item = &'a String>,
        count: Option<i32>,
    ) -> Result<Self, ServiceError> {
        let named = named.into_iter().map(|text| address(text)).collect::<Result<Vec<_>, _>>()?;
        let count = usize::try_from(count.unwrap_or(0))
            .map_err(|_| bad_value(count.unwrap_or(0), "ipv6AddressCount", "It is negative."))?;
        if count > 0 && !named.is_empty() {
            return Err(combination(
                "The parameters ipv6Addresses and ipv6AddressCount may not be specified in the same request",
            ));
        }
        Ok(Self { named, count })
    }

    /// Whether only one interface can have it.
    pub(crate) fn is_certain(&self) -> bool {
        !self.named.is_empty()
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.named.is_empty() && self.count == 0
    }

    /// What a new interface in the subnet gets: what was asked for, else what the subnet gives by itself.
    pub(crate) fn or_of(self, subnet: &Subnet) -> Self {
        let count = usize::from(self.is_nothing() && subnet.assign_ipv6 && subnet.ipv6_cidr.is_some());
        if count > 0 { Self { named: Vec::new(), count } } else { self }
    }
}

fn address(text: &str) -> Result<Ipv6Addr, ServiceError> {
    text.parse().map_err(|_| bad_value(text, "ipv6Address", "Invalid IPv6 address."))
}

/// The addresses for an interface of the subnet that has some already.
pub(crate) fn choose(
    change: &Change<'_>,
    subnet: &Subnet,
    have: usize,
    wanted: &Wanted,
) -> Result<Vec<Ipv6Addr>, ServiceError> {
    if wanted.is_nothing() {
        return Ok(Vec::new());
    }
    let Some(block) = subnet.ipv6_cidr.as_ref().map(|a| a.cidr) else {
        return Err(invalid_value(format!("The subnet '{}' does not have an IPv6 CIDR block", subnet.id)));
    };
    if have + wanted.named.len() + wanted.count > MAX_ADDRESSES {
        return Err(ServiceError::client(
            "PrivateIpAddressLimitExceeded",
            format!("Number of IPv6 addresses will exceed limit of {MAX_ADDRESSES}."),
        ));
    }
    let mut used: BTreeSet<Ipv6Addr> = change
        .having::<NetworkInterface>(|i| i.subnet == subnet.id)?
        .iter()
        .flat_map(|interface| interface.ipv6_addresses.clone())
        .collect();
    let mut got = Vec::new();
    for named in &wanted.named {
        got.push(certain(block, *named, &used)?);
        used.insert(*named);
    }
    for _ in 0..wanted.count {
        let random = u64::from_str_radix(&change.ids().hex(16), 16).unwrap_or_default();
        let free = ipv6::free(block, random, &used).ok_or_else(|| {
            ServiceError::client(SUBNET_FULL, "The specified subnet does not have enough free addresses.")
        })?;
        used.insert(free);
        got.push(free);
    }
    Ok(got)
}

/// A certain address, or why it cannot be had.
fn certain(block: Ipv6Net, wanted: Ipv6Addr, used: &BTreeSet<Ipv6Addr>) -> Result<Ipv6Addr, ServiceError> {
    if !block.contains(&wanted) {
        return Err(invalid_value("Address does not fall within the subnet's address range"));
    }
    if !ipv6::is_usable(block, wanted) {
        return Err(invalid_value("Address is in subnet's reserved address range"));
    }
    if used.contains(&wanted) {
        return Err(ServiceError::client("InvalidIPAddress.InUse", format!("Address {wanted} is in use.")));
    }
    Ok(wanted)
}

/// Gives an interface further addresses.
pub(crate) fn assign(
    change: &mut Change<'_>,
    id: &str,
    wanted: &Wanted,
) -> Result<Vec<Ipv6Addr>, ServiceError> {
    if wanted.is_nothing() {
        return Err(missing("ipv6Addresses"));
    }
    let interface = own(change, id)?;
    let subnet = change.find::<Subnet>(interface.subnet.as_str())?;
    let got = choose(change, &subnet, interface.ipv6_addresses.len(), wanted)?;
    let added = got.clone();
    change.edit::<NetworkInterface>(id, |row| row.ipv6_addresses.extend(added))?;
    Ok(got)
}

/// Takes addresses from an interface.
pub(crate) fn unassign(
    change: &mut Change<'_>,
    id: &str,
    named: &[String],
) -> Result<Vec<Ipv6Addr>, ServiceError> {
    if named.is_empty() {
        return Err(missing("ipv6Addresses"));
    }
    let interface = own(change, id)?;
    let named = named.iter().map(|text| address(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(other) = named.iter().find(|ip| !interface.ipv6_addresses.contains(ip)) {
        return Err(invalid_value(format!("{other} is not an IPv6 address of {}", interface.id())));
    }
    change.edit::<NetworkInterface>(id, |row| row.ipv6_addresses.retain(|ip| !named.contains(ip)))?;
    Ok(named)
}

/// An interface that its owner may change.
fn own(change: &Change<'_>, id: &str) -> Result<Arc<NetworkInterface>, ServiceError> {
    let interface = change.find::<NetworkInterface>(id)?;
    if interface.requester.is_some() { Err(not_yours()) } else { Ok(interface) }
}
