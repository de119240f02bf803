//! What the policies are asked, with the keys that AWS's reference has.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>

use crate::api;
use crate::find::{self, AnyRule};
use crate::state::Tags;
use base::Arn;
use service::{Access, Call};
use store::Snapshot;

/// The question about everything.
pub fn on_all(action: &str) -> Vec<Access> {
    vec![Access::to(format!("elasticloadbalancing:{action}"), "*")]
}

/// The question about something that is to be made, such as `loadbalancer/app/name/*`.
pub fn on_new(call: &Call, action: &str, resource: &str, tags: Option<&[api::Tag]>) -> Access {
    let arn = Arn::regional("elasticloadbalancing", &call.scope, resource.to_owned());
    with_request_tags(Access::to(format!("elasticloadbalancing:{action}"), arn.to_string()), tags)
}

/// The question about what an ARN names, with its tags.
pub fn on(state: &Snapshot, call: &Call, action: &str, arn: Option<&str>) -> Access {
    let arn = arn.unwrap_or_default();
    let access = Access::to(format!("elasticloadbalancing:{action}"), arn);
    tags_of(state, call, arn).unwrap_or_default().iter().fold(access, |access, (key, value)| {
        access
            .context(format!("aws:ResourceTag/{key}"), vec![value.clone()])
            .context(format!("elasticloadbalancing:ResourceTag/{key}"), vec![value.clone()])
    })
}

/// The tags of what an ARN names; a missing thing is the operation's to tell.
fn tags_of(state: &Snapshot, call: &Call, arn: &str) -> Option<Tags> {
    let scope = &call.scope;
    if let Ok(found) = find::load_balancer(state, scope, arn) {
        return Some(found.tags.clone());
    }
    if let Ok(found) = find::target_group(state, scope, arn) {
        return Some(found.tags.clone());
    }
    if let Ok(found) = find::listener(state, scope, arn) {
        return Some(found.tags.clone());
    }
    match find::rule(state, scope, arn).ok()? {
        AnyRule::Own(rule) => Some(rule.tags.clone()),
        AnyRule::Default(_) => None,
    }
}

/// A condition key with what was given.
pub fn with(access: Access, key: &str, values: Option<&[String]>) -> Access {
    match values {
        Some(values) if !values.is_empty() => {
            access.context(format!("elasticloadbalancing:{key}"), values.to_vec())
        }
        _ => access,
    }
}

/// The keys of the tags that a request brings.
pub fn with_request_tags(mut access: Access, tags: Option<&[api::Tag]>) -> Access {
    let tags = tags.unwrap_or_default();
    if tags.is_empty() {
        return access;
    }
    for tag in tags {
        let Some(key) = &tag.key else { continue };
        access = access.context(format!("aws:RequestTag/{key}"), vec![tag.value.clone().unwrap_or_default()]);
    }
    access.context("aws:TagKeys", tags.iter().filter_map(|t| t.key.clone()).collect())
}
