//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html>

use crate::answer;
use crate::find;
use crate::invalid::validation;
use crate::page::page;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeAutoScalingGroups {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeAutoScalingGroups"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut groups = find::groups(&scaling.store.read(), &call.scope)?;
        let wanted = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty());
        if let Some(names) = wanted(&input.auto_scaling_group_names) {
            groups.retain(|group| names.contains(&group.name) || names.contains(&group.arn()));
        }
        for filter in input.filters.iter().flatten() {
            let values = filter.values.clone().unwrap_or_default();
            let name = filter.name.clone().unwrap_or_default();
            match name.as_str() {
                "tag-key" => groups.retain(|group| values.iter().any(|key| group.tags.contains_key(key))),
                "tag-value" => {
                    groups.retain(|group| group.tags.values().any(|tag| values.contains(&tag.value)));
                }
                _ => match name.strip_prefix("tag:") {
                    Some(key) => {
                        groups.retain(|group| {
                            group.tags.get(key).is_some_and(|tag| values.contains(&tag.value))
                        });
                    }
                    None => return Err(validation(format!("Invalid filter type: {name}"))),
                },
            }
        }
        let (shown, next_token) =
            page(groups, |group| group.name.clone(), input.max_records, input.next_token.as_deref())?;
        let mut shown: Vec<api::AutoScalingGroup> = shown.iter().map(|group| answer::group(group)).collect();
        if input.include_instances == Some(false) {
            for group in &mut shown {
                group.instances = Some(Vec::new());
            }
        }
        Ok(api::AutoScalingGroupsType { auto_scaling_groups: Some(shown), next_token })
    }
}
