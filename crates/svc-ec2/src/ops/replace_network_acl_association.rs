//! Moves a subnet to another network ACL.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclAssociation.html>

use crate::op::*;

impl Handler<Ec2> for api::ReplaceNetworkAclAssociation {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.association_id, "AssociationId")?;
        let of = |acl: &NetworkAcl| {
            acl.associations.iter().find(|a| a.id.as_str() == id).map(|a| a.subnet.to_string())
        };
        let associated = ec2.view(&call.scope).having::<NetworkAcl>(|acl| of(acl).is_some())?;
        let subnet = associated.first().and_then(|acl| of(acl)).unwrap_or_else(|| "*".to_owned());
        Ok(Asks::new(ec2, call, "ReplaceNetworkAclAssociation")
            .on::<NetworkAcl>(required(&input.network_acl_id, "NetworkAclId")?)?
            .on::<Subnet>(subnet)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let association = required(&input.association_id, "AssociationId")?;
        let acl = required(&input.network_acl_id, "NetworkAclId")?;
        let id = ec2.change(call, input.dry_run, |change| replace(change, association, acl)).await?;
        Ok(api::ReplaceNetworkAclAssociationResult { new_association_id: Some(id) })
    }
}

fn replace(change: &mut Change<'_>, association: &str, acl: &str) -> Result<String, ServiceError> {
    let meant = |a: &NetworkAclAssociation| a.id.as_str() == association;
    let old = change.having::<NetworkAcl>(|acl| acl.associations.iter().any(meant))?;
    let old = old.into_iter().next().ok_or_else(|| no_association(association))?;
    let new = change.find::<NetworkAcl>(acl)?;
    if old.vpc != new.vpc {
        return Err(invalid_value(format!(
            "Network ACLs {} and {} belong to different networks",
            old.id, new.id
        )));
    }
    let subnets: Vec<_> = old.associations.iter().filter(|a| meant(a)).map(|a| a.subnet.clone()).collect();
    change.edit::<NetworkAcl>(old.id.as_str(), |acl| acl.associations.retain(|a| !meant(a)))?;
    let id = change.id::<base::NetworkAclAssociationId>("aclassoc");
    let moved = subnets.into_iter().map(|subnet| NetworkAclAssociation { id: id.clone(), subnet });
    change.edit::<NetworkAcl>(new.id.as_str(), |acl| acl.associations.extend(moved))?;
    Ok(id.to_string())
}
