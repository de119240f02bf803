//! Paging: `MaxRecords` (20 to 100, default 100) and `Marker`.

use service::ServiceError;

const MIN: i32 = 20;
const MAX: i32 = 100;

/// One page of `items`, which are sorted by `name`, and the marker of the next.
pub fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> &str,
    max_records: Option<i32>,
    marker: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let max = max_records.unwrap_or(MAX);
    if !(MIN..=MAX).contains(&max) {
        return Err(ServiceError::client(
            "InvalidParameterValue",
            format!("Invalid value {max} for MaxRecords. Must be between {MIN} and {MAX}"),
        ));
    }
    let mut rest: Vec<T> =
        items.into_iter().filter(|item| marker.is_none_or(|last| name(item) > last)).collect();
    let limit = usize::try_from(max).unwrap_or(usize::MAX);
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = if more { rest.last().map(|item| name(item).to_owned()) } else { None };
    Ok((rest, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_cover_everything_once() {
        let names: Vec<String> = (0..45).map(|n| format!("db{n:02}")).collect();
        let mut seen = Vec::new();
        let mut marker = None;
        loop {
            let (some, next) = page(names.clone(), |n| n, Some(20), marker.as_deref()).unwrap();
            seen.extend(some);
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, names);
        assert!(page(names, |n| n, Some(5), None).is_err());
    }
}
