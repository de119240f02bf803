//! Tags. IAM compares their keys ignoring case and keeps them as written.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>

use crate::api::Tag;
use crate::error::{invalid_input, quota};
use crate::quota::TAGS;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::collections::BTreeMap;

/// By lower-cased key, the key as written and the value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Tags(BTreeMap<String, (String, String)>);

impl Tags {
    pub(crate) fn new(tags: &Option<Vec<Tag>>) -> Result<Self, ServiceError> {
        let mut all = Self::default();
        all.set(tags.as_deref().unwrap_or_default())?;
        Ok(all)
    }

    pub(crate) fn set(&mut self, tags: &[Tag]) -> Result<(), ServiceError> {
        let mut seen = std::collections::BTreeSet::new();
        for tag in tags {
            let (key, value) = (tag.key.clone().unwrap_or_default(), tag.value.clone().unwrap_or_default());
            if !seen.insert(key.to_lowercase()) {
                return Err(invalid_input(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            self.0.insert(key.to_lowercase(), (key, value));
        }
        if self.0.len() > TAGS { Err(quota("TagsPerEntity", TAGS)) } else { Ok(()) }
    }

    pub(crate) fn remove(&mut self, keys: &[String]) {
        for key in keys {
            self.0.remove(&key.to_lowercase());
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub(crate) fn describe(&self) -> Vec<Tag> {
        self.iter().map(|(k, v)| Tag { key: Some(k.to_owned()), value: Some(v.to_owned()) }).collect()
    }

    /// As answers show them that leave the member out when there is none.
    pub(crate) fn describe_some(&self) -> Option<Vec<Tag>> {
        (!self.0.is_empty()).then(|| self.describe())
    }
}
