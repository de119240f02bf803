//! Removes tags from several resources at once.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html>

use crate::op::*;
use crate::taggable::{edit_tags, for_policies};

impl Handler<Ec2> for api::DeleteTags {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let view = ec2.view(&call.scope);
        let keys = input.tags.iter().flatten().filter_map(|t| t.key.clone());
        let given = keys.map(|key| (key, String::new())).collect();
        let mut asks = Asks::new(ec2, call, "DeleteTags");
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
        ec2.change(call, input.dry_run, |change| {
            for id in input.resources.iter().flatten() {
                edit_tags(change, id, |tags| {
                    remove(tags, input.tags.as_ref());
                    Ok(())
                })?;
            }
            Ok(())
        })
        .await?;
        Ok(api::DeleteTagsOutput {})
    }
}

/// Without tags all go; with a key alone the tag goes whatever its value, with a value only if
/// the value is the same.
fn remove(tags: &mut Tags, named: Option<&Vec<api::Tag>>) {
    let Some(named) = named.filter(|n| !n.is_empty()) else { return tags.clear() };
    tags.retain(|key, value| {
        !named.iter().any(|t| t.key.as_ref() == Some(key) && t.value.as_ref().is_none_or(|v| v == value))
    });
}
