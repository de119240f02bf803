//! Shows the entries of a prefix list, now or in an earlier version.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html>

use crate::op::*;
use crate::prefix_lists::{self, Found};

impl Handler<Ec2> for api::GetManagedPrefixListEntries {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "GetManagedPrefixListEntries")
            .on::<PrefixList>(required(&input.prefix_list_id, "PrefixListId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let entries = match prefix_lists::find(&view, required(&input.prefix_list_id, "PrefixListId")?)? {
            Found::Own(list) => prefix_lists::version(&list, input.target_version.or(Some(list.version)))?,
            Found::Aws(list) => vec![PrefixListEntry { cidr: list.cidr, description: None }],
        };
        let wanted = Wanted::new(&None, input.max_results, &input.next_token, ("prefixListId", &None));
        let shown = |entry: PrefixListEntry| api::PrefixListEntry {
            cidr: Some(entry.cidr.to_string()),
            description: entry.description,
        };
        let page = wanted.select(entries.into_iter().map(shown).collect())?;
        Ok(api::GetManagedPrefixListEntriesResult { entries: Some(page.items), next_token: page.next_token })
    }
}
