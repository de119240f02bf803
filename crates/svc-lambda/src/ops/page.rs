//! Pages of a sorted list. The marker is the last name of the page before.

use crate::quota;

/// The page after `marker`, and the marker of the next one if there is one.
pub fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> &str,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> (Vec<T>, Option<String>) {
    let size =
        max_items.and_then(|n| usize::try_from(n).ok()).map_or(quota::PAGE, |n| n.clamp(1, quota::PAGE));
    let after = |item: &T| marker.is_none_or(|m| name(item) > m);
    let mut rest: Vec<T> = items.into_iter().filter(after).collect();
    let more = rest.len() > size;
    rest.truncate(size);
    let next = rest.last().filter(|_| more).map(|item| name(item).to_owned());
    (rest, next)
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_cover_the_list_once() {
        let items: Vec<String> = (0..120).map(|i| format!("f{i:03}")).collect();
        let (mut seen, mut marker) = (Vec::new(), None::<String>);
        loop {
            let (got, next) = page(items.clone(), String::as_str, marker.as_deref(), None);
            seen.extend(got);
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        assert_eq!(page(items, String::as_str, None, Some(2)).1.as_deref(), Some("f001"));
    }
}
