//! What each operation asks the policies.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>

use crate::state::{LogGroup, Read, Tags, group_arn, stream_arn};
use base::{Arn, Scope};
use service::{Access, Call, ServiceError};
use store::Snapshot;

/// An action on a group. The resource is the group's ARN with an empty stream, as AWS's own
/// denials show it, so that policies written for `log-group:NAME:*` match.
pub fn on_group(snapshot: &Snapshot, call: &Call, action: &str, name: &str) -> Result<Access, ServiceError> {
    let group = snapshot.group(&call.scope, name)?;
    let access = Access::to(format!("logs:{action}"), stream_arn(&call.scope, name, "").to_string());
    Ok(with_resource_tags(access, group.as_deref()))
}

/// An action on a stream of a group.
pub fn on_stream(
    snapshot: &Snapshot,
    call: &Call,
    action: &str,
    (group, stream): (&str, &str),
) -> Result<Access, ServiceError> {
    let found = snapshot.group(&call.scope, group)?;
    let access = Access::to(format!("logs:{action}"), stream_arn(&call.scope, group, stream).to_string());
    Ok(with_resource_tags(access, found.as_deref()))
}

/// A tagging action, whose resource is the group's plain ARN.
pub fn on_tags(snapshot: &Snapshot, call: &Call, action: &str, name: &str) -> Result<Access, ServiceError> {
    let group = snapshot.group(&call.scope, name)?;
    let access = Access::to(format!("logs:{action}"), group_arn(&call.scope, name).to_string());
    Ok(with_resource_tags(access, group.as_deref()))
}

fn with_resource_tags(access: Access, group: Option<&LogGroup>) -> Access {
    let tags = group.into_iter().flat_map(|g| &g.tags);
    tags.fold(access, |access, (k, v)| access.context(format!("aws:ResourceTag/{k}"), vec![v.clone()]))
}

/// What the caller asks to be tagged.
pub fn with_request_tags(access: Access, tags: Option<&Tags>) -> Access {
    let Some(tags) = tags.filter(|t| !t.is_empty()) else { return access };
    let access = access.context("aws:TagKeys", tags.keys().cloned().collect());
    tags.iter().fold(access, |access, (k, v)| access.context(format!("aws:RequestTag/{k}"), vec![v.clone()]))
}

/// The group that a name or an identifier, which may be an ARN, means.
pub fn group_name(
    scope: &Scope,
    name: Option<&str>,
    identifier: Option<&str>,
) -> Result<String, ServiceError> {
    match (name, identifier) {
        (Some(name), None) => Ok(name.to_owned()),
        (None, Some(identifier)) if identifier.starts_with("arn:") => group_of_arn(scope, identifier),
        (None, Some(name)) => Ok(name.to_owned()),
        (Some(_), Some(_)) => Err(crate::error::two_names()),
        (None, None) => {
            Err(crate::error::invalid("One of logGroupName or logGroupIdentifier must be specified."))
        }
    }
}

/// The group of an ARN, with or without the `:*` that stands for its streams.
pub fn group_of_arn(scope: &Scope, arn: &str) -> Result<String, ServiceError> {
    let parsed: Option<Arn> = arn.parse().ok();
    let parsed =
        parsed.filter(|a| a.service == "logs").ok_or_else(|| crate::error::invalid("Invalid ARN"))?;
    if parsed.account != scope.account.as_str() || parsed.region != scope.region.as_str() {
        return Err(crate::error::no_group());
    }
    let name =
        parsed.resource.strip_prefix("log-group:").ok_or_else(|| crate::error::invalid("Invalid ARN"))?;
    Ok(name.strip_suffix(":*").unwrap_or(name).to_owned())
}
