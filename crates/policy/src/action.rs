//! `Action` and `NotAction`: names of operations, compared ignoring case, kept by service so
//! that a document with thousands of actions is not read through for each request.

use crate::pattern::Pattern;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) struct Actions {
    pub(crate) negated: bool,
    pub(crate) texts: Vec<String>,
    any: bool,
    by_service: BTreeMap<Box<str>, Names>,
    /// Actions whose service part has a wildcard.
    wild: Vec<(Pattern, Pattern)>,
}

#[derive(Debug, Clone, Default)]
struct Names {
    any: bool,
    exact: Vec<Box<str>>,
    wild: Vec<Pattern>,
}

impl Actions {
    pub(crate) fn new(texts: Vec<String>, negated: bool) -> Self {
        let mut actions =
            Self { negated, texts: Vec::new(), any: false, by_service: BTreeMap::new(), wild: Vec::new() };
        for text in &texts {
            actions.add(text);
        }
        for names in actions.by_service.values_mut() {
            names.exact.sort_unstable();
        }
        actions.texts = texts;
        actions
    }

    fn add(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        let Some((service, name)) = lower.split_once(':') else {
            self.any |= lower == "*";
            return;
        };
        if has_wildcard(service) {
            self.wild.push((Pattern::lower(service), Pattern::lower(name)));
            return;
        }
        let names = self.by_service.entry(service.into()).or_default();
        match name {
            "*" => names.any = true,
            _ if has_wildcard(name) => names.wild.push(Pattern::lower(name)),
            _ => names.exact.push(name.into()),
        }
    }

    /// Whether the statement speaks about this action, given in lower case.
    pub(crate) fn apply_to(&self, (service, name): (&str, &str)) -> bool {
        self.list(service, name) != self.negated
    }

    /// The services that the statement can speak about; none where it may be any of them.
    pub(crate) fn services(&self) -> Option<impl Iterator<Item = &str>> {
        let some = !self.negated && !self.any && self.wild.is_empty();
        some.then(|| self.by_service.keys().map(AsRef::as_ref))
    }

    fn list(&self, service: &str, name: &str) -> bool {
        if self.any {
            return true;
        }
        self.by_service.get(service).is_some_and(|names| names.contain(name))
            || self.wild.iter().any(|(s, n)| s.matches_plain(service) && n.matches_plain(name))
    }
}

impl Names {
    fn contain(&self, name: &str) -> bool {
        self.any
            || self.exact.binary_search_by(|e| e.as_ref().cmp(name)).is_ok()
            || self.wild.iter().any(|pattern| pattern.matches_plain(name))
    }
}

/// Whether the name of an action in a policy, wildcards included, covers one of AWS's.
pub(crate) fn covers(written: &str, name: &str) -> bool {
    Pattern::lower(written).matches_plain(&name.to_ascii_lowercase())
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}
