//! Pages of lists: `limit` and `position`.

use crate::{error, quota};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use service::ServiceError;

/// One page of what is listed, in the order given, and the position of the next one.
///
/// # Errors
/// `BadRequestException` for a position that no page gave.
pub fn page<T>(
    items: Vec<T>,
    id: impl Fn(&T) -> &str,
    limit: Option<i32>,
    position: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let limit = limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(quota::PAGE).clamp(1, quota::PAGE_MAX);
    let from = match position {
        None => 0,
        Some(position) => {
            let bytes = BASE64.decode(position).unwrap_or_default();
            let at = items.iter().position(|item| id(item).as_bytes() == bytes);
            at.ok_or_else(|| error::bad_request("Invalid position parameter specified"))?
        }
    };
    let next = items.get(from.saturating_add(limit)).map(|item| BASE64.encode(id(item)));
    Ok((items.into_iter().skip(from).take(limit).collect(), next))
}
