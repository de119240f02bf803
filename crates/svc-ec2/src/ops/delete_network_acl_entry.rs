//! Removes an entry by its number and direction.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAclEntry.html>

use crate::acl_entries::no_such_entry;
use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkAclEntry {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteNetworkAclEntry")
            .on::<NetworkAcl>(required(&input.network_acl_id, "NetworkAclId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_acl_id, "NetworkAclId")?;
        let number = input.rule_number.ok_or_else(|| missing("RuleNumber"))?;
        let egress = input.egress.ok_or_else(|| missing("Egress"))?;
        ec2.change(call, input.dry_run, |change| {
            let acl = change.find::<NetworkAcl>(id)?;
            let meant = |e: &NetworkAclEntry| i32::from(e.number) == number && e.egress == egress;
            if !acl.entries.iter().any(meant) {
                return Err(no_such_entry(number));
            }
            change.edit::<NetworkAcl>(id, |acl| acl.entries.retain(|e| !meant(e)))
        })
        .await?;
        Ok(api::DeleteNetworkAclEntryOutput {})
    }
}
