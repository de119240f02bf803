//! The descriptions of a group's rules, which both directions change alike.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html>

use crate::op::*;
use crate::permissions::{self, Flat};

/// What a request says of them: rules by their permissions, or by their ids.
pub(crate) struct Wish<'a> {
    pub(crate) group_id: Option<&'a str>,
    pub(crate) group_name: Option<&'a str>,
    pub(crate) permissions: Option<&'a Vec<api::IpPermission>>,
    pub(crate) descriptions: Option<&'a Vec<api::SecurityGroupRuleDescription>>,
}

/// Describes the rules meant, all or none.
pub(crate) fn describe(change: &mut Change<'_>, egress: bool, wish: &Wish<'_>) -> Result<(), ServiceError> {
    let group = permissions::group(change, wish.group_id, wish.group_name)?;
    for (id, description) in described(change, &group, egress, wish)? {
        change.edit::<SecurityGroupRule>(&id, |rule| rule.description = description)?;
    }
    Ok(())
}

/// The rules meant, each with its new description.
fn described(
    change: &Change<'_>,
    group: &SecurityGroup,
    egress: bool,
    wish: &Wish<'_>,
) -> Result<Vec<(String, Option<String>)>, ServiceError> {
    let mut out = Vec::new();
    if let Some(given) = wish.permissions.filter(|p| !p.is_empty()) {
        for asked in permissions::asked(change, group, &Flat::default(), Some(given))? {
            let description = asked.description.clone();
            let rules = permissions::meant(change, group, egress, None, || Ok(vec![asked]))?;
            out.extend(rules.iter().map(|rule| (rule.id.to_string(), description.clone())));
        }
    }
    for given in wish.descriptions.into_iter().flatten() {
        let ids = vec![required(&given.security_group_rule_id, "securityGroupRuleId")?.to_owned()];
        permissions::check_description(given.description.as_ref())?;
        let rules = permissions::meant(change, group, egress, Some(&ids), || Ok(Vec::new()))?;
        let description = given.description.clone().filter(|text| !text.is_empty());
        out.extend(rules.iter().map(|rule| (rule.id.to_string(), description.clone())));
    }
    if out.is_empty() { Err(missing("ipPermissions")) } else { Ok(out) }
}
