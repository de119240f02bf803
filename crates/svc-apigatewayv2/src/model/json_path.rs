//! The JSON paths that mappings and selection expressions have: names and indexes, one after the
//! other. Recursive descent and filters are not among them, as on AWS.

use serde_json::Value;

/// What stands at `a.b[0].c`.
pub fn find<'v>(root: &'v Value, path: &str) -> Option<&'v Value> {
    let mut at = root;
    for name in path.split('.') {
        let (name, indexes) = name.split_once('[').map_or((name, None), |(name, rest)| (name, Some(rest)));
        if !name.is_empty() {
            at = at.get(name)?;
        }
        for index in indexes.into_iter().flat_map(|rest| rest.split('[')) {
            let index = index.strip_suffix(']')?.trim_matches(['\'', '"']);
            at = match index.parse::<usize>() {
                Ok(number) if at.is_array() => at.get(number)?,
                _ => at.get(index)?,
            };
        }
    }
    Some(at)
}

/// A value as it is put into a text.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indexes_lead_on() {
        let body = serde_json::json!({ "a": [{ "b": "x" }, 2], "c": { "d": true } });
        let shown = |path| find(&body, path).map(text);
        assert_eq!(shown("a[0].b").as_deref(), Some("x"));
        assert_eq!(shown("a[1]").as_deref(), Some("2"));
        assert_eq!(shown("c.d").as_deref(), Some("true"));
        assert_eq!(shown("c['d']").as_deref(), Some("true"));
        assert_eq!((shown("a[7]"), shown("x"), shown("a[0")), (None, None, None));
    }
}
