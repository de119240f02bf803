//! Adds or overwrites tags on several resources at once.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html>

use crate::launch_templates::is_scaling_tag;
use crate::op::*;
use crate::taggable::{edit_tags, for_policies};

impl Handler<Ec2> for api::CreateTags {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let view = ec2.view(&call.scope);
        let given = given(call, input)?.into_iter().collect();
        let mut asks = Asks::new(ec2, call, "CreateTags");
        for id in input.resources.iter().flatten() {
            let (kind, existing) = for_policies(&view, id)?;
            asks = asks.tagging(kind, id, &existing, &given);
        }
        Ok(asks.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let given = given(call, &input)?;
        if given.is_empty() {
            return Err(missing("Tag"));
        }
        ec2.change(call, input.dry_run, |change| {
            for id in input.resources.iter().flatten() {
                edit_tags(change, id, |tags| {
                    tags.extend(given.iter().cloned());
                    tags::capped(tags)
                })?;
            }
            Ok(())
        })
        .await?;
        Ok(api::CreateTagsOutput {})
    }
}

/// Auto Scaling marks the instances of its groups with tags that nobody else can give.
fn given(call: &Call, input: &api::CreateTagsRequest) -> Result<Vec<(String, String)>, ServiceError> {
    let all = input.tags.iter().flatten().cloned();
    let (marks, own): (Vec<_>, Vec<_>) = all.partition(|tag| is_scaling_tag(call, tag));
    let marks = marks.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
    Ok(tags::checked(&own)?.into_iter().chain(marks).collect())
}
