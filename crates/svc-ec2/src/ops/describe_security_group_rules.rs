//! Shows rules of security groups one by one.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeSecurityGroupRules {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeSecurityGroupRules"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("securityGroupRuleIdsSet", &input.security_group_rule_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<SecurityGroupRule>(input.security_group_rule_ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| render::security_group_rule(row)).collect())?;
        Ok(api::DescribeSecurityGroupRulesResult {
            security_group_rules: Some(page.items),
            next_token: page.next_token,
        })
    }
}
