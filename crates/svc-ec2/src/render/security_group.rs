//! Security groups and their rules. Rules are stored one by one; the older form of the API shows
//! those with the same protocol and ports as one permission.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::model::permission::{Peer, PeeredGroup, Permission};
use crate::read::Read;
use crate::state::{SecurityGroup, SecurityGroupRule, VpcPeeringConnection};
use crate::tags;
use base::{AccountId, Arn};
use ipnet::IpNet;
use std::sync::Arc;
use store::Fault;

pub(crate) fn security_group(view: &impl Read, row: &SecurityGroup) -> Result<api::SecurityGroup, Fault> {
    let rules = view.having::<SecurityGroupRule>(|rule| rule.group == row.id)?;
    let of = |egress: bool| {
        let rules: Vec<&Arc<SecurityGroupRule>> = rules.iter().filter(|r| r.egress == egress).collect();
        ip_permissions(
            view,
            &row.scope.account,
            rules.into_iter().map(|r| (&r.permission, r.description.as_deref())),
        )
        .map(Some)
    };
    Ok(api::SecurityGroup {
        group_id: text(&row.id),
        group_name: text(&row.name),
        description: text(&row.description),
        owner_id: text(&row.scope.account),
        vpc_id: text(&row.vpc),
        ip_permissions: of(false)?,
        ip_permissions_egress: of(true)?,
        security_group_arn: text(Arn::regional("ec2", &row.scope, format!("security-group/{}", row.id))),
        tags: tags::rendered(&row.tags),
    })
}

/// Joins rules with the same protocol and ports.
fn ip_permissions<'a>(
    view: &impl Read,
    account: &AccountId,
    rules: impl Iterator<Item = (&'a Permission, Option<&'a str>)>,
) -> Result<Vec<api::IpPermission>, Fault> {
    let mut out: Vec<api::IpPermission> = Vec::new();
    for (permission, description) in rules {
        let empty = empty_permission(permission);
        let same = |p: &&mut api::IpPermission| {
            (&p.ip_protocol, p.from_port, p.to_port) == (&empty.ip_protocol, empty.from_port, empty.to_port)
        };
        match out.iter_mut().find(same) {
            Some(existing) => add_peer(view, existing, account, permission, description)?,
            None => {
                let mut fresh = empty;
                add_peer(view, &mut fresh, account, permission, description)?;
                out.push(fresh);
            }
        }
    }
    Ok(out)
}

fn empty_permission(permission: &Permission) -> api::IpPermission {
    let ports = permission.protocol.has_ports();
    api::IpPermission {
        ip_protocol: text(permission.protocol),
        from_port: ports.then_some(permission.from),
        to_port: ports.then_some(permission.to),
        ip_ranges: Some(Vec::new()),
        ipv6_ranges: Some(Vec::new()),
        prefix_list_ids: Some(Vec::new()),
        user_id_group_pairs: Some(Vec::new()),
    }
}

fn add_peer(
    view: &impl Read,
    into: &mut api::IpPermission,
    account: &AccountId,
    permission: &Permission,
    note: Option<&str>,
) -> Result<(), Fault> {
    let description = note.map(str::to_owned);
    match &permission.peer {
        Peer::Cidr(IpNet::V4(net)) => {
            let range = api::IpRange { cidr_ip: text(net), description };
            into.ip_ranges.get_or_insert_default().push(range);
        }
        Peer::Cidr(IpNet::V6(net)) => {
            let range = api::Ipv6Range { cidr_ipv6: text(net), description };
            into.ipv6_ranges.get_or_insert_default().push(range);
        }
        Peer::Group(id) => {
            let pair = api::UserIdGroupPair {
                group_id: text(id),
                user_id: text(account),
                description,
                ..Default::default()
            };
            into.user_id_group_pairs.get_or_insert_default().push(pair);
        }
        Peer::PrefixList(id) => {
            let list = api::PrefixListId { prefix_list_id: text(id), description };
            into.prefix_list_ids.get_or_insert_default().push(list);
        }
        Peer::PeeredGroup(group) => {
            let pair = peered_group(view, group, description)?;
            into.user_id_group_pairs.get_or_insert_default().push(pair);
        }
    }
    Ok(())
}

/// A group of a peered VPC, with what has become of the connection.
pub(crate) fn peered_group(
    view: &impl Read,
    group: &PeeredGroup,
    description: Option<String>,
) -> Result<api::UserIdGroupPair, Fault> {
    Ok(api::UserIdGroupPair {
        group_id: text(&group.id),
        user_id: text(&group.account),
        vpc_id: text(&group.vpc),
        vpc_peering_connection_id: text(&group.connection),
        peering_status: text(peering_status(view, group)?),
        description,
        ..Default::default()
    })
}

fn peering_status(view: &impl Read, group: &PeeredGroup) -> Result<&'static str, Fault> {
    let connection = view.lookup::<VpcPeeringConnection>(group.connection.as_str())?;
    Ok(if connection.is_some_and(|connection| connection.is_active()) { "active" } else { "deleted" })
}

