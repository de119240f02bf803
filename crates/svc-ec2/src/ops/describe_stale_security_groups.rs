//! Shows the groups of a VPC with rules that name a group which is gone, or behind a peering connection that is.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeStaleSecurityGroups.html>

use crate::model::permission::Peer;
use crate::op::*;
use crate::permissions;
use crate::render::{self, text};

impl Handler<Ec2> for api::DescribeStaleSecurityGroups {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeStaleSecurityGroups"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let vpc = view.find::<Vpc>(required(&input.vpc_id, "VpcId")?)?;
        let mut stale = Vec::new();
        for group in view.having::<SecurityGroup>(|group| group.vpc == vpc.id)? {
            stale.extend(stale_rules(&view, &group)?);
        }
        let wanted = Wanted::new(&None, input.max_results, &input.next_token, ("vpcId", &None));
        let page = wanted.select(stale)?;
        Ok(api::DescribeStaleSecurityGroupsResult {
            stale_security_group_set: Some(page.items),
            next_token: page.next_token,
        })
    }
}

fn stale_rules(
    view: &impl Read,
    group: &SecurityGroup,
) -> Result<Option<api::StaleSecurityGroup>, ServiceError> {
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for rule in view.having::<SecurityGroupRule>(|rule| rule.group == group.id)? {
        let Peer::PeeredGroup(named) = &rule.permission.peer else { continue };
        if permissions::is_stale(view, named)? {
            let into = if rule.egress { &mut egress } else { &mut ingress };
            let pair = render::peered_group(view, named, rule.description.clone())?;
            into.push(stale_permission(&rule, pair));
        }
    }
    Ok((!(ingress.is_empty() && egress.is_empty())).then(|| api::StaleSecurityGroup {
        group_id: text(&group.id),
        group_name: text(&group.name),
        description: text(&group.description),
        vpc_id: text(&group.vpc),
        stale_ip_permissions: Some(ingress),
        stale_ip_permissions_egress: Some(egress),
    }))
}

fn stale_permission(rule: &SecurityGroupRule, pair: api::UserIdGroupPair) -> api::StaleIpPermission {
    let permission = &rule.permission;
    let ports = permission.protocol.has_ports();
    api::StaleIpPermission {
        ip_protocol: text(permission.protocol),
        from_port: ports.then_some(permission.from),
        to_port: ports.then_some(permission.to),
        ip_ranges: Some(Vec::new()),
        prefix_list_ids: Some(Vec::new()),
        user_id_group_pairs: Some(vec![pair]),
    }
}

impl Facts for api::StaleSecurityGroup {
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.group_id.as_deref().unwrap_or_default()
    }
}
