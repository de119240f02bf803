//! The keys of routes: `GET /pets/{id}`, `ANY /{proxy+}`, `$default`, and which of them a request is for.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use super::path;
use std::collections::BTreeMap;

pub const DEFAULT: &str = "$default";
pub const CONNECT: &str = "$connect";
pub const DISCONNECT: &str = "$disconnect";

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "ANY"];

/// The key of a route of an HTTP API that is not `$default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteKey<'a> {
    /// None for `ANY`.
    pub method: Option<&'a str>,
    pub path: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// It is neither `$default` nor a method and a path.
    Form,
    /// A part of the path is no name, variable or greedy variable, or a greedy one is not the last.
    Path,
}

/// How closely a part fits; smaller is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Literal,
    Variable,
    Greedy,
}

enum Part<'a> {
    Literal(&'a str),
    Variable(&'a str),
    Greedy(&'a str),
}

impl<'a> RouteKey<'a> {
    /// Not for `$default`.
    pub fn parse(text: &'a str) -> Result<Self, KeyError> {
        let key = Self::split(text).ok_or(KeyError::Form)?;
        if key.is_path_right() { Ok(key) } else { Err(KeyError::Path) }
    }

    /// The same of a key that has been looked at already.
    fn split(text: &'a str) -> Option<Self> {
        let (method, path) = text.split_once(' ')?;
        let is_key = METHODS.contains(&method) && path.starts_with('/');
        is_key.then(|| Self { method: (method != "ANY").then_some(method), path })
    }

    fn parts(&self) -> impl Iterator<Item = Part<'a>> {
        let inner = self.path.strip_prefix('/').unwrap_or(self.path);
        let all = (!inner.is_empty()).then(|| inner.split('/'));
        all.into_iter().flatten().map(Part::of)
    }

    fn is_path_right(&self) -> bool {
        let parts: Vec<Part<'_>> = self.parts().collect();
        let (last, before) = match parts.split_last() {
            Some((last, before)) => (last, before),
            None => return true,
        };
        let mut names = std::collections::BTreeSet::new();
        let is_right = |part: &Part<'_>| match part {
            Part::Literal(text) => !text.contains(['{', '}', '?', '#', ' ']),
            Part::Variable(name) | Part::Greedy(name) => is_name(name),
        };
        let are_different = parts.iter().all(|part| part.name().is_none_or(|name| names.insert(name)));
        before.iter().all(|part| is_right(part) && !matches!(part, Part::Greedy(_)))
            && is_right(last)
            && are_different
    }

    /// The same path with another name of a variable, which AWS does not take beside it.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        if self.path == other.path {
            return false;
        }
        for (one, another) in self.parts().zip(other.parts()) {
            match (one, another) {
                (Part::Literal(a), Part::Literal(b)) if a == b => {}
                (Part::Variable(a), Part::Variable(b)) if a == b => {}
                (Part::Variable(_), Part::Variable(_)) => return true,
                _ => return false,
            }
        }
        false
    }

    /// How closely the path fits, and what stands in its variables.
    fn fit(&self, parts: &[String]) -> Option<(Vec<Fit>, BTreeMap<String, String>)> {
        let (mut fits, mut parameters) = (Vec::new(), BTreeMap::new());
        let mut rest = parts;
        for part in self.parts() {
            let (first, after) = rest.split_first()?;
            match part {
                Part::Literal(literal) if literal == first => fits.push(Fit::Literal),
                Part::Literal(_) => return None,
                Part::Variable(_) if first.is_empty() => return None,
                Part::Variable(name) => {
                    fits.push(Fit::Variable);
                    parameters.insert(name.to_owned(), first.clone());
                }
                Part::Greedy(_) if rest.len() == 1 && first.is_empty() => return None,
                Part::Greedy(name) => {
                    fits.push(Fit::Greedy);
                    parameters.insert(name.to_owned(), rest.join("/"));
                    return Some((fits, parameters));
                }
            }
            rest = after;
        }
        rest.is_empty().then_some((fits, parameters))
    }
}

impl<'a> Part<'a> {
    fn of(text: &'a str) -> Self {
        match text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(name) => name.strip_suffix('+').map_or(Self::Variable(name), Self::Greedy),
            None => Self::Literal(text),
        }
    }

    fn name(&self) -> Option<&'a str> {
        match self {
            Self::Literal(_) => None,
            Self::Variable(name) | Self::Greedy(name) => Some(name),
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
}

/// A route that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected<'a, T> {
    pub route: &'a T,
    pub parameters: BTreeMap<String, String>,
}

