//! Rules of security groups: from what requests say to stored rows, and back to the rows that a
//! request means.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>

use crate::api;
use crate::change::Change;
use crate::default_vpc;
use crate::error::{invalid_value, missing};
use crate::model::cidr;
use crate::model::permission::{
    Peer, PeeredGroup, Permission, PermissionError, Protocol, is_description, ports,
};
use crate::peering;
use crate::prefix_lists;
use crate::quota::room;
use crate::read::Read;
use crate::state::{Resource, SecurityGroup, SecurityGroupRule, VpcPeeringConnection};
use crate::tags::Tags;
use base::{AccountId, Scope};
use ipnet::IpNet;
use service::ServiceError;
use std::collections::HashSet;
use std::sync::Arc;

/// One permission with one peer, as a request asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) permission: Permission,
    pub(crate) description: Option<String>,
}

/// The older form: one rule in the request's own parameters.
#[derive(Default)]
pub(crate) struct Flat<'a> {
    pub(crate) protocol: Option<&'a str>,
    pub(crate) from: Option<i32>,
    pub(crate) to: Option<i32>,
    pub(crate) cidr: Option<&'a str>,
    pub(crate) group_name: Option<&'a str>,
}

impl From<PermissionError> for ServiceError {
    fn from(error: PermissionError) -> Self {
        invalid_value(error.to_string())
    }
}

