//! Shows security groups with their permissions.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html>

use crate::default_vpc;
use crate::op::*;
use crate::permissions;
use crate::render;

impl Handler<Ec2> for api::DescribeSecurityGroups {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeSecurityGroups"))
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
            ("securityGroupIdsSet", &input.group_ids),
        );
        let view = ec2.look(call).await?;
        let rows = named_by_id_or_name(&view, input.group_ids.as_ref(), input.group_names.as_ref())?;
        let page = wanted
            .select(rows.iter().map(|row| render::security_group(&view, row)).collect::<Result<_, _>>()?)?;
        Ok(api::DescribeSecurityGroupsResult {
            security_groups: Some(page.items),
            next_token: page.next_token,
        })
    }
}

/// Names are those of groups of the default VPC.
fn named_by_id_or_name(
    view: &impl Read,
    ids: Option<&Vec<String>>,
    names: Option<&Vec<String>>,
) -> Result<Vec<Arc<SecurityGroup>>, ServiceError> {
    let Some(names) = names.filter(|names| !names.is_empty()) else { return view.named(ids) };
    let vpc = default_vpc::find(view)?.ok_or_else(permissions::no_default_vpc)?;
    let mut found =
        view.having::<SecurityGroup>(|group| group.vpc == vpc.id && names.contains(&group.name))?;
    for name in names {
        if !found.iter().any(|group| &group.name == name) {
            return Err(ServiceError::client(
                "InvalidGroup.NotFound",
                format!("The security group '{name}' does not exist"),
            ));
        }
    }
    if let Some(ids) = ids {
        found.retain(|group| ids.iter().any(|id| id == group.id.as_str()));
    }
    Ok(found)
}
