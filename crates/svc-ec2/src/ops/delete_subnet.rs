//! Deletes a subnet without interfaces.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteSubnet {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteSubnet").on::<Subnet>(required(&input.subnet_id, "SubnetId")?)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.subnet_id, "SubnetId")?;
        ec2.change(call, input.dry_run, |change| delete(change, id)).await?;
        Ok(api::DeleteSubnetOutput {})
    }
}

fn delete(change: &mut Change<'_>, id: &str) -> Result<(), ServiceError> {
    let subnet = change.find::<Subnet>(id)?;
    if !change.having::<NetworkInterface>(|i| i.subnet == subnet.id)?.is_empty() {
        return Err(dependency("subnet", id));
    }
    let uses = |a: &RouteTableAssociation| a.subnet.as_ref() == Some(&subnet.id);
    for table in change.having::<RouteTable>(|t| t.associations.iter().any(uses))? {
        change.edit::<RouteTable>(table.id.as_str(), |t| t.associations.retain(|a| !uses(a)))?;
    }
    for acl in change.having::<NetworkAcl>(|acl| acl.vpc == subnet.vpc)? {
        change.edit::<NetworkAcl>(acl.id.as_str(), |a| a.associations.retain(|x| x.subnet != subnet.id))?;
    }
    Ok(change.remove(&*subnet)?)
}
