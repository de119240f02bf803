//! Makes a prefix list.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html>

use crate::op::*;
use crate::prefix_lists;
use crate::render;
use std::collections::BTreeMap;

impl Handler<Ec2> for api::CreateManagedPrefixList {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateManagedPrefixList")
            .create::<PrefixList>(input.tag_specifications.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        match required(&input.address_family, "AddressFamily")? {
            "IPv4" => {}
            "IPv6" => return Err(ServiceError::not_implemented("a prefix list of IPv6")),
            other => return Err(bad_value(other, "AddressFamily", "Expecting IPv4 or IPv6.")),
        }
        ec2.change(call, input.dry_run, |change| {
            let list = create(change, &input)?;
            Ok(api::CreateManagedPrefixListResult { prefix_list: Some(render::prefix_list(&list, false)) })
        })
        .await
    }
}

fn create(
    change: &mut Change<'_>,
    input: &api::CreateManagedPrefixListRequest,
) -> Result<PrefixList, ServiceError> {
    let token = input.client_token.as_ref();
    let same = change.having::<PrefixList>(|list| token.is_some() && list.client_token.as_ref() == token)?;
    if let Some(same) = same.into_iter().next() {
        return Ok(Arc::unwrap_or_clone(same));
    }
    let name = prefix_lists::name(required(&input.prefix_list_name, "PrefixListName")?)?;
    let max_entries = prefix_lists::max_entries(input.max_entries.ok_or_else(|| missing("MaxEntries"))?)?;
    let entries = prefix_lists::entries(input.entries.as_ref())?;
    prefix_lists::check_size(entries.len(), max_entries)?;
    let have = change.all::<PrefixList>()?.len();
    room(have, change.quotas().prefix_lists_per_region, "PrefixListLimitExceeded", "prefix lists")?;
    let list = PrefixList {
        scope: change.scope().clone(),
        id: change.id("pl"),
        name,
        max_entries,
        state: PrefixListState::Created,
        version: 1,
        versions: BTreeMap::from([(1, entries)]),
        client_token: token.cloned(),
        tags: tags::specified(PrefixList::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&list)?;
    Ok(list)
}
