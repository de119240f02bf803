//! Adds a numbered entry to a network ACL.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html>

use crate::acl_entries::EntryInput;
use crate::op::*;

impl Handler<Ec2> for api::CreateNetworkAclEntry {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateNetworkAclEntry")
            .on::<NetworkAcl>(required(&input.network_acl_id, "NetworkAclId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_acl_id, "NetworkAclId")?;
        let entry = EntryInput {
            number: input.rule_number,
            egress: input.egress,
            action: &input.rule_action,
            protocol: &input.protocol,
            cidr: &input.cidr_block,
            ipv6_cidr: &input.ipv6_cidr_block,
            ports: input.port_range.as_ref(),
            icmp: input.icmp_type_code.as_ref(),
        }
        .entry()?;
        ec2.change(call, input.dry_run, |change| create(change, id, entry)).await?;
        Ok(api::CreateNetworkAclEntryOutput {})
    }
}

fn create(change: &mut Change<'_>, id: &str, entry: NetworkAclEntry) -> Result<(), ServiceError> {
    let acl = change.find::<NetworkAcl>(id)?;
    if acl.entries.iter().any(|e| (e.number, e.egress) == (entry.number, entry.egress)) {
        let message = format!("The network acl entry identified by {} already exists.", entry.number);
        return Err(ServiceError::client("NetworkAclEntryAlreadyExists", message));
    }
    let have = acl.entries.iter().filter(|e| e.egress == entry.egress).count();
    let quota = change.quotas().entries_per_network_acl;
    room(have, quota, "NetworkAclEntryLimitExceeded", "network ACL entries")?;
    change.edit::<NetworkAcl>(id, |acl| acl.entries.push(entry))
}
