//! Removes tags from several resources at once.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html>

use crate::launch_templates::is_scaling;
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
        let is_aws = is_scaling(call);
        if !is_aws && input.tags.iter().flatten().any(|t| t.key.as_deref().is_some_and(tags::is_reserved)) {
            return Err(tags::reserved());
        }
        ec2.change(call, input.dry_run, |change| {
            for id in input.resources.iter().flatten() {
                edit_tags(change, id, |all| {
                    remove(all, input.tags.as_ref());
                    Ok(())
                })?;
            }
            Ok(())
        })
        .await?;
        Ok(api::DeleteTagsOutput {})
    }
}

/// Without tags all go that are not AWS's own; with a key alone the tag goes whatever its value, with a value only
/// if the value is the same.
fn remove(all: &mut Tags, named: Option<&Vec<api::Tag>>) {
    let Some(named) = named.filter(|n| !n.is_empty()) else {
        return all.retain(|key, _| tags::is_reserved(key));
    };
    all.retain(|key, value| {
        !named.iter().any(|t| t.key.as_ref() == Some(key) && t.value.as_ref().is_none_or(|v| v == value))
    });
}
