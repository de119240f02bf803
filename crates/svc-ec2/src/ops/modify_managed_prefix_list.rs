//! Changes the name, the size or the entries of a prefix list; other entries make a new version.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html>

use crate::op::*;
use crate::prefix_lists;
use crate::render;

impl Handler<Ec2> for api::ModifyManagedPrefixList {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ModifyManagedPrefixList")
            .on::<PrefixList>(required(&input.prefix_list_id, "PrefixListId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "ModifyManagedPrefixList",
            &[(
                "IpamPrefixListResolverSyncEnabled",
                input.ipam_prefix_list_resolver_sync_enabled == Some(true),
            )],
        )?;
        ec2.change(call, input.dry_run, |change| {
            let list = modify(change, &input)?;
            Ok(api::ModifyManagedPrefixListResult { prefix_list: Some(render::prefix_list(&list, false)) })
        })
        .await
    }
}

fn modify(
    change: &mut Change<'_>,
    input: &api::ModifyManagedPrefixListRequest,
) -> Result<PrefixList, ServiceError> {
    let id = required(&input.prefix_list_id, "PrefixListId")?;
    let mut list = Arc::unwrap_or_clone(prefix_lists::find_own(change, id)?);
    if let Some(name) = &input.prefix_list_name {
        list.name = prefix_lists::name(name)?;
    }
    let removed = input.remove_entries.as_deref().unwrap_or_default();
    let added = prefix_lists::entries(input.add_entries.as_ref())?;
    let edits = !removed.is_empty() || !added.is_empty();
    if let Some(wanted) = input.max_entries {
        if edits {
            return Err(combination(
                "The entries of a prefix list and its maximum number of entries cannot be modified in the same request.",
            ));
        }
        list.max_entries = prefix_lists::max_entries(wanted)?;
        prefix_lists::check_size(list.entries().len(), list.max_entries)?;
        change.put(&list)?;
        prefix_lists::check_users(change, &list.id)?;
    }
    if edits {
        prefix_lists::check_version(&list, input.current_version)?;
        let entries = edited(&list, removed, added)?;
        prefix_lists::check_size(entries.len(), list.max_entries)?;
        prefix_lists::add_version(&mut list, entries);
    }
    list.state = PrefixListState::Modified;
    change.put(&list)?;
    Ok(list)
}

fn edited(
    list: &PrefixList,
    removed: &[api::RemovePrefixListEntry],
    added: Vec<PrefixListEntry>,
) -> Result<Vec<PrefixListEntry>, ServiceError> {
    prefix_lists::check_count(removed.len())?;
    let mut entries = list.entries().to_vec();
    for entry in removed {
        let cidr = prefix_lists::block(entry.cidr.as_deref())?;
        if added.iter().any(|other| other.cidr == cidr) {
            return Err(invalid_value(format!("The entry {cidr} is in the request more than once.")));
        }
        let before = entries.len();
        entries.retain(|other| other.cidr != cidr);
        if entries.len() == before {
            return Err(invalid_value(format!("The entry {cidr} does not exist in the prefix list.")));
        }
    }
    for entry in added {
        // An entry that is there gets the new description.
        entries.retain(|other| other.cidr != entry.cidr);
        entries.push(entry);
    }
    Ok(entries)
}
