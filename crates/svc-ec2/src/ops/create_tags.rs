//! Adds or overwrites tags on several resources at once.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html>

use crate::op::*;
use crate::taggable::{edit_tags, for_policies};

impl Handler<Ec2> for api::CreateTags {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let view = ec2.view(&call.scope);
        let given = tags::checked(input.tags.as_deref().unwrap_or_default())?.into_iter().collect();
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
        let given = tags::checked(input.tags.as_deref().unwrap_or_default())?;
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
