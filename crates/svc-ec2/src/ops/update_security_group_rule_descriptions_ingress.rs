//! Changes the descriptions of rules for what enters.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html>

use crate::op::*;
use crate::rule_descriptions::{Wish, describe};

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
        let wish = Wish {
            group_id: input.group_id.as_deref(),
            group_name: input.group_name.as_deref(),
            permissions: input.ip_permissions.as_ref(),
            descriptions: input.security_group_rule_descriptions.as_ref(),
        };
        ec2.change(call, input.dry_run, |change| describe(change, false, &wish)).await?;
        Ok(api::UpdateSecurityGroupRuleDescriptionsIngressResult { r#return: Some(true) })
    }
}
