//! Prefix lists: AWS's own and the account's, and what naming one costs.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>

use crate::api;
use crate::change::Change;
use crate::error::{bad_cidr, bad_value, invalid_value, missing};
use crate::model::cidr;
use crate::model::permission::Peer;
use crate::permissions;
use crate::quota::room;
use crate::read::Read;
use crate::state::{PrefixList, PrefixListEntry, Resource, RouteDestination, RouteTable, SecurityGroupRule};
use base::{PrefixListId, Region};
use ipnet::Ipv4Net;
use service::ServiceError;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Entries that one request may add or remove.
const MAX_ENTRIES_OF_REQUEST: usize = 100;
const MAX_DESCRIPTION: usize = 255;

/// A list that AWS keeps, for the services that gateway endpoints lead to.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AwsPrefixList {
    pub(crate) id: PrefixListId,
    /// `com.amazonaws.us-east-1.s3`
    pub(crate) name: String,
    pub(crate) cidr: Ipv4Net,
}

/// The services with their identifiers in us-east-1 and the addresses that are kept for them on
/// moat's internet side.
const AWS_LISTS: [(&str, &str, Ipv4Net); 2] = [
    ("s3", "63a5400a", Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 1, 0), 24)),
    ("dynamodb", "02cd2c6b", Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 2, 0), 24)),
];

/// A service that gateway endpoints lead to, as whoever answers for it needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayService {
    /// The first label of its names, which is its signing name too.
    pub label: &'static str,
    /// The address in its prefix list that its names resolve to.
    pub address: Ipv4Addr,
}

/// All of them.
pub fn gateway_services() -> impl Iterator<Item = GatewayService> {
    let service = |(label, _, cidr): &'static (&'static str, &str, Ipv4Net)| GatewayService {
        label,
        address: vpc::gateway_endpoint_address(*cidr),
    };
    AWS_LISTS.iter().map(service)
}

pub(crate) fn aws_lists(region: &Region) -> Vec<AwsPrefixList> {
    let list = |(service, digits, cidr): &(&str, &str, Ipv4Net)| AwsPrefixList {
        id: PrefixListId::from(format!("pl-{}", regional(region, digits))),
        name: format!("com.amazonaws.{region}.{service}"),
        cidr: *cidr,
    };
    AWS_LISTS.iter().map(list).collect()
}

/// Every region's lists have identifiers of their own.
fn regional(region: &Region, digits: &str) -> String {
    if region.as_str() == "us-east-1" {
        return digits.to_owned();
    }
    let mixed = region.as_str().bytes().chain(digits.bytes());
    let number = mixed.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{number:08x}")
}

/// A list by its id, whoever keeps it.
pub(crate) enum Found {
    Own(Arc<PrefixList>),
    Aws(AwsPrefixList),
}

impl Found {
    pub(crate) fn id(&self) -> &PrefixListId {
        match self {
            Self::Own(list) => &list.id,
            Self::Aws(list) => &list.id,
        }
    }

    pub(crate) fn cidrs(&self) -> Vec<Ipv4Net> {
        match self {
            Self::Own(list) => list.entries().iter().map(|entry| entry.cidr).collect(),
            Self::Aws(list) => vec![list.cidr],
        }
    }

    /// What the list counts as in the quota of what names it.
    fn weight(&self) -> usize {
        match self {
            Self::Own(list) => list.max_entries,
            Self::Aws(_) => 1,
        }
    }
}

pub(crate) fn find(view: &impl Read, id: &str) -> Result<Found, ServiceError> {
    let aws = aws_lists(&view.scope().region).into_iter().find(|list| list.id.as_str() == id);
    match aws {
        Some(list) => Ok(Found::Aws(list)),
        None => Ok(Found::Own(view.find::<PrefixList>(id)?)),
    }
}

/// A list that its owner may change.
pub(crate) fn find_own(view: &impl Read, id: &str) -> Result<Arc<PrefixList>, ServiceError> {
    match find(view, id)? {
        Found::Own(list) => Ok(list),
        Found::Aws(list) => Err(ServiceError::client(
            "UnauthorizedOperation",
            format!("You are not authorized to perform this operation on the prefix list {}.", list.id),
        )
        .status(403)),
    }
}

/// How many rules the rules count as.
pub(crate) fn rules_weight<'a>(
    view: &impl Read,
    rules: impl IntoIterator<Item = &'a Peer>,
) -> Result<usize, ServiceError> {
    let mut weight = 0;
    for peer in rules {
        weight += match peer {
            Peer::PrefixList(id) => find(view, id.as_str())?.weight(),
            _ => 1,
        };
    }
    Ok(weight)
}

/// How many routes the destinations count as.
pub(crate) fn routes_weight<'a>(
    view: &impl Read,
    destinations: impl IntoIterator<Item = &'a RouteDestination>,
) -> Result<usize, ServiceError> {
    let mut weight = 0;
    for destination in destinations {
        weight += match destination {
            RouteDestination::PrefixList(id) => find(view, id.as_str())?.weight(),
            RouteDestination::Cidr(_) => 1,
        };
    }
    Ok(weight)
}

