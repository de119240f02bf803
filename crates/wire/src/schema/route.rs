//! Which operation a request means. RPC protocols name it (`Action`, `X-Amz-Target`); REST
//! protocols match the method, the path's template and the template's fixed query.
//! <https://smithy.io/2.0/spec/http-bindings.html#http-uri>

use super::{KnownOperation, Model, Operation, Protocol};
use crate::http::Request;
use percent_encoding::percent_decode_str;

/// The labels of a path: names as in the template, values percent-decoded.
pub type Labels = Vec<(&'static str, String)>;

/// What a request asks for.
#[derive(Debug)]
pub enum Wanted {
    /// An operation whose shapes are here.
    Operation(&'static Operation),
    /// An operation that the service has and moat does not.
    Known(&'static str),
    /// No operation of the service; the name where the request gave one.
    Unknown(Option<String>),
}

impl Model {
    /// The operation with shapes that a REST request means, and its path's labels.
    pub fn route(&self, method: &str, path: &str, query: &str) -> Option<(&'static Operation, Labels)> {
        let (known, labels) = self.route_known(method, path, query)?;
        self.operation(known.name).map(|operation| (operation, labels))
    }

    /// The same among all operations of the service. The most literal template wins.
    pub fn route_known(
        &self,
        method: &str,
        path: &str,
        query: &str,
    ) -> Option<(&'static KnownOperation, Labels)> {
        let known: &'static [KnownOperation] = self.known;
        known
            .iter()
            .filter(|op| op.http_method == method)
            .filter_map(|op| Some((specificity(op.uri), op, labels(op.uri, path, query)?)))
            .max_by(|a, b| a.0.cmp(&b.0))
            .map(|(_, op, labels)| (op, labels))
    }

    /// Whether a request asks for an operation that is called without a signature.
    pub fn is_unsigned(&self, request: &Request) -> bool {
        let wanted = self.wanted(request);
        let known = self.known.iter().find(|op| Some(op.name) == wanted.name());
        known.is_some_and(|op| op.unsigned)
    }

    /// Whether the service has what a request asks for.
    pub fn has(&self, request: &Request) -> bool {
        !matches!(self.wanted(request), Wanted::Unknown(_))
    }

    /// What a request of this service asks for, in the service's protocol.
    pub fn wanted(&self, request: &Request) -> Wanted {
        let name = match self.service.protocol {
            Protocol::RestJson | Protocol::RestXml => self
                .route_known(&request.method, &request.path, &request.query)
                .map(|(known, _)| known.name.to_owned()),
            Protocol::AwsJson => request.header("x-amz-target").map(|t| after_last(t, '.').to_owned()),
            Protocol::AwsQuery | Protocol::Ec2Query => action(request),
            Protocol::RpcV2Cbor => request.path.rsplit_once("/operation/").map(|(_, name)| name.to_owned()),
        };
        let Some(name) = name else { return Wanted::Unknown(None) };
        match (self.operation(&name), self.known.binary_search_by(|op| op.name.cmp(&name))) {
            (Some(operation), _) => Wanted::Operation(operation),
            (None, Ok(at)) => self.known.get(at).map_or(Wanted::Unknown(None), |op| Wanted::Known(op.name)),
            (None, Err(_)) => Wanted::Unknown(Some(name)),
        }
    }
}

impl Wanted {
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Operation(operation) => Some(operation.name),
            Self::Known(name) => Some(name),
            Self::Unknown(name) => name.as_deref(),
        }
    }
}

fn after_last(text: &str, separator: char) -> &str {
    text.rsplit_once(separator).map_or(text, |(_, last)| last)
}

/// The `Action` parameter, in the body or in the query string.
fn action(request: &Request) -> Option<String> {
    [&request.body[..], request.query.as_bytes()].into_iter().find_map(|form| {
        form_urlencoded::parse(form).find(|(name, _)| name == "Action").map(|(_, value)| value.into_owned())
    })
}

/// The labels, if the path and the query satisfy the template.
pub(crate) fn labels(template: &'static str, path: &str, query: &str) -> Option<Labels> {
    let (template, fixed) = template.split_once('?').unwrap_or((template, ""));
    if !fixed.is_empty() && !fixed.split('&').all(|want| has_parameter(query, want)) {
        return None;
    }
    let wants: Vec<_> = segments(template).collect();
    let haves: Vec<_> = segments(path).collect();
    match_segments(&wants, &haves)
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

fn has_parameter(query: &str, want: &str) -> bool {
    let (name, value) = want.split_once('=').map_or((want, None), |(n, v)| (n, Some(v)));
    form_urlencoded::parse(query.as_bytes()).any(|(n, v)| n == name && value.is_none_or(|want| v == want))
}

fn match_segments(wants: &[&'static str], haves: &[&str]) -> Option<Labels> {
    let mut labels = Labels::new();
    let mut haves_at = 0;
    for (i, want) in wants.iter().enumerate() {
        let Some(label) = want.strip_prefix('{').and_then(|w| w.strip_suffix('}')) else {
            if haves.get(haves_at) != Some(want) {
                return None;
            }
            haves_at += 1;
            continue;
        };
        let greedy = label.strip_suffix('+');
        // A greedy label leaves as many segments as the template still wants.
        let take =
            if greedy.is_some() { haves.len().checked_sub(haves_at + wants.len() - i - 1)? } else { 1 };
        let taken = haves.get(haves_at..haves_at + take)?;
        if taken.is_empty() || taken == [""] {
            return None;
        }
        let text = percent_decode_str(&taken.join("/")).decode_utf8().ok()?.into_owned();
        labels.push((greedy.unwrap_or(label), text));
        haves_at += take;
    }
    (haves_at == haves.len()).then_some(labels)
}

/// Literal segments count before labels, labels before greedy ones, fixed queries last.
fn specificity(template: &str) -> (Vec<u8>, usize) {
    let (path, fixed) = template.split_once('?').unwrap_or((template, ""));
    let rank = |segment: &str| match segment {
        s if s.ends_with("+}") => 0,
        s if s.starts_with('{') => 1,
        _ => 2,
    };
    (segments(path).map(rank).collect(), if fixed.is_empty() { 0 } else { fixed.split('&').count() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(template: &'static str, path: &str, query: &str) -> Option<String> {
        let labels = labels(template, path, query)?;
        Some(labels.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn templates_match_paths() {
        for (template, path, query, want) in [
            ("/f/{Name}", "/f/a%20b", "", Some("Name=a b")),
            ("/f/{Name}", "/f/a%2Fb/", "", Some("Name=a/b")),
            ("/f/{Name}", "/f/a/b", "", None),
            ("/f/{Name}", "/f/", "", None),
            ("/{B}/{Key+}", "/b/x/y/z", "", Some("B=b Key=x/y/z")),
            ("/f/{Name+}/code", "/f/arn/x/code", "", Some("Name=arn/x")),
            ("/f?list-type=2", "/f", "list-type=2&x=1", Some("")),
            ("/f?list-type=2", "/f", "list-type=1", None),
            ("/f?uploads", "/f", "", None),
        ] {
            assert_eq!(matched(template, path, query).as_deref(), want, "{template} {path}?{query}");
        }
    }

    #[test]
    fn literal_segments_win_over_labels() {
        assert!(specificity("/a/{B}") > specificity("/{A}/{B}"));
        assert!(specificity("/{A}") > specificity("/{A+}"));
        assert!(specificity("/{A}?x") > specificity("/{A}"));
    }
}
