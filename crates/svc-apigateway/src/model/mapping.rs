//! Mappings of single values between a request and an integration, and back:
//! `integration.request.header.x` from `method.request.querystring.y`, `'a text'`, `context.requestId`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>

use std::collections::BTreeMap;
use vtl::{Json, JsonPath};

/// Where a value is taken from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    Static(String),
    Path(String),
    Query { name: String, all: bool },
    Header { name: String, all: bool },
    Body(JsonPath),
    WholeBody,
    StageVariable(String),
    Context(Vec<String>),
}

/// Which message a mapping reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    MethodRequest,
    IntegrationResponse,
}

/// The values that a mapping may take.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub path: &'a BTreeMap<String, String>,
    pub query: &'a [(String, String)],
    pub headers: &'a [(String, String)],
    pub body: &'a str,
    pub context: &'a Json,
    pub stage_variables: &'a BTreeMap<String, String>,
}

impl Source {
    /// Nothing for an expression that AWS refuses.
    pub fn parse(text: &str, reads: Reads) -> Option<Self> {
        if let Some(quoted) = text.strip_prefix('\'') {
            return quoted.strip_suffix('\'').map(|text| Self::Static(text.to_owned()));
        }
        if let Some(name) = text.strip_prefix("stageVariables.") {
            return (!name.is_empty()).then(|| Self::StageVariable(name.to_owned()));
        }
        if let Some(path) = text.strip_prefix("context.") {
            return (!path.is_empty()).then(|| Self::Context(path.split('.').map(str::to_owned).collect()));
        }
        let prefix = match reads {
            Reads::MethodRequest => "method.request.",
            Reads::IntegrationResponse => "integration.response.",
        };
        let rest = text.strip_prefix(prefix)?;
        let (part, name) = rest.split_once('.').unwrap_or((rest, ""));
        let of_request = reads == Reads::MethodRequest;
        let named = || (!name.is_empty()).then(|| name.to_owned());
        match part {
            "body" if name.is_empty() => Some(Self::WholeBody),
            "body" => JsonPath::parse(name).ok().map(Self::Body),
            "header" => Some(Self::Header { name: named()?, all: false }),
            "multivalueheader" => Some(Self::Header { name: named()?, all: true }),
            "path" if of_request => Some(Self::Path(named()?)),
            "querystring" if of_request => Some(Self::Query { name: named()?, all: false }),
            "multivaluequerystring" if of_request => Some(Self::Query { name: named()?, all: true }),
            _ => None,
        }
    }

    /// The values that are there.
    pub fn values(&self, message: &Message<'_>) -> Vec<String> {
        let last_or_all = |mut found: Vec<String>, all: bool| {
            if !all && found.len() > 1 {
                found.drain(..found.len() - 1);
            }
            found
        };
        match self {
            Self::Static(text) => vec![text.clone()],
            Self::Path(name) => message.path.get(name).cloned().into_iter().collect(),
            Self::Query { name, all } => {
                let found = message.query.iter().filter(|(n, _)| n == name);
                last_or_all(found.map(|(_, value)| value.clone()).collect(), *all)
            }
            Self::Header { name, all } => {
                let found = message.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
                last_or_all(found.map(|(_, value)| value.clone()).collect(), *all)
            }
            Self::WholeBody => vec![message.body.to_owned()],
            Self::Body(path) => {
                let body = Json::parse(message.body).ok();
                let found = body.and_then(|body| path.find(&body).ok().flatten());
                found.filter(|value| *value != Json::Null).map(|value| value.plain()).into_iter().collect()
            }
            Self::StageVariable(name) => message.stage_variables.get(name).cloned().into_iter().collect(),
            Self::Context(path) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let found = message.context.at(&path).filter(|value| **value != Json::Null);
                found.map(Json::plain).into_iter().collect()
            }
        }
    }
}

/// Where a mapped value goes in an integration's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Path(String),
    Query(String),
    Header(String),
}

impl Target {
    pub fn parse(text: &str) -> Option<Self> {
        let (part, name) = text.strip_prefix("integration.request.")?.split_once('.')?;
        let name = Some(name).filter(|name| !name.is_empty())?.to_owned();
        match part {
            "path" => Some(Self::Path(name)),
            "querystring" => Some(Self::Query(name)),
            "header" => Some(Self::Header(name)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, reads: Reads, expected: Option<&[&str]>) {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let context = Json::parse(r#"{"identity":{"sourceIp":"10.0.0.1","user":null}}"#).unwrap();
        let message = Message {
            path: &BTreeMap::from([("id".to_owned(), "7".to_owned())]),
            query: &pairs(&[("q", "1"), ("q", "2")]),
            headers: &pairs(&[("X-A", "a"), ("x-a", "b")]),
            body: r#"{"a":{"b":[1,"x"]}}"#,
            context: &context,
            stage_variables: &BTreeMap::from([("v".to_owned(), "blue".to_owned())]),
        };
        let found = Source::parse(text, reads).map(|source| source.values(&message));
        let expected = expected.map(|all| all.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_are_taken_from_their_places() {
        let request = Reads::MethodRequest;
        check("'a static text'", request, Some(&["a static text"]));
        check("method.request.path.id", request, Some(&["7"]));
        check("method.request.querystring.q", request, Some(&["2"]));
        check("method.request.multivaluequerystring.q", request, Some(&["1", "2"]));
        check("method.request.header.x-a", request, Some(&["b"]));
        check("method.request.multivalueheader.X-A", request, Some(&["a", "b"]));
        check("method.request.body.$.a.b[1]", request, Some(&["x"]));
        check("method.request.body.a", request, Some(&[r#"{"b":[1,"x"]}"#]));
        check("method.request.header.absent", request, Some(&[]));
        check("stageVariables.v", request, Some(&["blue"]));
        check("context.identity.sourceIp", request, Some(&["10.0.0.1"]));
        check("context.identity.user", request, Some(&[]));
        check("integration.response.header.X-A", Reads::IntegrationResponse, Some(&["b"]));
        check("integration.response.body.a.b[0]", Reads::IntegrationResponse, Some(&["1"]));
    }

    #[test]
    fn other_expressions_are_refused() {
        for text in [
            "'open",
            "method.request.cookie.x",
            "method.request.header.",
            "x",
            "",
            "integration.response.header.a",
        ] {
            check(text, Reads::MethodRequest, None);
        }
        check("integration.response.path.id", Reads::IntegrationResponse, None);
        assert_eq!(Target::parse("integration.request.header.a"), Some(Target::Header("a".to_owned())));
        assert_eq!(
            (Target::parse("integration.request.body.a"), Target::parse("method.request.header.a")),
            (None, None)
        );
    }
}
