//! Tags on resources.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>

use crate::api;
use crate::error::invalid_value;
use crate::quota::TAGS_PER_RESOURCE;
use service::ServiceError;
use std::collections::BTreeMap;

const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

pub type Tags = BTreeMap<String, String>;

/// The resource types that a TagSpecification may name.
const TAGGABLE: [&str; 21] = [
    "network-insights-path",
    "network-insights-analysis",
    "network-insights-access-scope",
    "network-insights-access-scope-analysis",
    "vpc-flow-log",
    "instance",
    "launch-template",
    "dhcp-options",
    "prefix-list",
    "vpc-peering-connection",
    "vpc",
    "subnet",
    "route-table",
    "internet-gateway",
    "elastic-ip",
    "natgateway",
    "security-group",
    "security-group-rule",
    "network-acl",
    "network-interface",
    "vpc-endpoint",
];

/// The tags for a resource of type `kind` that is being created.
pub(crate) fn specified(
    kind: &str,
    specifications: Option<&Vec<api::TagSpecification>>,
) -> Result<Tags, ServiceError> {
    let mut tags = Tags::new();
    for specification in specifications.into_iter().flatten() {
        check_type(kind, specification.resource_type.as_deref())?;
        let given = specification.tags.as_deref().unwrap_or_default();
        if given.is_empty() {
            return Err(invalid_value("Tag specification must have at least one tag"));
        }
        for (key, value) in checked(given)? {
            if tags.insert(key.clone(), value).is_some() {
                return Err(invalid_value(format!("Duplicate tag key '{key}' specified.")));
            }
        }
    }
    capped(&tags)?;
    Ok(tags)
}

fn check_type(kind: &str, given: Option<&str>) -> Result<(), ServiceError> {
    match given {
        None => Err(invalid_value("Tag specification resource type must have a value")),
        Some(given) if given == kind => Ok(()),
        Some(given) if TAGGABLE.contains(&given) => {
            Err(invalid_value(format!("'{given}' is not a valid taggable resource type for this operation.")))
        }
        Some(given) => Err(invalid_value(format!("'{given}' is not a valid taggable resource type."))),
    }
}

/// Keys and values that AWS would accept. A key without a value gets the empty string.
pub(crate) fn checked(tags: &[api::Tag]) -> Result<Vec<(String, String)>, ServiceError> {
    tags.iter().map(checked_one).collect()
}

fn checked_one(tag: &api::Tag) -> Result<(String, String), ServiceError> {
    let key = tag.key.clone().unwrap_or_default();
    let value = tag.value.clone().unwrap_or_default();
    if key.is_empty() {
        return Err(invalid_value("Tag key cannot be null or empty."));
    }
    if is_reserved(&key) {
        return Err(reserved());
    }
    if key.chars().count() > MAX_KEY {
        return Err(invalid_value(format!("Tag key exceeds the maximum length of {MAX_KEY} characters")));
    }
    if value.chars().count() > MAX_VALUE {
        return Err(invalid_value(format!("Tag value exceeds the maximum length of {MAX_VALUE} characters")));
    }
    Ok((key, value))
}

/// Whether only AWS gives and takes a tag of this key.
pub(crate) fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

pub(crate) fn reserved() -> ServiceError {
    invalid_value("Tag keys starting with 'aws:' are reserved for internal use")
}

pub(crate) fn capped(tags: &Tags) -> Result<(), ServiceError> {
    if tags.len() <= TAGS_PER_RESOURCE {
        return Ok(());
    }
    Err(ServiceError::client(
        "TagLimitExceeded",
        "The maximum number of Tags for a resource has been reached.",
    ))
}

/// The tags in an answer. AWS always gives the list, empty or not.
pub(crate) fn rendered(tags: &Tags) -> Option<Vec<api::Tag>> {
    let tag =
        |(key, value): (&String, &String)| api::Tag { key: Some(key.clone()), value: Some(value.clone()) };
    Some(tags.iter().map(tag).collect())
}
