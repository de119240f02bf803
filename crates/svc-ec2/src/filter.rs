//! Filters of the Describe operations: several values of one filter are alternatives, several
//! filters must all hold; `*` and `?` are wildcards, `\` takes their meaning away.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>

use crate::api;
use crate::error::invalid_value;
use service::ServiceError;

const MAX_FILTERS: usize = 50;
const MAX_VALUES: usize = 200;

/// What a described thing says about itself when filters ask.
pub(crate) trait Facts {
    /// The filter names that AWS documents for it, without `tag:KEY` and `tag-key`.
    const FILTERS: &'static [&'static str];
    /// The values of one of [`Self::FILTERS`].
    fn facts(&self, filter: &str) -> Vec<String>;
    fn tags(&self) -> &[api::Tag];
    /// What pages are ordered and cut by.
    fn id(&self) -> &str;
}

/// Those of `items` that pass all filters.
pub(crate) fn filtered<T: Facts>(
    items: Vec<T>,
    filters: Option<&Vec<api::Filter>>,
) -> Result<Vec<T>, ServiceError> {
    let filters = filters.map(Vec::as_slice).unwrap_or_default();
    check::<T>(filters)?;
    Ok(items.into_iter().filter(|item| filters.iter().all(|f| passes(item, f))).collect())
}

fn check<T: Facts>(filters: &[api::Filter]) -> Result<(), ServiceError> {
    if filters.len() > MAX_FILTERS {
        return Err(ServiceError::client(
            "FilterLimitExceeded",
            format!("The maximum length of a filter list is {MAX_FILTERS}"),
        ));
    }
    for filter in filters {
        let name = filter.name.as_deref().unwrap_or_default();
        if filter.values.as_ref().is_some_and(|v| v.len() > MAX_VALUES) {
            return Err(ServiceError::client(
                "FilterLimitExceeded",
                format!("The maximum number of filter values specified on a single call is {MAX_VALUES}"),
            ));
        }
        if !(name.starts_with("tag:") || name == "tag-key" || T::FILTERS.contains(&name)) {
            return Err(invalid_value(format!("The filter '{name}' is invalid")));
        }
    }
    Ok(())
}

fn passes<T: Facts>(item: &T, filter: &api::Filter) -> bool {
    let name = filter.name.as_deref().unwrap_or_default();
    let facts = if let Some(key) = name.strip_prefix("tag:") {
        tag_values(item, key)
    } else if name == "tag-key" {
        item.tags().iter().filter_map(|tag| tag.key.clone()).collect()
    } else {
        item.facts(name)
    };
    let patterns = filter.values.as_deref().unwrap_or_default();
    facts.iter().any(|fact| patterns.iter().any(|pattern| matches(pattern, fact)))
}

fn tag_values<T: Facts>(item: &T, key: &str) -> Vec<String> {
    item.tags()
        .iter()
        .filter(|tag| tag.key.as_deref() == Some(key))
        .filter_map(|tag| tag.value.clone())
        .collect()
}

/// One element of a pattern.
#[derive(Clone, Copy)]
enum Piece {
    Exactly(char),
    AnyOne,
    AnyMany,
}

/// Whether `text` matches `pattern`. Linear in the product of the lengths, so that a hostile
/// pattern costs no more than its size.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut reachable = vec![false; text.chars().count() + 1];
    if let Some(start) = reachable.first_mut() {
        *start = true;
    }
    for piece in pieces(pattern) {
        reachable = step(piece, &reachable, text);
    }
    reachable.last().copied().unwrap_or(false)
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' => Piece::AnyMany,
            '?' => Piece::AnyOne,
            '\\' => Piece::Exactly(chars.next().unwrap_or('\\')),
            c => Piece::Exactly(c),
        });
    }
    out
}

fn step(piece: Piece, reachable: &[bool], text: &str) -> Vec<bool> {
    let mut next = Vec::with_capacity(reachable.len());
    if let Piece::AnyMany = piece {
        let mut seen = false;
        for here in reachable {
            seen |= here;
            next.push(seen);
        }
        return next;
    }
    next.push(false);
    for (c, before) in text.chars().zip(reachable) {
        let fits = match piece {
            Piece::Exactly(wanted) => wanted == c,
            _ => true,
        };
        next.push(*before && fits);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_match_as_aws_documents_them() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "Web", false),
            ("w*", "web", true),
            ("*", "", true),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("*e*b*", "web", true),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"a\?", "a?", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
