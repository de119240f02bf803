//! The condition operators: how one value of the request compares with one of the policy.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use crate::date;
use crate::document::Version;
use crate::pattern::Pattern;
use crate::request::Request;
use crate::resource::ArnPattern;
use ipnet::IpNet;
use std::cmp::Ordering;
use std::net::IpAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Relation),
    Date(Relation),
    Bool,
    BinaryEquals,
    IpAddress,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The comparison that an operator's name stands for, and whether it is the negated form.
pub(crate) fn by_name(name: &str) -> Option<(Comparison, bool)> {
    use Comparison as C;
    use Relation as R;
    Some(match name {
        "StringEquals" => (C::StringEquals, false),
        "StringNotEquals" => (C::StringEquals, true),
        "StringEqualsIgnoreCase" => (C::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (C::StringEqualsIgnoreCase, true),
        "StringLike" => (C::StringLike, false),
        "StringNotLike" => (C::StringLike, true),
        "NumericEquals" => (C::Numeric(R::Equal), false),
        "NumericNotEquals" => (C::Numeric(R::Equal), true),
        "NumericLessThan" => (C::Numeric(R::Less), false),
        "NumericLessThanEquals" => (C::Numeric(R::LessOrEqual), false),
        "NumericGreaterThan" => (C::Numeric(R::Greater), false),
        "NumericGreaterThanEquals" => (C::Numeric(R::GreaterOrEqual), false),
        "DateEquals" => (C::Date(R::Equal), false),
        "DateNotEquals" => (C::Date(R::Equal), true),
        "DateLessThan" => (C::Date(R::Less), false),
        "DateLessThanEquals" => (C::Date(R::LessOrEqual), false),
        "DateGreaterThan" => (C::Date(R::Greater), false),
        "DateGreaterThanEquals" => (C::Date(R::GreaterOrEqual), false),
        "Bool" => (C::Bool, false),
        "BinaryEquals" => (C::BinaryEquals, false),
        "IpAddress" => (C::IpAddress, false),
        "NotIpAddress" => (C::IpAddress, true),
        "ArnEquals" | "ArnLike" => (C::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (C::Arn, true),
        "Null" => (C::Null, false),
        _ => return None,
    })
}

/// A value of the policy, read once for its operator. A value that does not read as its
/// operator wants (`NumericEquals` of a word) compares equal to nothing.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Text(Pattern),
    Arn(ArnPattern),
    Number(f64),
    Instant(i128),
    Network(IpNet),
    Unreadable,
}

impl Operand {
    pub(crate) fn new(comparison: Comparison, text: &str, version: Version) -> Self {
        use Comparison as C;
        let read = match comparison {
            C::StringEquals
            | C::StringEqualsIgnoreCase
            | C::StringLike
            | C::Bool
            | C::BinaryEquals
            | C::Null => Some(Self::Text(Pattern::new(text, version))),
            C::Arn => Some(Self::Arn(ArnPattern::new(text, version))),
            C::Numeric(_) => number(text).map(Self::Number),
            C::Date(_) => date::parse(text).map(Self::Instant),
            C::IpAddress => network(text).map(Self::Network),
        };
        read.unwrap_or(Self::Unreadable)
    }

    /// Whether a value of the request compares as the operator's positive form says.
    pub(crate) fn accepts(&self, comparison: Comparison, value: &str, request: &Request) -> bool {
        use Comparison as C;
        match (comparison, self) {
            (C::StringLike, Self::Text(pattern)) => pattern.matches(value, request),
            (C::StringEquals | C::BinaryEquals, Self::Text(pattern)) => {
                pattern.literal(request).is_some_and(|text| text == value)
            }
            (C::StringEqualsIgnoreCase | C::Bool, Self::Text(pattern)) => {
                pattern.literal(request).is_some_and(|text| text.to_lowercase() == value.to_lowercase())
            }
            (C::Arn, Self::Arn(pattern)) => pattern.matches(value, request),
            (C::Numeric(relation), Self::Number(wanted)) => number(value)
                .and_then(|given| given.partial_cmp(wanted))
                .is_some_and(|ordering| relation.holds(ordering)),
            (C::Date(relation), Self::Instant(wanted)) => {
                date::parse(value).is_some_and(|given| relation.holds(given.cmp(wanted)))
            }
            (C::IpAddress, Self::Network(network)) => {
                value.parse::<IpAddr>().is_ok_and(|address| network.contains(&address))
            }
            _ => false,
        }
    }

    /// For `Null`: whether the policy wants the key to be absent.
    pub(crate) fn wants_absence(&self, request: &Request) -> Option<bool> {
        let Self::Text(pattern) = self else { return None };
        match pattern.literal(request)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|n| n.is_finite())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
