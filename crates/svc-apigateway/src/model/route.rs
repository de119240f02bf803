//! Which of an API's methods a request is for.
//!
//! A part of the path is compared as it reads after percent-decoding, and policies are asked
//! about the very same text, so that no spelling of a path reaches a method that a policy
//! forbids. A part whose decoding would hold a slash or a percent sign stays as it came.

use crate::model::path_part::PathPart;
use crate::state::{DeployedResource, Method};
use std::collections::BTreeMap;

/// A method that answers, and what stood in its path's variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched<'a> {
    pub resource: &'a DeployedResource,
    pub method: &'a Method,
    /// Whether the method is `ANY`.
    pub any: bool,
    /// As they came, still percent-encoded.
    pub parameters: BTreeMap<String, String>,
}

/// One part of a request's path, raw and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part<'a> {
    raw: &'a str,
    read: String,
}

/// The path as policies see it, without its first slash.
pub fn canonical(path: &str) -> String {
    let parts: Vec<String> = parts(path).into_iter().map(|part| part.read).collect();
    parts.join("/")
}

fn parts(path: &str) -> Vec<Part<'_>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Vec::new();
    }
    path.split('/').map(|raw| Part { raw, read: read(raw) }).collect()
}

fn read(raw: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(raw).decode_utf8();
    let plain = |text: &str| !text.contains(['/', '%', '\\']) && !text.chars().any(char::is_control);
    match decoded {
        Ok(text) if plain(&text) => text.into_owned(),
        _ => raw.to_owned(),
    }
}

/// How closely a resource fits, part by part; smaller is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Literal,
    Variable,
    Greedy,
}

/// The closest resource that has the verb, or `ANY`. A literal part is closer than a variable, a
/// variable closer than a greedy one, and the first part that differs decides.
pub fn find<'a>(resources: &'a [DeployedResource], verb: &str, path: &str) -> Option<Matched<'a>> {
    let parts = parts(path);
    let mut best: Option<(Vec<Fit>, Matched<'a>)> = None;
    for resource in resources {
        let Some((method, any)) = method(resource, verb) else { continue };
        let Some((fits, parameters)) = fit(&resource.path, &parts) else { continue };
        if best.as_ref().is_none_or(|(closest, _)| fits < *closest) {
            best = Some((fits, Matched { resource, method, any, parameters }));
        }
    }
    best.map(|(_, matched)| matched)
}

fn method<'a>(resource: &'a DeployedResource, verb: &str) -> Option<(&'a Method, bool)> {
    let own = resource.methods.get(verb).map(|method| (method, false));
    own.or_else(|| resource.methods.get("ANY").map(|method| (method, true)))
}

