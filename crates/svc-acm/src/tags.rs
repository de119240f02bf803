//! Tags as ACM takes and gives them.

use crate::state::Tags;
use crate::{TAGS_PER_CERTIFICATE_MAX, api, error};
use service::ServiceError;

/// Adds `list` to `tags`, checked.
pub fn add(tags: &mut Tags, list: Option<Vec<api::Tag>>) -> Result<(), ServiceError> {
    for tag in list.unwrap_or_default() {
        let key = tag.key.unwrap_or_default();
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(error::validation(format!(
                "Invalid Tag Key: \"{key}\". AWS internal tags cannot be changed with this API"
            )));
        }
        tags.insert(key, tag.value.unwrap_or_default());
    }
    if tags.len() <= TAGS_PER_CERTIFICATE_MAX {
        return Ok(());
    }
    let shown: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let message = format!("the TagSet: '{{{}}}' contains too many Tags", shown.join(", "));
    Err(ServiceError::client("TooManyTagsException", message))
}

/// Takes away those that are listed: by key, and by value where one is said.
pub fn remove(tags: &mut Tags, list: Option<Vec<api::Tag>>) {
    for tag in list.unwrap_or_default() {
        let key = tag.key.unwrap_or_default();
        if tag.value.is_none() || tag.value.as_ref() == tags.get(&key) {
            tags.remove(&key);
        }
    }
}

pub fn list(tags: &Tags) -> Vec<api::Tag> {
    tags.iter().map(|(k, v)| api::Tag { key: Some(k.clone()), value: Some(v.clone()) }).collect()
}
