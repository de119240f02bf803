//! What names and ARNs lead to.

use crate::invalid::{no_group, no_instance};
use crate::state::{Group, Policy};
use base::Scope;
use service::ServiceError;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// The group of a name or an ARN.
pub fn group(state: &Snapshot, scope: &Scope, named: Option<&str>) -> Result<Arc<Group>, ServiceError> {
    let named = named.unwrap_or_default();
    let name = match named.starts_with("arn:") {
        true => named.rsplit_once("autoScalingGroupName/").map_or("", |(_, name)| name),
        false => named,
    };
    let found = state.get::<Group>(&scope.key(name))?;
    found.filter(|group| group.name == named || group.arn() == named).ok_or_else(|| no_group(named))
}

pub fn groups(state: &Snapshot, scope: &Scope) -> Result<Vec<Arc<Group>>, Fault> {
    state.scan::<Group>(&scope.prefix())
}

/// The group that an instance is in.
pub fn group_of(state: &Snapshot, scope: &Scope, instance: &str) -> Result<Arc<Group>, ServiceError> {
    let found = groups(state, scope)?.into_iter().find(|group| group.member(instance).is_some());
    found.ok_or_else(|| no_instance(instance))
}

/// The policy of an ARN, in the group where one is named, or of a name in a group.
pub fn policy(
    state: &Snapshot,
    scope: &Scope,
    group: Option<&str>,
    named: &str,
) -> Result<Arc<Policy>, ServiceError> {
    let all = state.scan::<Policy>(&scope.prefix())?;
    let is_it = |policy: &&Arc<Policy>| {
        let is_of_group = |group: &str| group == policy.group;
        match policy.arn() == named {
            true => group.is_none_or(is_of_group),
            false => policy.name == named && group.is_some_and(is_of_group),
        }
    };
    all.iter()
        .find(is_it)
        .cloned()
        .ok_or_else(|| crate::invalid::validation(format!("PolicyName not found for policy name: {named}")))
}
