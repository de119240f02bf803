//! Deletes a network ACL that no subnet uses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkAcl {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteNetworkAcl")
            .on::<NetworkAcl>(required(&input.network_acl_id, "NetworkAclId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_acl_id, "NetworkAclId")?;
        ec2.change(call, input.dry_run, |change| {
            let acl = change.find::<NetworkAcl>(id)?;
            if acl.is_default {
                return Err(invalid_value(format!("cannot delete default network ACL {id}")));
            }
            if !acl.associations.is_empty() {
                return Err(dependency("networkAcl", id));
            }
            Ok(change.remove(&*acl)?)
        })
        .await?;
        Ok(api::DeleteNetworkAclOutput {})
    }
}
