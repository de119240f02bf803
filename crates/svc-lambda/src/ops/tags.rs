//! Tags of functions: limits, and the ARN by which the tag operations name a function.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>

use crate::name::Named;
use crate::{error, quota};
use service::{Call, ServiceError};
use std::collections::BTreeMap;

pub fn checked(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ServiceError> {
    if tags.len() > quota::TAGS {
        return Err(error::invalid_parameter("Number of tags exceeds resource tag limit."));
    }
    if tags.keys().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(error::invalid_parameter("Tag keys cannot start with the reserved prefix aws:"));
    }
    Ok(tags)
}

/// The function that a tag operation names, which must be one as a whole.
pub fn tagged(call: &Call, resource: Option<&str>) -> Result<Named, ServiceError> {
    let named = super::named(call, resource, None)?;
    if named.qualifier.is_some() {
        return Err(error::invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        ));
    }
    Ok(named)
}
