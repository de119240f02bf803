//! Which rule of a listener a request meets.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html>

use crate::plan::Rule;
use crate::wildcard;
use ipnet::IpNet;
use regex::{Regex, RegexBuilder};
use std::net::IpAddr;
use std::sync::OnceLock;

/// What the conditions look at.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Without a port.
    pub host: &'a str,
    /// As it was sent, still encoded.
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub method: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub source: IpAddr,
}

/// One condition; it holds when any of its values does.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Host(Vec<String>),
    Path(Vec<String>),
    Header {
        name: String,
        values: Vec<String>,
    },
    Query(Vec<(Option<String>, String)>),
    Method(Vec<String>),
    SourceIp(Vec<IpNet>),
    /// One of the expressions is found in this part.
    Like {
        part: Part,
        expressions: Vec<Expression>,
    },
}

/// What of a request an expression looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Host,
    Path,
    Header(String),
}

/// A regular expression, made ready when it is first needed.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    ready: OnceLock<Option<Regex>>,
}

/// Most bytes that an expression may become; it costs no more than this times the length of what it looks at.
const EXPRESSION_MAX: usize = 1 << 18;

fn ready(text: &str, ignore_case: bool) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(EXPRESSION_MAX).case_insensitive(ignore_case).build().ok()
}

/// Whether this can be an expression.
pub fn is_expression(text: &str) -> bool {
    !text.is_empty() && ready(text, true).is_some()
}

impl Expression {
    pub fn new(text: String) -> Self {
        Self { text, ready: OnceLock::new() }
    }

    fn is_in(&self, text: &str, ignore_case: bool) -> bool {
        let ready = self.ready.get_or_init(|| ready(&self.text, ignore_case));
        ready.as_ref().is_some_and(|expression| expression.is_match(text))
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Condition {
    /// Hosts, header values and queries are compared whatever their case, paths and methods are not.
    pub fn holds(&self, asked: &Asked<'_>) -> bool {
        let like = |patterns: &[String], text: &str, ignore_case: bool| {
            patterns.iter().any(|pattern| wildcard::matches(pattern, text, ignore_case))
        };
        match self {
            Self::Host(patterns) => like(patterns, asked.host, true),
            Self::Path(patterns) => like(patterns, asked.path, false),
            Self::Method(methods) => methods.iter().any(|method| method == asked.method),
            Self::SourceIp(blocks) => blocks.iter().any(|block| block.contains(&asked.source)),
            Self::Like { part, expressions } => {
                let found = |text: &str, ignore_case| expressions.iter().any(|e| e.is_in(text, ignore_case));
                match part {
                    Part::Host => found(asked.host, true),
                    Part::Path => found(asked.path, false),
                    Part::Header(name) => asked
                        .headers
                        .iter()
                        .any(|(given, text)| given.eq_ignore_ascii_case(name) && found(text, true)),
                }
            }
            Self::Header { name, values } => asked
                .headers
                .iter()
                .any(|(given, text)| given.eq_ignore_ascii_case(name) && like(values, text, true)),
            Self::Query(pairs) => pairs.iter().any(|(key, value)| {
                query_pairs(asked.query).any(|(k, v)| {
                    key.as_deref().is_none_or(|key| wildcard::matches(key, k, true))
                        && wildcard::matches(value, v, true)
                })
            }),
        }
    }
}

fn query_pairs(query: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// The first rule whose conditions all hold.
pub fn choose<'a, R: AsRef<Rule>>(rules: &'a [R], asked: &Asked<'_>) -> Option<&'a R> {
    rules.iter().find(|rule| (*rule).as_ref().conditions.iter().all(|condition| condition.holds(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'static> = Asked {
        host: "Shop.example.com",
        path: "/Orders/7",
        query: Some("version=V2&debug"),
        method: "GET",
        headers: &[("user-agent", "Chrome 9"), ("x-a", "1")],
        source: IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3)),
    };

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn each_condition_looks_at_its_part_of_the_request() {
        let header =
            |name: &str, value: &str| Condition::Header { name: name.to_owned(), values: strings(&[value]) };
        let query = |key: Option<&str>, value: &str| {
            Condition::Query(vec![(key.map(str::to_owned), value.to_owned())])
        };
        let expression = |part: Part, text: &str| Condition::Like {
            part,
            expressions: vec![Expression::new("^never$".to_owned()), Expression::new(text.to_owned())],
        };
        let blocks = |text: &str| Condition::SourceIp(vec![text.parse().unwrap()]);
        for (condition, wanted) in [
            (Condition::Host(strings(&["a.example.com", "*.EXAMPLE.com"])), true),
            (Condition::Host(strings(&["example.com"])), false),
            (Condition::Path(strings(&["/Orders/*"])), true),
            (Condition::Path(strings(&["/orders/*"])), false),
            (Condition::Method(strings(&["POST", "GET"])), true),
            (Condition::Method(strings(&["get"])), false),
            (header("User-Agent", "*chrome*"), true),
            (header("User-Agent", "chrome"), false),
            (query(Some("version"), "v?"), true),
            (query(Some("VERSION"), "v1"), false),
            (query(None, "v2"), true),
            (query(Some("debug"), ""), true),
            (expression(Part::Host, r"^shop\."), true),
            (expression(Part::Path, "^/Orders/[0-9]+$"), true),
            (expression(Part::Path, "^/orders"), false),
            (expression(Part::Header("User-Agent".to_owned()), "chrome [89]"), true),
            (expression(Part::Header("X-None".to_owned()), ".*"), false),
            (expression(Part::Path, "("), false),
            (blocks("10.0.0.0/8"), true),
            (blocks("0.0.0.0/0"), true),
            (blocks("10.1.2.4/32"), false),
            (blocks("::/0"), false),
        ] {
            assert_eq!(condition.holds(&ASKED), wanted, "{condition:?}");
        }
    }
}