pub(crate) fn security_group_rule(row: &SecurityGroupRule) -> api::SecurityGroupRule {
    let permission = &row.permission;
    let shown = shown_peer(permission);
    api::SecurityGroupRule {
        security_group_rule_id: text(&row.id),
        security_group_rule_arn: text(Arn::regional(
            "ec2",
            &row.scope,
            format!("security-group-rule/{}", row.id),
        )),
        group_id: text(&row.group),
        group_owner_id: text(&row.scope.account),
        is_egress: Some(row.egress),
        ip_protocol: text(permission.protocol),
        from_port: Some(permission.from),
        to_port: Some(permission.to),
        cidr_ipv4: shown.v4,
        cidr_ipv6: shown.v6,
        prefix_list_id: shown.prefix_list,
        referenced_group_info: referenced(row),
        description: row.description.clone(),
        tags: tags::rendered(&row.tags),
    }
}

fn referenced(row: &SecurityGroupRule) -> Option<api::ReferencedSecurityGroup> {
    match &row.permission.peer {
        Peer::Group(id) => Some(api::ReferencedSecurityGroup {
            group_id: text(id),
            user_id: text(&row.scope.account),
            ..Default::default()
        }),
        Peer::PeeredGroup(group) => Some(api::ReferencedSecurityGroup {
            group_id: text(&group.id),
            user_id: text(&group.account),
            vpc_id: text(&group.vpc),
            vpc_peering_connection_id: text(&group.connection),
            ..Default::default()
        }),
        Peer::Cidr(_) | Peer::PrefixList(_) => None,
    }
}

pub(crate) fn revoked_rule(row: &SecurityGroupRule) -> api::RevokedSecurityGroupRule {
    let shown = shown_peer(&row.permission);
    api::RevokedSecurityGroupRule {
        security_group_rule_id: text(&row.id),
        group_id: text(&row.group),
        is_egress: Some(row.egress),
        ip_protocol: text(row.permission.protocol),
        from_port: Some(row.permission.from),
        to_port: Some(row.permission.to),
        cidr_ipv4: shown.v4,
        cidr_ipv6: shown.v6,
        prefix_list_id: shown.prefix_list,
        referenced_group_id: shown.group,
        description: row.description.clone(),
    }
}

/// A peer as the parameters that name its kind.
#[derive(Default)]
struct ShownPeer {
    v4: Option<String>,
    v6: Option<String>,
    group: Option<String>,
    prefix_list: Option<String>,
}

fn shown_peer(permission: &Permission) -> ShownPeer {
    match &permission.peer {
        Peer::Cidr(IpNet::V4(net)) => ShownPeer { v4: text(net), ..Default::default() },
        Peer::Cidr(IpNet::V6(net)) => ShownPeer { v6: text(net), ..Default::default() },
        Peer::Group(id) => ShownPeer { group: text(id), ..Default::default() },
        Peer::PrefixList(id) => ShownPeer { prefix_list: text(id), ..Default::default() },
        Peer::PeeredGroup(group) => ShownPeer { group: text(&group.id), ..Default::default() },
    }
}

impl Facts for api::SecurityGroup {
    const FILTERS: &'static [&'static str] = &[
        "description",
        "egress.ip-permission.cidr",
        "egress.ip-permission.from-port",
        "egress.ip-permission.group-id",
        "egress.ip-permission.ipv6-cidr",
        "egress.ip-permission.prefix-list-id",
        "egress.ip-permission.protocol",
        "egress.ip-permission.to-port",
        "group-id",
        "group-name",
        "ip-permission.cidr",
        "ip-permission.from-port",
        "ip-permission.group-id",
        "ip-permission.ipv6-cidr",
        "ip-permission.prefix-list-id",
        "ip-permission.protocol",
        "ip-permission.to-port",
        "owner-id",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        if let Some(rest) = filter.strip_prefix("egress.ip-permission.") {
            return permission_facts(self.ip_permissions_egress.as_ref(), rest);
        }
        if let Some(rest) = filter.strip_prefix("ip-permission.") {
            return permission_facts(self.ip_permissions.as_ref(), rest);
        }
        match filter {
            "description" => one(self.description.as_ref()),
            "group-id" => one(self.group_id.as_ref()),
            "group-name" => one(self.group_name.as_ref()),
            "owner-id" => one(self.owner_id.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(group_id, tags);
}

fn permission_facts(permissions: Option<&Vec<api::IpPermission>>, fact: &str) -> Vec<String> {
    let each = permissions.into_iter().flatten();
    match fact {
        "protocol" => many(permissions, |p| p.ip_protocol.clone()),
        "from-port" => many(permissions, |p| p.from_port),
        "to-port" => many(permissions, |p| p.to_port),
        "cidr" => each.flat_map(|p| many(p.ip_ranges.as_ref(), |r| r.cidr_ip.clone())).collect(),
        "ipv6-cidr" => each.flat_map(|p| many(p.ipv6_ranges.as_ref(), |r| r.cidr_ipv6.clone())).collect(),
        "prefix-list-id" => {
            each.flat_map(|p| many(p.prefix_list_ids.as_ref(), |l| l.prefix_list_id.clone())).collect()
        }
        "group-id" => {
            each.flat_map(|p| many(p.user_id_group_pairs.as_ref(), |g| g.group_id.clone())).collect()
        }
        _ => Vec::new(),
    }
}

impl Facts for api::SecurityGroupRule {
    const FILTERS: &'static [&'static str] = &["group-id", "security-group-rule-id"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "group-id" => one(self.group_id.as_ref()),
            "security-group-rule-id" => one(self.security_group_rule_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(security_group_rule_id, tags);
}
