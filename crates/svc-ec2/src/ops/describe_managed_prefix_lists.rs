//! Shows prefix lists, AWS's and the account's own.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html>

use crate::op::*;
use crate::prefix_lists::{self, Found};
use crate::render;

impl Handler<Ec2> for api::DescribeManagedPrefixLists {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeManagedPrefixLists"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("prefixListIdsSet", &input.prefix_list_ids),
        );
        let view = ec2.look(call).await?;
        let page = wanted.select(named(&view, input.prefix_list_ids.as_ref())?)?;
        Ok(api::DescribeManagedPrefixListsResult {
            prefix_lists: Some(page.items),
            next_token: page.next_token,
        })
    }
}

fn named(view: &impl Read, ids: Option<&Vec<String>>) -> Result<Vec<api::ManagedPrefixList>, ServiceError> {
    let region = &view.scope().region;
    if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
        let one = |id: &String| match prefix_lists::find(view, id)? {
            Found::Own(list) => Ok(render::prefix_list(&list, true)),
            Found::Aws(list) => Ok(render::aws_prefix_list(region, &list)),
        };
        return ids.iter().map(one).collect();
    }
    let aws = prefix_lists::aws_lists(region);
    let aws = aws.iter().map(|list| render::aws_prefix_list(region, list));
    let own = view.all::<PrefixList>()?;
    Ok(aws.chain(own.iter().map(|list| render::prefix_list(list, true))).collect())
}
