//! Tags of groups, and what instances get of them.

use crate::TAGS_PER_GROUP_MAX;
use crate::api;
use crate::invalid::validation;
use crate::state::{Group, GroupTag};
use service::ServiceError;
use std::collections::BTreeMap;

/// The tag that says which group an instance is of.
pub const GROUP_NAME: &str = "aws:autoscaling:groupName";

/// The tags of a request by the group that each is for; `group` is the one of a request that makes it.
pub fn given(
    list: Option<&Vec<api::Tag>>,
    group: Option<&str>,
) -> Result<Vec<(String, String, GroupTag)>, ServiceError> {
    list.into_iter().flatten().map(|tag| one(tag, group)).collect()
}

fn one(tag: &api::Tag, group: Option<&str>) -> Result<(String, String, GroupTag), ServiceError> {
    if tag.resource_type.as_deref().is_some_and(|kind| kind != "auto-scaling-group") {
        return Err(validation("Invalid resource type. The only valid value is auto-scaling-group."));
    }
    let key = tag.key.clone().unwrap_or_default();
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(validation("The tag prefix 'aws:' is reserved for system use."));
    }
    let of = group.map(str::to_owned).or_else(|| tag.resource_id.clone()).unwrap_or_default();
    let value = tag.value.clone().unwrap_or_default();
    Ok((of, key, GroupTag { value, is_propagated: tag.propagate_at_launch == Some(true) }))
}

pub fn capped(tags: &BTreeMap<String, GroupTag>) -> Result<(), ServiceError> {
    if tags.len() <= TAGS_PER_GROUP_MAX {
        return Ok(());
    }
    Err(ServiceError::client("LimitExceeded", "The maximum number of tags for a group has been reached."))
}

pub fn describe(group: &Group) -> Vec<api::TagDescription> {
    let tag = |(key, tag): (&String, &GroupTag)| api::TagDescription {
        resource_id: Some(group.name.clone()),
        resource_type: Some("auto-scaling-group".to_owned()),
        key: Some(key.clone()),
        value: Some(tag.value.clone()),
        propagate_at_launch: Some(tag.is_propagated),
    };
    group.tags.iter().map(tag).collect()
}

/// What an instance of the group is tagged with, be it launched by the group or attached.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html#tag-lifecycle>
pub fn of_instances(group: &Group) -> Vec<(String, String)> {
    let propagated = group.tags.iter().filter(|(_, tag)| tag.is_propagated);
    let own = propagated.map(|(key, tag)| (key.clone(), tag.value.clone()));
    own.chain([(GROUP_NAME.to_owned(), group.name.clone())]).collect()
}
