//! Tags and their rules.

use super::secret::Tag;
use crate::{api, error, quota};
use service::ServiceError;

/// Keys with this prefix are AWS's own.
const RESERVED: &str = "aws:";

/// Sets `given` over `existing`; a key keeps its place.
///
/// # Errors
/// For reserved keys and when there would be too many.
pub(crate) fn merge(existing: &mut Vec<Tag>, given: Vec<api::Tag>) -> Result<(), ServiceError> {
    for tag in given {
        let key = tag.key.unwrap_or_default();
        let value = tag.value.unwrap_or_default();
        check_key(&key)?;
        match existing.iter_mut().find(|t| t.key == key) {
            Some(tag) => tag.value = value,
            None => existing.push(Tag { key, value }),
        }
    }
    if existing.len() > quota::TAGS {
        return Err(error::invalid_parameter(format!(
            "You can't add more than {} tags to a secret.",
            quota::TAGS
        )));
    }
    Ok(())
}

/// # Errors
/// When one of the keys is AWS's own.
pub(crate) fn check_keys(keys: &[String]) -> Result<(), ServiceError> {
    keys.iter().try_for_each(|key| check_key(key))
}

fn check_key(key: &str) -> Result<(), ServiceError> {
    if key.is_empty() {
        return Err(error::invalid_parameter("You must provide a Key for each tag."));
    }
    if key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED)) {
        return Err(error::invalid_parameter(
            "aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    Ok(())
}

/// As the API shows them; absent when there are none.
pub(crate) fn shown(tags: &[Tag]) -> Option<Vec<api::Tag>> {
    let shown = tags.iter().map(|t| api::Tag { key: Some(t.key.clone()), value: Some(t.value.clone()) });
    (!tags.is_empty()).then(|| shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> api::Tag {
        api::Tag { key: Some(key.into()), value: Some(value.into()) }
    }

    #[test]
    fn tags_merge_by_key_within_the_quota() {
        let mut tags = Vec::new();
        merge(&mut tags, vec![tag("a", "1"), tag("b", "2")]).unwrap();
        merge(&mut tags, vec![tag("a", "3")]).unwrap();
        assert_eq!(tags.iter().map(|t| format!("{}={}", t.key, t.value)).collect::<Vec<_>>(), ["a=3", "b=2"]);
        let many = (0..quota::TAGS).map(|n| tag(&format!("k{n}"), "")).collect();
        assert_eq!(merge(&mut tags, many).unwrap_err().code, "InvalidParameterException");
        assert!(merge(&mut Vec::new(), vec![tag("AWS:x", "")]).is_err());
    }
}
