//! Gives a prefix list the entries of an earlier version, as a new version.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RestoreManagedPrefixListVersion.html>

use crate::op::*;
use crate::prefix_lists;
use crate::render;

impl Handler<Ec2> for api::RestoreManagedPrefixListVersion {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "RestoreManagedPrefixListVersion")
            .on::<PrefixList>(required(&input.prefix_list_id, "PrefixListId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let list = restore(change, &input)?;
            Ok(api::RestoreManagedPrefixListVersionResult {
                prefix_list: Some(render::prefix_list(&list, false)),
            })
        })
        .await
    }
}

fn restore(
    change: &mut Change<'_>,
    input: &api::RestoreManagedPrefixListVersionRequest,
) -> Result<PrefixList, ServiceError> {
    let id = required(&input.prefix_list_id, "PrefixListId")?;
    let mut list = Arc::unwrap_or_clone(prefix_lists::find_own(change, id)?);
    prefix_lists::check_version(&list, input.current_version)?;
    let entries = prefix_lists::version(&list, input.previous_version)?;
    prefix_lists::check_size(entries.len(), list.max_entries)?;
    prefix_lists::add_version(&mut list, entries);
    list.state = PrefixListState::Restored;
    change.put(&list)?;
    Ok(list)
}
