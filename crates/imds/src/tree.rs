//! Values by path, with the listings that AWS shows for what is above them.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Paths have no slash at either end.
    pub fn set(&mut self, path: impl Into<String>, value: impl ToString) -> &mut Self {
        self.0.insert(path.into(), value.to_string());
        self
    }

    /// The value at a path, or what is below it, a line each; directories end in a slash.
    pub fn get(&self, path: &str) -> Option<String> {
        let path = path.trim_end_matches('/');
        if let Some(value) = self.0.get(path) {
            return Some(value.clone());
        }
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.0.keys().filter_map(|key| key.strip_prefix(prefix.as_str()));
        let names: BTreeSet<String> = below
            .map(|rest| match rest.split_once('/') {
                Some((directory, _)) => format!("{directory}/"),
                None => rest.to_owned(),
            })
            .collect();
        if names.is_empty() { None } else { Some(names.into_iter().collect::<Vec<_>>().join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_is_above_a_value_lists_it() {
        let mut tree = Tree::default();
        tree.set("meta-data/instance-id", "i-1")
            .set("meta-data/placement/region", "us-east-1")
            .set("user-data", "#!");
        let ask = |path: &str| tree.get(path).unwrap_or_else(|| "404".to_owned());
        expect!["meta-data/\nuser-data"].assert_eq(&ask(""));
        expect!["instance-id\nplacement/"].assert_eq(&ask("meta-data/"));
        expect!["us-east-1"].assert_eq(&ask("meta-data/placement/region"));
        expect!["404"].assert_eq(&ask("meta-data/place"));
    }
}
