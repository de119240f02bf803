//! One line of a `Condition` block: operator, key, values.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>

use crate::document::Version;
use crate::operator::{Comparison, Operand, by_name};
use crate::request::{Request, Values};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// No set operator: for a key that should have one value.
    Single,
    ForAllValues,
    ForAnyValue,
}

#[derive(Debug, Clone)]
pub struct Condition {
    operator: String,
    quantifier: Quantifier,
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
    key: String,
    key_lower: String,
    values: Vec<String>,
    operands: Vec<Operand>,
}

impl Condition {
    /// None when there is no such operator.
    pub(crate) fn new(operator: &str, key: &str, values: Vec<String>, version: Version) -> Option<Self> {
        let (quantifier, rest) = quantifier(operator);
        let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
        let (comparison, negated) = by_name(name)?;
        if comparison == Comparison::Null && if_exists {
            return None;
        }
        let operands = values.iter().map(|v| Operand::new(comparison, v, version)).collect();
        Some(Self {
            operator: operator.to_owned(),
            quantifier,
            comparison,
            negated,
            if_exists,
            key: key.to_owned(),
            key_lower: key.to_ascii_lowercase(),
            values,
            operands,
        })
    }

    /// The operator as written, such as `ForAnyValue:StringLikeIfExists`.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn values(&self) -> &[String] {
        &self.values
    }

    pub(crate) fn is_date(&self) -> bool {
        matches!(self.comparison, Comparison::Date(_))
    }

    pub(crate) fn has_unreadable_value(&self) -> bool {
        self.operands.iter().any(|o| matches!(o, Operand::Unreadable))
    }

    pub(crate) fn holds(&self, request: &Request) -> bool {
        let values = request.values(&self.key_lower);
        if self.comparison == Comparison::Null {
            return self.operands.iter().any(|o| o.wants_absence(request) == Some(values.is_none()));
        }
        match values {
            Some(values) => self.holds_for(&values, request),
            None => self.if_exists || self.holds_without_key(),
        }
    }

    /// A negated comparison with a key that is not there holds, because it is not equal to
    /// anything; of no values, all are as wanted and none is.
    fn holds_without_key(&self) -> bool {
        match self.quantifier {
            Quantifier::Single => self.negated,
            Quantifier::ForAllValues => true,
            Quantifier::ForAnyValue => false,
        }
    }

    fn holds_for(&self, values: &Values<'_>, request: &Request<'_>) -> bool {
        let one = |value: &str| self.accepts(value, request) != self.negated;
        match self.quantifier {
            Quantifier::Single if self.negated => values.iter().all(one),
            Quantifier::Single | Quantifier::ForAnyValue => values.iter().any(one),
            Quantifier::ForAllValues => values.iter().all(one),
        }
    }

    fn accepts(&self, value: &str, request: &Request) -> bool {
        self.operands.iter().any(|operand| operand.accepts(self.comparison, value, request))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.operator, self.key, self.values.join(" | "))
    }
}

fn quantifier(operator: &str) -> (Quantifier, &str) {
    if let Some(rest) = operator.strip_prefix("ForAllValues:") {
        (Quantifier::ForAllValues, rest)
    } else if let Some(rest) = operator.strip_prefix("ForAnyValue:") {
        (Quantifier::ForAnyValue, rest)
    } else {
        (Quantifier::Single, operator)
    }
}
