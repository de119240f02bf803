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

/// How closely a part fits; smaller is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Literal,
    Variable,
    Greedy,
}

/// One part of a resource's path, with the literal or the variable's name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    fit: Fit,
    text: String,
}

/// A resource's path, read once.
#[derive(Debug, Clone)]
struct Route {
    /// Where the resource is among the deployed ones.
    resource: usize,
    patterns: Vec<Pattern>,
}

/// The paths of a deployment's resources, the closer ones first: a literal part is closer than a
/// variable, a variable closer than a greedy one, and the first part that differs decides.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    routes: Vec<Route>,
}

impl Routes {
    pub fn of(resources: &[DeployedResource]) -> Self {
        let read = |(index, resource): (usize, &DeployedResource)| {
            Some(Route { resource: index, patterns: patterns(&resource.path)? })
        };
        let mut routes: Vec<Route> = resources.iter().enumerate().filter_map(read).collect();
        let fits = |route: &Route| route.patterns.iter().map(|pattern| pattern.fit).collect::<Vec<_>>();
        routes.sort_by_cached_key(fits);
        Self { routes }
    }

    /// The closest resource that has the verb, or `ANY`. `resources` are those that the routes are of.
    pub fn find<'a>(&self, resources: &'a [DeployedResource], verb: &str, path: &str) -> Option<Matched<'a>> {
        let parts = parts(path);
        self.routes.iter().find_map(|route| {
            let resource = resources.get(route.resource)?;
            let (method, any) = method(resource, verb)?;
            let parameters = route.parameters(&parts)?;
            Some(Matched { resource, method, any, parameters })
        })
    }
}

fn patterns(path: &str) -> Option<Vec<Pattern>> {
    let one = |text: &str| {
        let (fit, text) = match PathPart::parse(text)? {
            PathPart::Literal(literal) => (Fit::Literal, literal),
            PathPart::Variable(name) => (Fit::Variable, name),
            PathPart::Greedy(name) => (Fit::Greedy, name),
        };
        Some(Pattern { fit, text: text.to_owned() })
    };
    path.split('/').filter(|text| !text.is_empty()).map(one).collect()
}

fn method<'a>(resource: &'a DeployedResource, verb: &str) -> Option<(&'a Method, bool)> {
    let own = resource.methods.get(verb).map(|method| (method, false));
    own.or_else(|| resource.methods.get("ANY").map(|method| (method, true)))
}

impl Route {
    /// What stands in the variables, when the path fits.
    fn parameters(&self, parts: &[Part<'_>]) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut rest = parts;
        for Pattern { fit, text } in &self.patterns {
            let (first, after) = rest.split_first()?;
            match fit {
                Fit::Literal if *text == first.read => {}
                Fit::Literal => return None,
                Fit::Variable if first.raw.is_empty() => return None,
                Fit::Variable => {
                    parameters.insert(text.clone(), first.raw.to_owned());
                }
                Fit::Greedy => {
                    let all: Vec<&str> = rest.iter().map(|part| part.raw).collect();
                    parameters.insert(text.clone(), all.join("/"));
                    return Some(parameters);
                }
            }
            rest = after;
        }
        rest.is_empty().then_some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AuthorizationType;
    use proptest::prelude::*;

    fn resource(path: &str, verbs: &[&str]) -> DeployedResource {
        let method = Method {
            authorization: AuthorizationType::None,
            authorizer: None,
            api_key_required: false,
            operation_name: None,
            request_parameters: BTreeMap::new(),
            request_models: BTreeMap::new(),
            request_validator: None,
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
        let found = Routes::of(&api).find(&api, verb, path);
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
            let found = Routes::of(&api).find(&api, &verb, &text).map(|m| m.resource.path.as_str());
            prop_assert_eq!(found.is_some(), !fitting.is_empty());
            if let Some(found) = found {
                prop_assert!(fitting.contains(&found));
            }
        }

        /// Among any resources the closest that fits is found: no other that fits is closer in the first
        /// part in which they differ.
        #[test]
        fn the_closest_of_any_resources_is_found(
            paths in prop::collection::btree_set(
                "(/(a|b|\\{x\\})){0,3}(/\\{rest\\+\\})?", 1..8
            ),
            path in "(/(a|b|c|%61)?){0,4}"
        ) {
            let api: Vec<_> = paths.iter().map(|path| resource(if path.is_empty() { "/" } else { path }, &["GET"])).collect();
            let read: Vec<String> = parts(&path).into_iter().map(|p| p.read).collect();
            let split = |path: &str| path.split('/').filter(|t| !t.is_empty()).map(str::to_owned).collect::<Vec<_>>();
            let fits = |r: &&DeployedResource| {
                let pattern = split(&r.path);
                naive(&pattern.iter().map(String::as_str).collect::<Vec<_>>(), &read)
            };
            let rank = |part: &String| if part.ends_with("+}") { 2 } else { u8::from(part.starts_with('{')) };
            let ranks = |path: &str| split(path).iter().map(rank).collect::<Vec<_>>();
            let closest = api.iter().filter(fits).map(|r| ranks(&r.path)).min();
            let found = Routes::of(&api).find(&api, "GET", &path).map(|m| ranks(&m.resource.path));
            prop_assert_eq!(found, closest);
        }
    }
}
