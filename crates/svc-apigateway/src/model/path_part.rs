//! One part of a resource's path.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html>

use std::collections::BTreeMap;

/// What a part stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPart<'a> {
    /// Itself.
    Literal(&'a str),
    /// One part of a request's path.
    Variable(&'a str),
    /// All further parts, at least one.
    Greedy(&'a str),
}

impl<'a> PathPart<'a> {
    /// `None` for a part that AWS refuses.
    pub fn parse(text: &'a str) -> Option<Self> {
        let literal = |t: &str| {
            !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:+$@".contains(&b))
        };
        let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else {
            return literal(text).then_some(Self::Literal(text));
        };
        let name =
            |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        match inner.strip_suffix('+') {
            Some(greedy) => name(greedy).then_some(Self::Greedy(greedy)),
            None => name(inner).then_some(Self::Variable(inner)),
        }
    }

    pub fn is_variable(&self) -> bool {
        !matches!(self, Self::Literal(_))
    }
}

/// The full path of each resource. `resources` are id, parent and part; one whose parents do not
/// lead to the root has no path.
pub fn paths<'a>(
    resources: impl Iterator<Item = (&'a str, Option<&'a str>, &'a str)>,
) -> BTreeMap<&'a str, String> {
    let all: BTreeMap<_, _> = resources.map(|(id, parent, part)| (id, (parent, part))).collect();
    all.keys().filter_map(|id| Some((*id, path(&all, id)?))).collect()
}

fn path(all: &BTreeMap<&str, (Option<&str>, &str)>, id: &str) -> Option<String> {
    let (mut parts, mut at) = (Vec::new(), id);
    // No path is longer than there are resources; a ring of parents ends here.
    for _ in 0..=all.len() {
        match all.get(at)? {
            (None, _) => {
                let path: String = parts.iter().rev().map(|part| format!("/{part}")).collect();
                return Some(if path.is_empty() { "/".to_owned() } else { path });
            }
            (Some(parent), part) => {
                parts.push(*part);
                at = parent;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_aws_reads_them() {
        assert_eq!(PathPart::parse("orders"), Some(PathPart::Literal("orders")));
        assert_eq!(PathPart::parse("{id}"), Some(PathPart::Variable("id")));
        assert_eq!(PathPart::parse("{proxy+}"), Some(PathPart::Greedy("proxy")));
        for refused in ["", "{}", "{+}", "a/b", "{a", "a}", "{a}{b}", "ä", "a b", "{a b}"] {
            assert_eq!(PathPart::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn paths_follow_the_parents() {
        let rows = [
            ("r", None, ""),
            ("a", Some("r"), "a"),
            ("b", Some("a"), "{b}"),
            ("x", Some("y"), "x"),
            ("y", Some("x"), "y"),
        ];
        let found = paths(rows.into_iter());
        assert_eq!(found["r"], "/");
        assert_eq!(found["b"], "/a/{b}");
        assert!(!found.contains_key("x"), "a ring has no path");
    }
}