/// The route that a request is for: one that fits in full, then one with a greedy variable, then
/// `$default`. Among several the most specific path, and its own method before `ANY`.
pub fn select<'a, T>(
    routes: impl Iterator<Item = (&'a str, &'a T)>,
    method: &str,
    raw_path: &str,
) -> Option<Selected<'a, T>> {
    let parts = path::parts(raw_path);
    let (mut best, mut default) = (None, None);
    for (text, route) in routes {
        if text == DEFAULT {
            default = Some(Selected { route, parameters: BTreeMap::new() });
            continue;
        }
        let Some(key) = RouteKey::split(text) else { continue };
        if key.method.is_some_and(|own| own != method) {
            continue;
        }
        let Some((fits, parameters)) = key.fit(&parts) else { continue };
        let rank = (fits.last() == Some(&Fit::Greedy), fits, key.method.is_none());
        if best.as_ref().is_none_or(|(closest, _)| rank < *closest) {
            best = Some((rank, Selected { route, parameters }));
        }
    }
    best.map(|(_, selected)| selected).or(default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROUTES: [&str; 10] = [
        "$default",
        "GET /",
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /{proxy+}",
        "ANY /pets",
        "POST /pets",
        "GET /{kind}/all",
        "GET /pets/all/{proxy+}",
    ];

    fn check(routes: &[&str], method: &str, path: &str, expected: Option<(&str, &[(&str, &str)])>) {
        let found = select(routes.iter().map(|key| (*key, key)), method, path);
        let shown = found.as_ref().map(|selected| {
            let parameters = selected.parameters.iter().map(|(n, v)| (n.as_str(), v.as_str()));
            (*selected.route, parameters.collect::<Vec<_>>())
        });
        assert_eq!(shown, expected.map(|(key, all)| (key, all.to_vec())), "{method} {path}");
    }

    /// The first five are AWS's own table.
    #[test]
    fn the_most_specific_route_answers() {
        check(&ROUTES, "GET", "/pets/dog/1", Some(("GET /pets/dog/1", &[])));
        check(&ROUTES, "GET", "/pets/dog/2", Some(("GET /pets/dog/{id}", &[("id", "2")])));
        check(&ROUTES, "GET", "/pets/cat/1", Some(("GET /pets/{proxy+}", &[("proxy", "cat/1")])));
        check(&ROUTES, "POST", "/test/5", Some(("ANY /{proxy+}", &[("proxy", "test/5")])));
        check(&ROUTES[..4], "GET", "/other", Some(("$default", &[])));
        check(&ROUTES, "POST", "/pets", Some(("POST /pets", &[])));
        check(&ROUTES, "PUT", "/pets", Some(("ANY /pets", &[])));
        check(&ROUTES, "GET", "/", Some(("GET /", &[])));
        check(&ROUTES, "GET", "/pets/all", Some(("GET /{kind}/all", &[("kind", "pets")])));
        check(&ROUTES, "GET", "/p%65ts/dog/%31", Some(("GET /pets/dog/1", &[])));
    }

    #[test]
    fn other_requests_have_no_route() {
        let routes = ["GET /pets", "GET /pets/{id}"];
        for (method, path) in
            [("POST", "/pets"), ("GET", "/pets/"), ("GET", "/pets//"), ("GET", "/Pets"), ("get", "/pets")]
        {
            check(&routes, method, path, None);
        }
    }

    #[test]
    fn keys_have_a_form() {
        let error = |text| RouteKey::parse(text).err();
        assert_eq!(error("GET /a/{b}/{c+}"), None);
        for text in ["", "GET", "/a", "TRACE /a", "GET a", "get /a"] {
            assert_eq!(error(text), Some(KeyError::Form), "{text}");
        }
        for text in ["GET /{a+}/b", "GET /{a}/{a}", "GET /{}", "GET /a{b}", "GET /a?b", "GET /{a b}"] {
            assert_eq!(error(text), Some(KeyError::Path), "{text}");
        }
        let conflict = |a, b| RouteKey::parse(a).unwrap().conflicts_with(&RouteKey::parse(b).unwrap());
        assert!(conflict("GET /a/{b}/c", "POST /a/{x}/d"));
        assert!(!conflict("GET /a/{b}", "GET /a/{b}/c"));
        assert!(!conflict("GET /a/{b}", "GET /x/{y}"));
    }

    /// Every way to read the key, tried one after the other.
    fn naive(key: &[&str], path: &[String]) -> bool {
        match (key.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((k, more)), Some((first, rest))) => {
                if k.ends_with("+}") {
                    return path.iter().any(|part| !part.is_empty()) || path.len() > 1;
                }
                let one = if k.starts_with('{') { !first.is_empty() } else { k == first };
                one && naive(more, rest)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_match_is_one_for_the_naive_matcher_too(
            path in prop::collection::vec("pets|dog|all|[a-c]{0,2}|%70ets|%2F|\\.\\.", 0..5),
            method in "GET|POST|PUT"
        ) {
            let text = format!("/{}", path.join("/"));
            let read = path::parts(&text);
            let fitting: Vec<&str> = ROUTES.iter().skip(1).copied().filter(|key| {
                let (own, pattern) = key.split_once(' ').unwrap();
                let pattern: Vec<&str> = pattern.split('/').skip(1).filter(|p| !p.is_empty()).collect();
                (own == "ANY" || own == method) && naive(&pattern, &read)
            }).collect();
            let found = select(ROUTES.iter().skip(1).map(|key| (*key, key)), &method, &text);
            prop_assert_eq!(found.is_some(), !fitting.is_empty(), "{} {:?}", text, fitting);
            if let Some(found) = found {
                prop_assert!(fitting.contains(found.route));
            }
        }
    }
}
