//! Shows the prefix lists of AWS's services.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html>

use crate::op::*;
use crate::prefix_lists::{self, AwsPrefixList};
use crate::render::one;

impl Handler<Ec2> for api::DescribePrefixLists {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribePrefixLists"))
    }

    async fn run(_: &Ec2, call: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("prefixListIds", &input.prefix_list_ids),
        );
        let mut lists = prefix_lists::aws_lists(&call.scope.region);
        if let Some(ids) = input.prefix_list_ids.as_ref().filter(|ids| !ids.is_empty()) {
            if let Some(id) = ids.iter().find(|id| !lists.iter().any(|list| list.id.as_str() == id.as_str()))
            {
                return Err(PrefixList::missing(id));
            }
            lists.retain(|list| ids.iter().any(|id| id == list.id.as_str()));
        }
        let shown = |list: AwsPrefixList| api::PrefixList {
            prefix_list_id: Some(list.id.to_string()),
            prefix_list_name: Some(list.name),
            cidrs: Some(vec![list.cidr.to_string()]),
        };
        let page = wanted.select(lists.into_iter().map(shown).collect())?;
        Ok(api::DescribePrefixListsResult { prefix_lists: Some(page.items), next_token: page.next_token })
    }
}

impl Facts for api::PrefixList {
    const FILTERS: &'static [&'static str] = &["prefix-list-id", "prefix-list-name"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "prefix-list-id" => one(self.prefix_list_id.as_ref()),
            "prefix-list-name" => one(self.prefix_list_name.as_ref()),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.prefix_list_id.as_deref().unwrap_or_default()
    }
}
