//! Adds rules for what enters the members of a group.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html>

use crate::op::*;
use crate::permissions::{self, Flat};
use crate::render;

impl Handler<Ec2> for api::AuthorizeSecurityGroupIngress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AuthorizeSecurityGroupIngress")
            .on::<SecurityGroup>(input.group_id.as_deref().unwrap_or("*"))?
            .tagged::<SecurityGroupRule>(input.tag_specifications.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let tags = tags::specified(SecurityGroupRule::KIND, input.tag_specifications.as_ref())?;
        let flat = Flat {
            protocol: input.ip_protocol.as_deref(),
            from: input.from_port,
            to: input.to_port,
            cidr: input.cidr_ip.as_deref(),
            group_name: input.source_security_group_name.as_deref(),
        };
        ec2.change(call, input.dry_run, |change| {
            let group = permissions::group(change, input.group_id.as_deref(), input.group_name.as_deref())?;
            let asked = permissions::asked(change, &group, &flat, input.ip_permissions.as_ref())?;
            let added = permissions::add(change, &group, false, asked, &tags)?;
            Ok(api::AuthorizeSecurityGroupIngressResult {
                r#return: Some(true),
                security_group_rules: Some(added.iter().map(render::security_group_rule).collect()),
            })
        })
        .await
    }
}
