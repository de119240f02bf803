//! What the policies are asked, with the keys that AWS's reference has.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html>

use crate::api;
use crate::find;
use crate::state::Group;
use base::Arn;
use service::{Access, Call};
use store::Snapshot;

/// The question about everything.
pub fn on_all(action: &str) -> Vec<Access> {
    vec![Access::to(format!("autoscaling:{action}"), "*")]
}

/// The question about a group of this name that is to be made.
pub fn on_new(call: &Call, action: &str, name: Option<&str>) -> Access {
    let resource = format!("autoScalingGroup:*:autoScalingGroupName/{}", name.unwrap_or_default());
    let arn = Arn::regional("autoscaling", &call.scope, resource);
    Access::to(format!("autoscaling:{action}"), arn.to_string())
}

/// The question about a group by its name or ARN, with its tags; a missing one is the operation's to tell.
pub fn on(state: &Snapshot, call: &Call, action: &str, named: Option<&str>) -> Access {
    match find::group(state, &call.scope, named) {
        Ok(group) => on_group(action, &group),
        Err(_) => on_new(call, action, named.filter(|named| !named.starts_with("arn:"))),
    }
}

/// The question about the group of an instance.
pub fn on_instance(state: &Snapshot, call: &Call, action: &str, instance: Option<&str>) -> Access {
    match find::group_of(state, &call.scope, instance.unwrap_or_default()) {
        Ok(group) => on_group(action, &group),
        Err(_) => on_new(call, action, Some("*")),
    }
}

fn on_group(action: &str, group: &Group) -> Access {
    let access = Access::to(format!("autoscaling:{action}"), group.arn());
    group.tags.iter().fold(access, |access, (key, tag)| {
        access
            .context(format!("aws:ResourceTag/{key}"), vec![tag.value.clone()])
            .context(format!("autoscaling:ResourceTag/{key}"), vec![tag.value.clone()])
    })
}

/// A condition key with what was given.
pub fn with(access: Access, key: &str, values: Vec<String>) -> Access {
    if values.is_empty() { access } else { access.context(format!("autoscaling:{key}"), values) }
}

/// The keys of the tags that a request brings.
pub fn with_request_tags(mut access: Access, tags: Option<&Vec<api::Tag>>) -> Access {
    let tags = tags.map(Vec::as_slice).unwrap_or_default();
    if tags.is_empty() {
        return access;
    }
    for tag in tags {
        let Some(key) = &tag.key else { continue };
        access = access.context(format!("aws:RequestTag/{key}"), vec![tag.value.clone().unwrap_or_default()]);
    }
    access.context("aws:TagKeys", tags.iter().filter_map(|t| t.key.clone()).collect())
}
