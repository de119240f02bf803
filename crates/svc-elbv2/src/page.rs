//! Paging: `PageSize` (1 to 400) and `Marker`.

use crate::invalid::validation;
use service::ServiceError;

const MAX: i32 = 400;

/// One page of `items`, in the order of their keys, and the marker of the next.
pub fn page<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    size: Option<i32>,
    marker: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let size = size.unwrap_or(MAX);
    let limit = usize::try_from(size).ok().filter(|_| (1..=MAX).contains(&size));
    let limit = limit.ok_or_else(|| validation(format!("Page size '{size}' must be between 1 and {MAX}")))?;
    items.sort_by_key(&key);
    let mut rest: Vec<T> =
        items.into_iter().filter(|item| marker.is_none_or(|last| key(item).as_str() > last)).collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = if more { rest.last().map(&key) } else { None };
    Ok((rest, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_cover_everything_once() {
        let names: Vec<String> = (0..9).map(|n| format!("{n}")).collect();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let (some, next) = page(names.clone(), String::clone, Some(4), marker.as_deref()).unwrap();
            seen.extend(some);
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, names);
        assert!(page(names, String::clone, Some(0), None).is_err());
    }
}