/// The route tables and security groups that name a list.
pub(crate) fn users(view: &impl Read, id: &PrefixListId) -> Result<BTreeSet<String>, ServiceError> {
    let names = |table: &RouteTable| {
        table.routes.iter().any(|route| route.destination == RouteDestination::PrefixList(id.clone()))
    };
    let tables = view.having::<RouteTable>(names)?;
    let rules =
        view.having::<SecurityGroupRule>(|rule| rule.permission.peer == Peer::PrefixList(id.clone()))?;
    let tables = tables.iter().map(|table| table.id().to_owned());
    Ok(tables.chain(rules.iter().map(|rule| rule.group.to_string())).collect())
}

/// The entries that a request adds.
pub(crate) fn entries(
    given: Option<&Vec<api::AddPrefixListEntry>>,
) -> Result<Vec<PrefixListEntry>, ServiceError> {
    let given = given.map(Vec::as_slice).unwrap_or_default();
    check_count(given.len())?;
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for entry in given {
        let cidr = block(entry.cidr.as_deref())?;
        if !seen.insert(cidr) {
            return Err(invalid_value(format!("The entry {cidr} is in the request more than once.")));
        }
        let description = entry.description.clone().filter(|text| !text.is_empty());
        if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
            return Err(invalid_value(format!(
                "The description of an entry can be up to {MAX_DESCRIPTION} characters in length."
            )));
        }
        out.push(PrefixListEntry { cidr, description });
    }
    Ok(out)
}

pub(crate) fn check_count(count: usize) -> Result<(), ServiceError> {
    if count <= MAX_ENTRIES_OF_REQUEST {
        return Ok(());
    }
    Err(ServiceError::client(
        "RequestLimitExceeded",
        format!("A request can add or remove up to {MAX_ENTRIES_OF_REQUEST} entries."),
    ))
}

pub(crate) fn block(text: Option<&str>) -> Result<Ipv4Net, ServiceError> {
    let text = text.unwrap_or_default();
    cidr::ipv4(text).ok_or_else(|| bad_cidr(text, "cidr"))
}

const MAX_NAME: usize = 255;
/// Entries that a list may be made for.
const MAX_ENTRIES: std::ops::RangeInclusive<i32> = 1..=1000;
/// Versions of one list that are kept; older ones go.
const MAX_VERSIONS: usize = 1000;

pub(crate) fn name(text: &str) -> Result<String, ServiceError> {
    if text.chars().count() > MAX_NAME || text.starts_with("com.amazonaws") {
        let why = format!("A name has up to {MAX_NAME} characters and does not start with com.amazonaws.");
        return Err(bad_value(text, "PrefixListName", &why));
    }
    Ok(text.to_owned())
}

pub(crate) fn max_entries(wanted: i32) -> Result<usize, ServiceError> {
    usize::try_from(wanted).ok().filter(|_| MAX_ENTRIES.contains(&wanted)).ok_or_else(|| {
        let why = format!("Expecting a value between {} and {}.", MAX_ENTRIES.start(), MAX_ENTRIES.end());
        bad_value(wanted, "MaxEntries", &why)
    })
}

pub(crate) fn check_size(entries: usize, max_entries: usize) -> Result<(), ServiceError> {
    if entries <= max_entries {
        return Ok(());
    }
    Err(ServiceError::client(
        "PrefixListMaxEntriesExceeded",
        format!("The prefix list would have {entries} entries, and its maximum is {max_entries}."),
    ))
}

pub(crate) fn check_version(list: &PrefixList, current: Option<i64>) -> Result<(), ServiceError> {
    if current.ok_or_else(|| missing("CurrentVersion"))? == list.version {
        return Ok(());
    }
    Err(ServiceError::client(
        "PrefixListVersionMismatch",
        "The prefix list has the incorrect version number.",
    ))
}

/// The entries of one version.
pub(crate) fn version(list: &PrefixList, number: Option<i64>) -> Result<Vec<PrefixListEntry>, ServiceError> {
    let number = number.ok_or_else(|| missing("PreviousVersion"))?;
    list.versions
        .get(&number)
        .cloned()
        .ok_or_else(|| invalid_value(format!("The prefix list {} has no version {number}.", list.id)))
}

pub(crate) fn add_version(list: &mut PrefixList, entries: Vec<PrefixListEntry>) {
    list.version += 1;
    list.versions.insert(list.version, entries);
    if list.versions.len() > MAX_VERSIONS {
        list.versions.pop_first();
    }
}

/// Whether what names a list still has room for it, after its size was changed.
pub(crate) fn check_users(change: &Change<'_>, id: &PrefixListId) -> Result<(), ServiceError> {
    for user in users(change, id)? {
        if let Some(table) = change.lookup::<RouteTable>(&user)? {
            let weight = routes_weight(change, table.routes.iter().map(|route| &route.destination))?;
            let quota = change.quotas().routes_per_table;
            room(weight.saturating_sub(1), quota, "RouteLimitExceeded", "routes in this route table")?;
        }
        for egress in [true, false] {
            let rules = change
                .having::<SecurityGroupRule>(|rule| rule.group.as_str() == user && rule.egress == egress)?;
            let weight = rules_weight(change, rules.iter().map(|rule| &rule.permission.peer))?;
            permissions::check_rules(weight, change.quotas().rules_per_security_group)?;
        }
    }
    Ok(())
}
