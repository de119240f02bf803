//! Deletes a VPC that has nothing but what it came with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html>

use crate::op::*;
use crate::peering;

impl Handler<Ec2> for api::DeleteVpc {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteVpc").on::<Vpc>(required(&input.vpc_id, "VpcId")?)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.vpc_id, "VpcId")?;
        ec2.change(call, input.dry_run, |change| delete(change, id)).await?;
        Ok(api::DeleteVpcOutput {})
    }
}

fn delete(change: &mut Change<'_>, id: &str) -> Result<(), ServiceError> {
    let vpc = change.find::<Vpc>(id)?;
    if is_used(change, &vpc)? {
        return Err(dependency("vpc", id));
    }
    // What is left came with the VPC and goes with it.
    for table in change.having::<RouteTable>(|table| table.vpc == vpc.id)? {
        change.remove(&*table)?;
    }
    for acl in change.having::<NetworkAcl>(|acl| acl.vpc == vpc.id)? {
        change.remove(&*acl)?;
    }
    for group in change.having::<SecurityGroup>(|group| group.vpc == vpc.id)? {
        for rule in change.having::<SecurityGroupRule>(|rule| rule.group == group.id)? {
            change.remove(&*rule)?;
        }
        change.remove(&*group)?;
    }
    Ok(change.remove(&*vpc)?)
}

fn is_used(change: &Change<'_>, vpc: &Vpc) -> Result<bool, ServiceError> {
    let id = &vpc.id;
    Ok(!change.having::<Subnet>(|s| &s.vpc == id)?.is_empty()
        || !change.having::<InternetGateway>(|g| g.vpc.as_ref() == Some(id))?.is_empty()
        || !change.having::<EgressOnlyInternetGateway>(|g| &g.vpc == id)?.is_empty()
        || peering::of_vpc(change, id)?.iter().any(|c| c.is_active())
        || !change.having::<VpcEndpoint>(|e| &e.vpc == id)?.is_empty()
        || !change.having::<RouteTable>(|t| &t.vpc == id && !t.is_main())?.is_empty()
        || !change.having::<NetworkAcl>(|a| &a.vpc == id && !a.is_default)?.is_empty()
        || !change.having::<SecurityGroup>(|g| &g.vpc == id && !g.is_default())?.is_empty())
}
