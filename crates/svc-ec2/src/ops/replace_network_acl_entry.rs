//! Changes an entry that keeps its number.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclEntry.html>

use crate::acl_entries::{EntryInput, no_such_entry};
use crate::op::*;

impl Handler<Ec2> for api::ReplaceNetworkAclEntry {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ReplaceNetworkAclEntry")
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
        ec2.change(call, input.dry_run, |change| replace(change, id, entry)).await?;
        Ok(api::ReplaceNetworkAclEntryOutput {})
    }
}

fn replace(change: &mut Change<'_>, id: &str, entry: NetworkAclEntry) -> Result<(), ServiceError> {
    let acl = change.find::<NetworkAcl>(id)?;
    let same = |e: &NetworkAclEntry| (e.number, e.egress) == (entry.number, entry.egress);
    if !acl.entries.iter().any(same) {
        return Err(no_such_entry(i32::from(entry.number)));
    }
    change.edit::<NetworkAcl>(id, |acl| {
        acl.entries.retain(|e| (e.number, e.egress) != (entry.number, entry.egress));
        acl.entries.push(entry);
    })
}
