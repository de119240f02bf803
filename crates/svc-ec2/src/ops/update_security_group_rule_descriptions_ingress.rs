//! Changes the descriptions of rules for what enters.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html>

use crate::op::*;
use crate::permissions::{self, Flat};

impl Handler<Ec2> for api::UpdateSecurityGroupRuleDescriptionsIngress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "UpdateSecurityGroupRuleDescriptionsIngress")
            .on::<SecurityGroup>(input.group_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let group = permissions::group(change, input.group_id.as_deref(), input.group_name.as_deref())?;
            for (id, description) in described(change, &group, false, &input)? {
                change.edit::<SecurityGroupRule>(&id, |rule| rule.description = description)?;
            }
            Ok(())
        })
        .await?;
        Ok(api::UpdateSecurityGroupRuleDescriptionsIngressResult { r#return: Some(true) })
    }
}

/// The rules meant, each with its new description.
fn described(
    change: &Change<'_>,
    group: &SecurityGroup,
    egress: bool,
    input: &api::UpdateSecurityGroupRuleDescriptionsIngressRequest,
) -> Result<Vec<(String, Option<String>)>, ServiceError> {
    let mut out = Vec::new();
    if let Some(given) = input.ip_permissions.as_ref().filter(|p| !p.is_empty()) {
        for asked in permissions::asked(change, group, &Flat::default(), Some(given))? {
            let description = asked.description.clone();
            let rules = permissions::meant(change, group, egress, None, || Ok(vec![asked]))?;
            out.extend(rules.iter().map(|rule| (rule.id.to_string(), description.clone())));
        }
    }
    for given in input.security_group_rule_descriptions.iter().flatten() {
        let ids = vec![required(&given.security_group_rule_id, "securityGroupRuleId")?.to_owned()];
        permissions::check_description(given.description.as_ref())?;
        let rules = permissions::meant(change, group, egress, Some(&ids), || Ok(Vec::new()))?;
        let description = given.description.clone().filter(|text| !text.is_empty());
        out.extend(rules.iter().map(|rule| (rule.id.to_string(), description.clone())));
    }
    if out.is_empty() { Err(missing("ipPermissions")) } else { Ok(out) }
}