fn fit(pattern: &str, parts: &[Part<'_>]) -> Option<(Vec<Fit>, BTreeMap<String, String>)> {
    let (mut fits, mut parameters) = (Vec::new(), BTreeMap::new());
    let mut rest = parts;
    for text in pattern.split('/').filter(|text| !text.is_empty()) {
        let (first, after) = rest.split_first()?;
        match PathPart::parse(text)? {
            PathPart::Literal(literal) if literal == first.read => fits.push(Fit::Literal),
            PathPart::Literal(_) => return None,
            PathPart::Variable(_) if first.raw.is_empty() => return None,
            PathPart::Variable(name) => {
                fits.push(Fit::Variable);
                parameters.insert(name.to_owned(), first.raw.to_owned());
            }
            PathPart::Greedy(name) => {
                fits.push(Fit::Greedy);
                let all: Vec<&str> = rest.iter().map(|part| part.raw).collect();
                parameters.insert(name.to_owned(), all.join("/"));
                return Some((fits, parameters));
            }
        }
        rest = after;
    }
    rest.is_empty().then_some((fits, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AuthorizationType;
    use proptest::prelude::*;

    fn resource(path: &str, verbs: &[&str]) -> DeployedResource {
        let method = Method {
            authorization: AuthorizationType::None,
            api_key_required: false,
            operation_name: None,
            request_parameters: BTreeMap::new(),
            request_models: BTreeMap::new(),
            responses: BTreeMap::new(),
            integration: None,
        };
        let methods = verbs.iter().map(|verb| ((*verb).to_owned(), method.clone())).collect();
        DeployedResource { id: path.to_owned(), path: path.to_owned(), methods }
    }

    fn api() -> Vec<DeployedResource> {
        vec![
            resource("/", &["GET"]),
            resource("/orders", &["GET", "POST"]),
            resource("/orders/{order}", &["GET"]),
            resource("/orders/latest", &["GET"]),
            resource("/orders/{order}/lines/{line}", &["ANY"]),
            resource("/files/{proxy+}", &["ANY", "GET"]),
            resource("/{any+}", &["DELETE"]),
        ]
    }

    fn check(verb: &str, path: &str, expected: Option<(&str, &[(&str, &str)])>) {
        let api = api();
        let found = find(&api, verb, path);
        let found = found.as_ref().map(|m| {
            (
                m.resource.path.as_str(),
                m.parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>(),
            )
        });
        assert_eq!(found, expected.map(|(path, parameters)| (path, parameters.to_vec())), "{verb} {path}");
    }

    #[test]
    fn the_closest_resource_answers() {
        check("GET", "/", Some(("/", &[])));
        check("GET", "", Some(("/", &[])));
        check("GET", "/orders/", Some(("/orders", &[])));
        check("GET", "/orders/7", Some(("/orders/{order}", &[("order", "7")])));
        check("GET", "/orders/latest", Some(("/orders/latest", &[])));
        check("GET", "/orders/l%61test", Some(("/orders/latest", &[])));
        check(
            "PUT",
            "/orders/7/lines/a%20b",
            Some(("/orders/{order}/lines/{line}", &[("line", "a%20b"), ("order", "7")])),
        );
        check("GET", "/files/a/b/c", Some(("/files/{proxy+}", &[("proxy", "a/b/c")])));
        check("DELETE", "/orders/7", Some(("/{any+}", &[("any", "orders/7")])));
    }

    #[test]
    fn other_paths_have_no_method() {
        for (verb, path) in [
            ("POST", "/"),
            ("GET", "/files"),
            ("GET", "/orders//lines"),
            ("GET", "/Orders"),
            ("get", "/orders"),
            ("GET", "/orders/..%2flatest/x"),
        ] {
            check(verb, path, None);
        }
    }

    #[test]
    fn policies_read_the_path_that_was_matched() {
        assert_eq!(canonical("/orders/l%61test"), "orders/latest");
        assert_eq!(canonical("/a%2Fb/c%25/"), "a%2Fb/c%25");
        assert_eq!(canonical("/"), "");
    }

    /// Every way to read the pattern, tried one after the other.
    fn naive(pattern: &[&str], path: &[String]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((p, more)), Some((first, rest))) => {
                if p.ends_with("+}") {
                    return more.is_empty();
                }
                let one = if p.starts_with('{') { !first.is_empty() } else { p == first };
                one && naive(more, rest)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_match_is_one_for_the_naive_matcher_too(
            path in prop::collection::vec("orders|latest|lines|files|[a-c]{0,2}|%6Fr|%2F|\\.\\.", 0..5),
            verb in "GET|POST|DELETE|PUT"
        ) {
            let api = api();
            let text = format!("/{}", path.join("/"));
            let read: Vec<String> = parts(&text).into_iter().map(|p| p.read).collect();
            let fitting: Vec<&str> = api
                .iter()
                .filter(|r| r.methods.contains_key(verb.as_str()) || r.methods.contains_key("ANY"))
                .filter(|r| naive(&r.path.split('/').filter(|t| !t.is_empty()).collect::<Vec<_>>(), &read))
                .map(|r| r.path.as_str())
                .collect();
            let found = find(&api, &verb, &text).map(|m| m.resource.path.as_str());
            prop_assert_eq!(found.is_some(), !fitting.is_empty());
            if let Some(found) = found {
                prop_assert!(fitting.contains(&found));
            }
        }
    }
}
