//! Shows which peered VPCs name a group in rules of theirs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupReferences.html>

use crate::model::permission::Peer;
use crate::op::*;
use crate::peering;
use crate::render::text;
use std::collections::BTreeSet;

impl Handler<Ec2> for api::DescribeSecurityGroupReferences {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DescribeSecurityGroupReferences")
            .each::<SecurityGroup>(input.group_id.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let mut references = Vec::new();
        for id in input.group_id.iter().flatten().collect::<BTreeSet<_>>() {
            let group = view.find::<SecurityGroup>(id)?;
            references.extend(references_to(&view, &group)?);
        }
        Ok(api::DescribeSecurityGroupReferencesResult { security_group_reference_set: Some(references) })
    }
}

/// The rules of the VPCs behind the connections of the group's own.
fn references_to(
    view: &impl Read,
    group: &SecurityGroup,
) -> Result<Vec<api::SecurityGroupReference>, ServiceError> {
    let mut references = Vec::new();
    for connection in peering::of_vpc(view, &group.vpc)?.iter().filter(|c| c.is_active()) {
        let Some(other) = connection.other(&group.vpc) else { continue };
        let names = |rule: &Arc<SecurityGroupRule>| {
            matches!(&rule.permission.peer, Peer::PeeredGroup(named)
                if named.id == group.id && named.connection == connection.id)
        };
        if view.rows::<SecurityGroupRule>(&other.scope.prefix())?.iter().any(names) {
            references.push(api::SecurityGroupReference {
                group_id: text(&group.id),
                referencing_vpc_id: text(&other.vpc),
                vpc_peering_connection_id: text(&connection.id),
                ..Default::default()
            });
        }
    }
    Ok(references)
}
