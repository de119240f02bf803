//! Removes rules for what leaves, by permission or by id.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html>

use crate::op::*;
use crate::permissions::{self, Flat};
use crate::render;

impl Handler<Ec2> for api::RevokeSecurityGroupEgress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "RevokeSecurityGroupEgress")
            .on::<SecurityGroup>(input.group_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let flat = Flat {
            protocol: input.ip_protocol.as_deref(),
            from: input.from_port,
            to: input.to_port,
            cidr: input.cidr_ip.as_deref(),
            group_name: input.source_security_group_name.as_deref(),
        };
        ec2.change(call, input.dry_run, |change| {
            let group = permissions::group(change, input.group_id.as_deref(), None)?;
            let asked = || permissions::asked(change, &group, &flat, input.ip_permissions.as_ref());
            let meant =
                permissions::meant(change, &group, true, input.security_group_rule_ids.as_ref(), asked)?;
            for rule in &meant {
                change.remove(&**rule)?;
            }
            Ok(api::RevokeSecurityGroupEgressResult {
                r#return: Some(true),
                unknown_ip_permissions: None,
                revoked_security_group_rules: Some(meant.iter().map(|r| render::revoked_rule(r)).collect()),
            })
        })
        .await
    }
}
