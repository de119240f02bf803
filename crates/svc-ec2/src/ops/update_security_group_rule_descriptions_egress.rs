//! Changes the descriptions of rules for what leaves.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html>

use crate::op::*;
use crate::rule_descriptions::{Wish, describe};

impl Handler<Ec2> for api::UpdateSecurityGroupRuleDescriptionsEgress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "UpdateSecurityGroupRuleDescriptionsEgress")
            .on::<SecurityGroup>(input.group_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wish = Wish {
            group_id: input.group_id.as_deref(),
            group_name: input.group_name.as_deref(),
            permissions: input.ip_permissions.as_ref(),
            descriptions: input.security_group_rule_descriptions.as_ref(),
        };
        ec2.change(call, input.dry_run, |change| describe(change, true, &wish)).await?;
        Ok(api::UpdateSecurityGroupRuleDescriptionsEgressResult { r#return: Some(true) })
    }
}
