//! Tags as RDS takes and gives them.

use crate::api;
use crate::state::Tags;
use service::ServiceError;

const TAGS_MAX: usize = 50;
const KEY_MAX: usize = 128;
const VALUE_MAX: usize = 256;

/// Adds `list` to `tags`, checked.
pub fn add(tags: &mut Tags, list: Option<Vec<api::Tag>>) -> Result<(), ServiceError> {
    let invalid = |text: String| ServiceError::client("InvalidParameterValue", text);
    for tag in list.unwrap_or_default() {
        let key = tag.key.unwrap_or_default();
        let value = tag.value.unwrap_or_default();
        if key.is_empty() || key.chars().count() > KEY_MAX {
            return Err(invalid("Tag keys must have between 1 and 128 characters.".to_owned()));
        }
        if key.to_ascii_lowercase().starts_with("aws:") || key.to_ascii_lowercase().starts_with("rds:") {
            return Err(invalid(format!("The tag key '{key}' is reserved for system use.")));
        }
        if value.chars().count() > VALUE_MAX {
            return Err(invalid("Tag values must have at most 256 characters.".to_owned()));
        }
        tags.insert(key, value);
    }
    if tags.len() > TAGS_MAX {
        return Err(invalid(format!("A resource can have at most {TAGS_MAX} tags.")));
    }
    Ok(())
}

pub fn list(tags: &Tags) -> Vec<api::Tag> {
    tags.iter().map(|(k, v)| api::Tag { key: Some(k.clone()), value: Some(v.clone()) }).collect()
}
