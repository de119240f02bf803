//! The path below which a domain's requests go to an API.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html>

use serde::{Deserialize, Serialize};

/// Without slashes at its ends; empty where everything goes there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasePath(String);

const MAX: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a base path has letters, numbers and some signs, and single slashes between them")]
pub struct BadBasePath;

impl BasePath {
    /// # Errors
    /// For a text that AWS refuses.
    pub fn parse(text: &str) -> Result<Self, BadBasePath> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()".contains(c);
        let is_good = text.is_empty()
            || text.split('/').all(|part| !part.is_empty() && part.chars().all(allowed) && !is_dots(part));
        if is_good && text.len() <= MAX { Ok(Self(text.to_owned())) } else { Err(BadBasePath) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn has_levels(&self) -> bool {
        self.0.contains('/')
    }

    /// What is left of a path below this one, with its first slash; `None` for a path beside it.
    pub fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.0.is_empty() {
            return Some(if path.is_empty() { "/" } else { path });
        }
        let below = path.strip_prefix('/')?.strip_prefix(self.0.as_str())?;
        match below {
            "" => Some("/"),
            rest => rest.starts_with('/').then_some(rest),
        }
    }

    /// As it stands before the rest in a request's path.
    pub fn prefix(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!("/{}", self.0) }
    }
}

/// Parts that other programs would take for directories.
fn is_dots(part: &str) -> bool {
    part == "." || part == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_below_a_base_path_at_a_slash_only() {
        for (base, path, rest) in [
            ("", "/orders/7", Some("/orders/7")),
            ("", "", Some("/")),
            ("orders", "/orders", Some("/")),
            ("orders", "/orders/", Some("/")),
            ("orders", "/orders/7", Some("/7")),
            ("orders", "/ordersx", None),
            ("orders", "/Orders/7", None),
            ("orders", "//orders/7", None),
            ("orders/v1", "/orders/v1/7", Some("/7")),
            ("orders/v1", "/orders/v2/7", None),
            ("orders", "/%6frders/7", None),
        ] {
            assert_eq!(BasePath::parse(base).unwrap().rest(path), rest, "{base} {path}");
        }
    }

    #[test]
    fn what_is_no_base_path() {
        for text in ["/a", "a/", "a//b", "a b", "a?b", "%61", "..", "a/./b", "é"] {
            assert!(BasePath::parse(text).is_err(), "{text}");
        }
        assert!(BasePath::parse(&"a".repeat(301)).is_err());
    }
}