/// The group that a request names by id or, in the default VPC, by name.
pub(crate) fn group(
    view: &impl Read,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<Arc<SecurityGroup>, ServiceError> {
    match (id, name) {
        (Some(id), _) => view.find(id),
        (None, Some(name)) => group_of_default_vpc(view, name),
        (None, None) => Err(missing("GroupId")),
    }
}

fn group_of_default_vpc(view: &impl Read, name: &str) -> Result<Arc<SecurityGroup>, ServiceError> {
    let vpc = default_vpc::find(view)?.ok_or_else(no_default_vpc)?;
    let named = view.having::<SecurityGroup>(|group| group.vpc == vpc.id && group.name == name)?;
    named.into_iter().next().ok_or_else(|| {
        let message = format!("The security group '{name}' does not exist in default VPC '{}'", vpc.id);
        ServiceError::client("InvalidGroup.NotFound", message)
    })
}

/// AWS's error for a request that counts on a default VPC.
pub(crate) fn no_default_vpc() -> ServiceError {
    ServiceError::client("VPCIdNotSpecified", "No default VPC for this user")
}

/// Everything that a request asks for, each with one peer.
pub(crate) fn asked(
    view: &impl Read,
    group: &SecurityGroup,
    flat: &Flat<'_>,
    permissions: Option<&Vec<api::IpPermission>>,
) -> Result<Vec<Asked>, ServiceError> {
    let mut all: Vec<api::IpPermission> = permissions.cloned().unwrap_or_default();
    all.extend(unflattened(flat));
    if all.is_empty() {
        return Err(missing("ipPermissions"));
    }
    let mut out = Vec::new();
    for permission in &all {
        out.extend(one(view, group, permission)?);
    }
    let mut seen = HashSet::new();
    if !out.iter().all(|asked| seen.insert(&asked.permission)) {
        return Err(invalid_value("The same permission must not appear multiple times"));
    }
    Ok(out)
}

fn unflattened(flat: &Flat<'_>) -> Option<api::IpPermission> {
    let range = flat.cidr.map(|c| api::IpRange { cidr_ip: Some(c.to_owned()), description: None });
    let pair = flat
        .group_name
        .map(|n| api::UserIdGroupPair { group_name: Some(n.to_owned()), ..Default::default() });
    if flat.protocol.is_none() && range.is_none() && pair.is_none() {
        return None;
    }
    Some(api::IpPermission {
        // AWS takes a rule from a group without a protocol to mean everything.
        ip_protocol: Some(flat.protocol.unwrap_or("-1").to_owned()),
        from_port: flat.from,
        to_port: flat.to,
        ip_ranges: Some(range.into_iter().collect()),
        user_id_group_pairs: Some(pair.into_iter().collect()),
        ..Default::default()
    })
}

fn one(
    view: &impl Read,
    group: &SecurityGroup,
    permission: &api::IpPermission,
) -> Result<Vec<Asked>, ServiceError> {
    let protocol = permission.ip_protocol.as_deref().ok_or_else(|| missing("ipProtocol"))?;
    let protocol = Protocol::parse(protocol)?;
    let (from, to) = ports(protocol, permission.from_port, permission.to_port)?;
    let peers = peers(view, group, permission)?;
    if peers.is_empty() {
        return Err(ServiceError::client(
            "MissingParameter",
            "Missing source specification: include source security group or CIDR information",
        ));
    }
    peers
        .into_iter()
        .map(|(peer, description)| {
            check_description(description)?;
            let description = description.filter(|text| !text.is_empty()).cloned();
            Ok(Asked { permission: Permission { protocol, from, to, peer }, description })
        })
        .collect()
}

pub(crate) fn check_description(description: Option<&String>) -> Result<(), ServiceError> {
    if description.is_none_or(|text| is_description(text)) {
        return Ok(());
    }
    Err(invalid_value(
        "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    ))
}

fn peers<'a>(
    view: &impl Read,
    group: &SecurityGroup,
    permission: &'a api::IpPermission,
) -> Result<Vec<(Peer, Option<&'a String>)>, ServiceError> {
    let mut out = Vec::new();
    for range in permission.ip_ranges.iter().flatten() {
        out.push((cidr_peer(range.cidr_ip.as_deref(), "cidrIp")?, range.description.as_ref()));
    }
    for range in permission.ipv6_ranges.iter().flatten() {
        out.push((cidr_peer(range.cidr_ipv6.as_deref(), "cidrIpv6")?, range.description.as_ref()));
    }
    for pair in permission.user_id_group_pairs.iter().flatten() {
        out.push((group_peer(view, group, pair)?, pair.description.as_ref()));
    }
    for list in permission.prefix_list_ids.iter().flatten() {
        out.push((prefix_list_peer(view, list.prefix_list_id.as_deref())?, list.description.as_ref()));
    }
    Ok(out)
}

pub(crate) fn prefix_list_peer(view: &impl Read, id: Option<&str>) -> Result<Peer, ServiceError> {
    let id = id.ok_or_else(|| missing("prefixListId"))?;
    Ok(Peer::PrefixList(prefix_lists::find(view, id)?.id().clone()))
}

/// `parameter` is `cidrIp` or `cidrIpv6`, which take one family each.
pub(crate) fn cidr_peer(text: Option<&str>, parameter: &str) -> Result<Peer, ServiceError> {
    let text = text.ok_or_else(|| missing(parameter))?;
    let parsed = match parameter {
        "cidrIpv6" => cidr::ipv6(text).map(IpNet::V6),
        _ => cidr::ipv4(text).map(IpNet::V4),
    };
    parsed.map(Peer::Cidr).ok_or_else(|| invalid_value(format!("CIDR block {text} is malformed")))
}

fn group_peer(
    view: &impl Read,
    group: &SecurityGroup,
    pair: &api::UserIdGroupPair,
) -> Result<Peer, ServiceError> {
    let named = |name: &String| -> Result<String, ServiceError> {
        let found = view.having::<SecurityGroup>(|g| g.vpc == group.vpc && &g.name == name)?;
        found.first().map(|g| g.id.to_string()).ok_or_else(|| no_such_group(name))
    };
    let id = match (&pair.group_id, &pair.group_name) {
        (Some(id), _) => id.clone(),
        (None, Some(name)) => named(name)?,
        (None, None) => return Err(missing("groupId")),
    };
    let account = match pair.user_id.as_deref().filter(|user| !user.is_empty()) {
        Some(user) => user.parse().map_err(|_| no_such_group(&id))?,
        None => view.scope().account.clone(),
    };
    match group_peer_of(view, group, &account, &id) {
        // A rule may outlive the connection or the group that it names, and can be revoked then.
        Err(error) => named_before(view, group, &id)?.ok_or(error),
        found => found,
    }
}

fn no_such_group(id: &str) -> ServiceError {
    ServiceError::client("InvalidGroup.NotFound", format!("The security group '{id}' does not exist"))
}

/// A group of the caller's own account as a peer.
pub(crate) fn group_id_peer(view: &impl Read, group: &SecurityGroup, id: &str) -> Result<Peer, ServiceError> {
    group_peer_of(view, group, &view.scope().account, id)
}

/// A group as a peer: it must be in the same VPC, or behind an active peering connection.
fn group_peer_of(
    view: &impl Read,
    group: &SecurityGroup,
    account: &AccountId,
    id: &str,
) -> Result<Peer, ServiceError> {
    let scope = Scope { account: account.clone(), region: view.scope().region.clone() };
    let other = match view.row::<SecurityGroup>(&scope.key(id))? {
        Some(other) => other,
        None if scope == *view.scope() => return Err(SecurityGroup::missing(id)),
        None => return Err(no_such_group(id)),
    };
    if other.vpc == group.vpc {
        return Ok(Peer::Group(other.id.clone()));
    }
    let connection = peering::between(view, &group.vpc, &other.vpc)?.ok_or_else(|| {
        ServiceError::client(
            "InvalidGroup.NotFound",
            "You have specified two resources that belong to different networks.",
        )
    })?;
    Ok(Peer::PeeredGroup(PeeredGroup {
        id: other.id.clone(),
        account: account.clone(),
        vpc: other.vpc.clone(),
        connection: connection.id.clone(),
    }))
}

/// The group of a peered VPC that one of the group's rules names already.
fn named_before(view: &impl Read, group: &SecurityGroup, id: &str) -> Result<Option<Peer>, ServiceError> {
    let rules = view.having::<SecurityGroupRule>(|rule| rule.group == group.id)?;
    let peers = rules.iter().map(|rule| &rule.permission.peer);
    let named = |peer: &&Peer| matches!(peer, Peer::PeeredGroup(other) if other.id.as_str() == id);
    Ok(peers.clone().find(named).cloned())
}

/// Whether the group that a rule names is still behind an active connection.
pub(crate) fn is_stale(view: &impl Read, named: &PeeredGroup) -> Result<bool, ServiceError> {
    let scope = Scope { account: named.account.clone(), region: view.scope().region.clone() };
    let there = view.row::<SecurityGroup>(&scope.key(named.id.as_str()))?.is_some();
    let active = view
        .lookup::<VpcPeeringConnection>(named.connection.as_str())?
        .is_some_and(|connection| connection.is_active());
    Ok(!(there && active))
}

/// The rules of one direction of a group.
pub(crate) fn rules_of(
    view: &impl Read,
    group: &SecurityGroup,
    egress: bool,
) -> Result<Vec<Arc<SecurityGroupRule>>, ServiceError> {
    Ok(view.having::<SecurityGroupRule>(|rule| rule.group == group.id && rule.egress == egress)?)
}

/// Adds all or none.
pub(crate) fn add(
    change: &mut Change<'_>,
    group: &SecurityGroup,
    egress: bool,
    asked: Vec<Asked>,
    tags: &Tags,
) -> Result<Vec<SecurityGroupRule>, ServiceError> {
    let existing = rules_of(change, group, egress)?;
    let quota = change.quotas().rules_per_security_group;
    let mut have = prefix_lists::rules_weight(change, existing.iter().map(|rule| &rule.permission.peer))?;
    let mut added = Vec::new();
    for Asked { permission, description } in asked {
        if existing.iter().any(|rule| rule.permission == permission) {
            return Err(duplicate(&permission));
        }
        have += prefix_lists::rules_weight(change, [&permission.peer])?;
        check_rules(have, quota)?;
        let rule = SecurityGroupRule {
            scope: change.scope().clone(),
            id: change.id("sgr"),
            group: group.id.clone(),
            egress,
            permission,
            description,
            tags: tags.clone(),
        };
        change.put(&rule)?;
        added.push(rule);
    }
    Ok(added)
}

/// Whether one direction of a group may have as many rules; a prefix list counts as its maximum of entries.
pub(crate) fn check_rules(count: usize, quota: usize) -> Result<(), ServiceError> {
    // There is room for the last of them when one less is there.
    room(count.saturating_sub(1), quota, "RulesPerSecurityGroupLimitExceeded", "rules per security group")
}

pub(crate) fn duplicate(permission: &Permission) -> ServiceError {
    ServiceError::client(
        "InvalidPermission.Duplicate",
        format!("the specified rule \"{}\" already exists", permission.summary()),
    )
}

/// The rule that default groups and new groups begin with.
pub(crate) fn add_everything(
    change: &mut Change<'_>,
    group: &SecurityGroup,
    egress: bool,
    peer: Peer,
) -> Result<(), ServiceError> {
    let permission = Permission { protocol: Protocol::All, from: -1, to: -1, peer };
    add(change, group, egress, vec![Asked { permission, description: None }], &Tags::new()).map(|_| ())
}

/// The rows that a request means, by ids or by permissions; all must exist.
pub(crate) fn meant(
    view: &impl Read,
    group: &SecurityGroup,
    egress: bool,
    ids: Option<&Vec<String>>,
    asked: impl FnOnce() -> Result<Vec<Asked>, ServiceError>,
) -> Result<Vec<Arc<SecurityGroupRule>>, ServiceError> {
    let rules = rules_of(view, group, egress)?;
    if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
        let by_id = |id: &String| {
            let found = rules.iter().find(|rule| rule.id.as_str() == id);
            found.cloned().ok_or_else(|| SecurityGroupRule::missing(id))
        };
        return ids.iter().map(by_id).collect();
    }
    let by_permission = |asked: Asked| {
        let found = rules.iter().find(|rule| rule.permission == asked.permission);
        found.cloned().ok_or_else(no_such_rule)
    };
    asked()?.into_iter().map(by_permission).collect()
}

fn no_such_rule() -> ServiceError {
    ServiceError::client(
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
    )
}
