//! Deletes a security group that no interface, endpoint or rule names.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html>

use crate::model::permission::Peer;
use crate::op::*;
use crate::permissions;

impl Handler<Ec2> for api::DeleteSecurityGroup {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteSecurityGroup")
            .on::<SecurityGroup>(input.group_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let group = ec2
            .change(call, input.dry_run, |change| {
                let group =
                    permissions::group(change, input.group_id.as_deref(), input.group_name.as_deref())?;
                delete(change, &group)?;
                Ok(group)
            })
            .await?;
        Ok(api::DeleteSecurityGroupResult { r#return: Some(true), group_id: Some(group.id.to_string()) })
    }
}

fn delete(change: &mut Change<'_>, group: &SecurityGroup) -> Result<(), ServiceError> {
    if group.is_default() {
        let message = format!(
            "the specified group: \"{}\" name: \"{}\" cannot be deleted by a user",
            group.id, group.name
        );
        return Err(ServiceError::client("CannotDelete", message));
    }
    let names_it = |rule: &SecurityGroupRule| {
        rule.group != group.id && rule.permission.peer == Peer::Group(group.id.clone())
    };
    let used = !change.having::<NetworkInterface>(|i| i.groups.contains(&group.id))?.is_empty()
        || !change.having::<VpcEndpoint>(|e| e.groups.contains(&group.id))?.is_empty()
        || !change.having::<SecurityGroupRule>(names_it)?.is_empty();
    if used {
        let message = format!("resource {} has a dependent object", group.id);
        return Err(ServiceError::client("DependencyViolation", message));
    }
    for rule in change.having::<SecurityGroupRule>(|rule| rule.group == group.id)? {
        change.remove(&*rule)?;
    }
    Ok(change.remove(group)?)
}
