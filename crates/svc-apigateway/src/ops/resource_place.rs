//! Where a resource may be in an API's tree.

use crate::model::path_part::PathPart;
use crate::state::Resource;
use crate::{api, error, quota, render};
use service::ServiceError;
use std::sync::Arc;

/// Checks a resource that is made, and whether its API may have another.
pub fn admitted(others: &[Arc<Resource>], wanted: &Resource) -> Result<(), ServiceError> {
    if others.len() >= quota::RESOURCES {
        return Err(error::limit_exceeded("Maximum number of resources exceeded"));
    }
    placed(others, wanted)
}

/// Checks a resource that is made or moved against the others of its API.
pub fn placed(others: &[Arc<Resource>], wanted: &Resource) -> Result<(), ServiceError> {
    let Some(part) = PathPart::parse(&wanted.path_part) else {
        return Err(error::bad_request(
            "Resource's path part only allow a-zA-Z0-9._-:+$@ or a valid greedy path variable and curly braces at the beginning and the end.",
        ));
    };
    let parent =
        others.iter().find(|r| Some(&r.id) == wanted.parent.as_ref()).ok_or_else(error::no_resource)?;
    if matches!(PathPart::parse(&parent.path_part), Some(PathPart::Greedy(_))) {
        return Err(error::bad_request(format!(
            "Cannot create a child of a resource with a greedy path variable: {}",
            parent.path_part
        )));
    }
    for sibling in others.iter().filter(|r| r.parent == wanted.parent && r.parent.is_some()) {
        if sibling.path_part == wanted.path_part {
            return Err(error::conflict(format!(
                "Another resource with the same parent already has this name: {}",
                wanted.path_part
            )));
        }
        if part.is_variable() && PathPart::parse(&sibling.path_part).is_some_and(|s| s.is_variable()) {
            return Err(error::bad_request(format!(
                "A sibling ({}) of this resource already has a variable path part -- only one is allowed",
                sibling.path_part
            )));
        }
    }
    Ok(())
}

/// One resource of all, with its full path.
pub fn shown(all: &[Arc<Resource>], id: &str, with_methods: bool) -> Result<api::Resource, ServiceError> {
    let mut shown = render::resources(all, with_methods).into_iter();
    shown.find(|r| r.id.as_deref() == Some(id)).ok_or_else(error::no_resource)
}
