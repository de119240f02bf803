//! Tags as load balancers take and give them.

use crate::api;
use crate::state::Tags;
use service::ServiceError;

const TAGS_MAX: usize = 50;

/// Adds `list` to `tags`, checked.
pub fn add(tags: &mut Tags, list: Option<Vec<api::Tag>>) -> Result<(), ServiceError> {
    let mut given = Tags::new();
    for tag in list.unwrap_or_default() {
        let key = tag.key.unwrap_or_default();
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(crate::invalid::validation(format!(
                "The tag key '{key}' is reserved for system use"
            )));
        }
        if given.insert(key.clone(), tag.value.unwrap_or_default()).is_some() {
            return Err(ServiceError::client(
                "DuplicateTagKeys",
                format!("Tag key was specified more than once: {key}"),
            ));
        }
    }
    tags.append(&mut given);
    if tags.len() > TAGS_MAX {
        return Err(ServiceError::client(
            "TooManyTags",
            "The quota for the number of tags that can be assigned to a resource has been reached",
        ));
    }
    Ok(())
}

pub fn list(tags: &Tags) -> Vec<api::Tag> {
    tags.iter().map(|(k, v)| api::Tag { key: Some(k.clone()), value: Some(v.clone()) }).collect()
}
