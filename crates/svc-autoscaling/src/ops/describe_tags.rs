//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeTags.html>

use crate::invalid::validation;
use crate::page::page;
use crate::{Scaling, access, api};
use crate::{find, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeTags {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTags"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let groups = find::groups(&scaling.store.read(), &call.scope)?;
        let mut all: Vec<api::TagDescription> =
            groups.iter().flat_map(|group| tags::describe(group)).collect();
        for filter in input.filters.iter().flatten() {
            let name = filter.name.as_deref().unwrap_or_default();
            if !["auto-scaling-group", "key", "value", "propagate-at-launch"].contains(&name) {
                return Err(validation(format!("Filter type {name} is not correct.")));
            }
            let values = filter.values.clone().unwrap_or_default();
            all.retain(|tag| fact(tag, name).is_some_and(|fact| values.contains(&fact)));
        }
        let key = |tag: &api::TagDescription| format!("{:?}:{:?}", tag.resource_id, tag.key);
        let (tags, next_token) = page(all, key, input.max_records, input.next_token.as_deref())?;
        Ok(api::TagsType { tags: Some(tags), next_token })
    }
}

fn fact(tag: &api::TagDescription, name: &str) -> Option<String> {
    match name {
        "auto-scaling-group" => tag.resource_id.clone(),
        "key" => tag.key.clone(),
        "value" => tag.value.clone(),
        _ => tag.propagate_at_launch.map(|is_propagated| is_propagated.to_string()),
    }
}
