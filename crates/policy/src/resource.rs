//! `Resource` and `NotResource`: ARNs with wildcards, compared part by part.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

use crate::document::Version;
use crate::pattern::Pattern;
use crate::request::{PARTS, Request};

#[derive(Debug, Clone)]
pub(crate) struct Resources {
    pub(crate) negated: bool,
    patterns: Vec<ArnPattern>,
}

impl Resources {
    pub(crate) fn new(texts: &[String], negated: bool, version: Version) -> Self {
        Self { negated, patterns: texts.iter().map(|t| ArnPattern::new(t, version)).collect() }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|p| p.text.as_ref())
    }

    pub(crate) fn apply_to(&self, request: &Request) -> bool {
        self.patterns.iter().any(|p| p.matches_resource(request)) != self.negated
    }
}

/// An ARN with wildcards in its parts. A wildcard stays inside its part; missing parts at the
/// end are `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArnPattern {
    pub(crate) text: Box<str>,
    parts: Parts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Parts {
    Any,
    Arn(Vec<Pattern>),
    /// Not an ARN at all, compared as a whole.
    Whole(Pattern),
}

impl ArnPattern {
    pub(crate) fn new(text: &str, version: Version) -> Self {
        let whole = Pattern::new(text, version);
        let parts = match text {
            _ if whole.is_any() => Parts::Any,
            _ if text.starts_with("arn:") => Parts::Arn(parts_of(text, version)),
            _ => Parts::Whole(whole),
        };
        Self { text: text.into(), parts }
    }

    /// The resource of the request, which has its parts at hand.
    fn matches_resource(&self, request: &Request) -> bool {
        match &self.parts {
            Parts::Any => true,
            Parts::Whole(pattern) => pattern.matches(request.resource(), request),
            Parts::Arn(patterns) => {
                let part = |(index, pattern): (usize, &Pattern)| {
                    request.resource_part(index).is_some_and(|part| pattern.matches(part, request))
                };
                // The parts behind differ more than partition and service do.
                patterns.iter().enumerate().rev().all(part)
            }
        }
    }

    pub(crate) fn matches(&self, arn: &str, request: &Request) -> bool {
        match &self.parts {
            Parts::Any => true,
            Parts::Whole(pattern) => pattern.matches(arn, request),
            Parts::Arn(patterns) => {
                let mut given = arn.splitn(PARTS, ':');
                patterns.iter().all(|p| given.next().is_some_and(|part| p.matches(part, request)))
            }
        }
    }
}

/// Splits at the first five colons that are not inside a policy variable.
fn parts_of(text: &str, version: Version) -> Vec<Pattern> {
    let mut parts = Vec::with_capacity(PARTS);
    let (mut start, mut in_variable) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '{' if version == Version::V2012 && text.get(..at).is_some_and(|t| t.ends_with('$')) => {
                in_variable = true;
            }
            '}' => in_variable = false,
            ':' if !in_variable && parts.len() < PARTS - 1 => {
                parts.push(Pattern::new(text.get(start..at).unwrap_or_default(), version));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(Pattern::new(text.get(start..).unwrap_or_default(), version));
    parts.resize_with(PARTS, || Pattern::new("*", version));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Principal;

    fn check(pattern: &str, arn: &str) -> bool {
        let request = Request::new(Principal::Anonymous, "x:y", arn);
        ArnPattern::new(pattern, Version::V2012).matches(arn, &request)
    }

    #[test]
    fn an_arn_is_compared_part_by_part() {
        for (pattern, arn, matches) in [
            ("*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b*", "arn:aws:s3:::bucket/key:with:colons", true),
            ("arn:aws:sqs", "arn:aws:sqs:us-east-1:000000000000:q", true),
            ("arn:aws:sqs:*", "arn:aws:sqs:us-east-1:000000000000:q", true),
            (
                "arn:aws:lambda:*:000000000000:function:f",
                "arn:aws:lambda:us-east-1:000000000000:function:f",
                true,
            ),
            ("arn:aws:lambda:*:function:f", "arn:aws:lambda:us-east-1:000000000000:function:f", false),
            ("arn:aws:s3:::b", "arn:aws:s3:::B", false),
            ("arn:aws:s3:::b", "*", false),
            ("arn:aws:s3:::${aws:PrincipalType}", "arn:aws:s3:::Anonymous", true),
        ] {
            assert_eq!(check(pattern, arn), matches, "{pattern} and {arn}");
        }
    }
}
