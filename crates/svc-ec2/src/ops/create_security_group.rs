//! Makes a security group, which lets everything out and nothing in.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>

use crate::default_vpc;
use crate::model::permission::{Peer, is_description};
use crate::op::*;
use crate::permissions;
use crate::render::text;
use base::Arn;

impl Handler<Ec2> for api::CreateSecurityGroup {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateSecurityGroup")
            .create::<SecurityGroup>(input.tag_specifications.as_ref())?
            .on::<Vpc>(input.vpc_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let tags = tags::specified(SecurityGroup::KIND, input.tag_specifications.as_ref())?;
        check_name(required(&input.group_name, "GroupName")?)?;
        check_description(required(&input.description, "GroupDescription")?)?;
        ec2.change(call, input.dry_run, |change| {
            let group = create(change, &input, tags)?;
            Ok(api::CreateSecurityGroupResult {
                group_id: text(&group.id),
                security_group_arn: text(Arn::regional(
                    "ec2",
                    &group.scope,
                    format!("security-group/{}", group.id),
                )),
                tags: tags::rendered(&group.tags),
            })
        })
        .await
    }
}

const ALLOWED: &str = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";

fn check_name(name: &str) -> Result<(), ServiceError> {
    if name.starts_with("sg-") {
        return Err(invalid_value("Invalid security group name. Group names may not be in the format sg-*."));
    }
    if name.eq_ignore_ascii_case(SecurityGroup::DEFAULT) {
        return Err(invalid_value(format!("Cannot use reserved security group name: {name}")));
    }
    if !is_description(name) {
        let why = format!("Character sets beyond {ALLOWED} are not supported.");
        return Err(bad_value(name, "GroupName", &why));
    }
    Ok(())
}

fn check_description(description: &str) -> Result<(), ServiceError> {
    if is_description(description) {
        return Ok(());
    }
    let why = format!("Character sets beyond {ALLOWED} are not supported.");
    Err(bad_value(description, "GroupDescription", &why))
}

/// A new group lets everything out and nothing in.
fn create(
    change: &mut Change<'_>,
    input: &api::CreateSecurityGroupRequest,
    tags: Tags,
) -> Result<SecurityGroup, ServiceError> {
    let name = required(&input.group_name, "GroupName")?;
    let vpc = match input.vpc_id.as_deref() {
        Some(id) => change.find::<Vpc>(id)?,
        None => default_vpc::find(change)?.ok_or_else(permissions::no_default_vpc)?,
    };
    if !change.having::<SecurityGroup>(|g| g.vpc == vpc.id && g.name == name)?.is_empty() {
        let message = format!("The security group '{name}' already exists for VPC '{}'", vpc.id);
        return Err(ServiceError::client("InvalidGroup.Duplicate", message));
    }
    let have = change.all::<SecurityGroup>()?.len();
    room(have, change.quotas().security_groups_per_region, "SecurityGroupLimitExceeded", "security groups")?;
    let group = SecurityGroup {
        scope: change.scope().clone(),
        id: change.id("sg"),
        name: name.to_owned(),
        description: required(&input.description, "GroupDescription")?.to_owned(),
        vpc: vpc.id.clone(),
        tags,
    };
    change.put(&group)?;
    permissions::add_everything(change, &group, true, Peer::Cidr(ipnet::Ipv4Net::default().into()))?;
    if vpc.has_ipv6() {
        permissions::add_everything(change, &group, true, Peer::Cidr(ipnet::Ipv6Net::default().into()))?;
    }
    Ok(group)
}
