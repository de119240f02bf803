//! Changes rules that keep their ids.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html>

use crate::model::permission::{Peer, Permission, Protocol, ports};
use crate::op::*;
use crate::permissions;

impl Handler<Ec2> for api::ModifySecurityGroupRules {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let mut asks = Asks::new(ec2, call, "ModifySecurityGroupRules")
            .on::<SecurityGroup>(input.group_id.as_deref().unwrap_or("*"))?;
        for rule in input.security_group_rules.iter().flatten() {
            asks = asks.on::<SecurityGroupRule>(rule.security_group_rule_id.as_deref().unwrap_or("*"))?;
        }
        Ok(asks.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let group = change.find::<SecurityGroup>(required(&input.group_id, "GroupId")?)?;
            for update in input.security_group_rules.iter().flatten() {
                modify(change, &group, update)?;
            }
            Ok(())
        })
        .await?;
        Ok(api::ModifySecurityGroupRulesResult { r#return: Some(true) })
    }
}

fn modify(
    change: &mut Change<'_>,
    group: &SecurityGroup,
    update: &api::SecurityGroupRuleUpdate,
) -> Result<(), ServiceError> {
    let id = required(&update.security_group_rule_id, "SecurityGroupRuleId")?;
    let rule = change.find::<SecurityGroupRule>(id)?;
    if rule.group != group.id {
        return Err(SecurityGroupRule::missing(id));
    }
    let wanted = update.security_group_rule.as_ref().ok_or_else(|| missing("SecurityGroupRule"))?;
    permissions::check_description(wanted.description.as_ref())?;
    let protocol = Protocol::parse(required(&wanted.ip_protocol, "IpProtocol")?)?;
    let (from, to) = ports(protocol, wanted.from_port, wanted.to_port)?;
    let permission = Permission { protocol, from, to, peer: peer(change, group, wanted)? };
    let same = |other: &&Arc<SecurityGroupRule>| other.id != rule.id && other.permission == permission;
    if permissions::rules_of(change, group, rule.egress)?.iter().any(|other| same(&other)) {
        return Err(permissions::duplicate(&permission));
    }
    let description = wanted.description.clone().filter(|text| !text.is_empty());
    change.edit::<SecurityGroupRule>(id, |rule| {
        rule.permission = permission;
        rule.description = description;
    })
}

fn peer(
    change: &Change<'_>,
    group: &SecurityGroup,
    wanted: &api::SecurityGroupRuleRequest,
) -> Result<Peer, ServiceError> {
    match (&wanted.cidr_ipv4, &wanted.cidr_ipv6, &wanted.referenced_group_id, &wanted.prefix_list_id) {
        (Some(v4), None, None, None) => permissions::cidr_peer(Some(v4), "cidrIp"),
        (None, Some(v6), None, None) => permissions::cidr_peer(Some(v6), "cidrIpv6"),
        (None, None, Some(id), None) => permissions::group_id_peer(change, group, id),
        (None, None, None, Some(list)) => permissions::prefix_list_peer(change, Some(list)),
        _ => Err(combination(
            "Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId is needed",
        )),
    }
}
