//! DescribePrefixLists. Prefix lists belong to gateway endpoints, of which there are none.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html>

use crate::op::*;
use crate::render::one;

impl Handler<Ec2> for api::DescribePrefixLists {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribePrefixLists"))
    }

    async fn run(_: &Ec2, _: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        if let Some(id) = input.prefix_list_ids.iter().flatten().next() {
            return Err(ServiceError::client(
                "InvalidPrefixListId.NotFound",
                format!("The prefix list ID '{id}' does not exist"),
            ));
        }
        let wanted =
            Wanted::new(&input.filters, input.max_results, &input.next_token, ("prefixListIds", &None));
        let page = wanted.select::<api::PrefixList>(Vec::new())?;
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
