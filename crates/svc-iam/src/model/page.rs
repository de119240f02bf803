//! Paging: `Marker` and `MaxItems`.

use crate::error::validation;
use crate::quota::PAGE;
use service::ServiceError;

pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) is_truncated: Option<bool>,
    pub(crate) marker: Option<String>,
}

/// The page after the marker. Items come sorted by their keys; the marker is the last key
/// given, in hexadecimal, so that a page continues rightly when items came or went.
pub(crate) fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    marker: &Option<String>,
    max_items: Option<i32>,
) -> Result<Page<T>, ServiceError> {
    let after = marker.as_deref().map(decode).transpose()?;
    let size = max_items.and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let mut rest = items.into_iter().filter(|item| after.as_ref().is_none_or(|a| key(item) > *a));
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let more = rest.next().is_some();
    let marker = if more { items.last().map(|last| encode(&key(last))) } else { None };
    Ok(Page { items, is_truncated: Some(more), marker })
}

fn encode(key: &str) -> String {
    key.bytes().map(|b| format!("{b:02x}")).collect()
}

fn decode(marker: &str) -> Result<String, ServiceError> {
    let invalid = || validation("Invalid Marker.");
    let bytes: Option<Vec<u8>> = (0..marker.len())
        .step_by(2)
        .map(|at| marker.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    String::from_utf8(bytes.ok_or_else(invalid)?).map_err(|_| invalid())
}
