//! Conditions on JSON events: `{ ($.a.b[0] = "x" || $.n > 5) && $.c NOT EXISTS }`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html>

use super::PatternError;
use super::comparison::{Comparison, Test};
use super::scan::Scan;
use serde_json::Value;

/// How deep brackets may stand in one another.
const DEPTH: usize = 64;

#[derive(Debug, Clone, PartialEq)]
pub struct Json(Condition);

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Value(Selector, Test),
    Is(Selector, Literal),
    Missing(Selector),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Literal {
    Null,
    True,
    False,
}

/// A place in an event, or several of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selector(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Member(String),
    Element(usize),
    Every,
}

impl Json {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut scan = Scan::new(text);
        scan.want("{")?;
        let condition = any(&mut scan, 0)?;
        scan.want("}")?;
        scan.end()?;
        Ok(Self(condition))
    }

    /// What is not JSON matches nothing.
    pub fn matches(&self, message: &str) -> bool {
        serde_json::from_str(message).is_ok_and(|event: Value| self.0.holds(&event))
    }
}

fn any(scan: &mut Scan<'_>, depth: usize) -> Result<Condition, PatternError> {
    let mut all = vec![every(scan, depth)?];
    while scan.eat("||") {
        all.push(every(scan, depth)?);
    }
    Ok(Condition::Any(all))
}

fn every(scan: &mut Scan<'_>, depth: usize) -> Result<Condition, PatternError> {
    let mut all = vec![one(scan, depth)?];
    while scan.eat("&&") {
        all.push(one(scan, depth)?);
    }
    Ok(Condition::All(all))
}

fn one(scan: &mut Scan<'_>, depth: usize) -> Result<Condition, PatternError> {
    if depth > DEPTH {
        return Err(PatternError::Malformed);
    }
    if scan.eat("(") {
        let inner = any(scan, depth + 1)?;
        scan.want(")")?;
        return Ok(inner);
    }
    let selector = Selector::scan(scan)?;
    if scan.keyword("IS") {
        let literals = [("NULL", Literal::Null), ("TRUE", Literal::True), ("FALSE", Literal::False)];
        let found = literals.into_iter().find(|(word, _)| scan.keyword(word));
        return found.map(|(_, literal)| Condition::Is(selector, literal)).ok_or(PatternError::Malformed);
    }
    if scan.keyword("NOT") {
        return if scan.keyword("EXISTS") {
            Ok(Condition::Missing(selector))
        } else {
            Err(PatternError::Malformed)
        };
    }
    let comparison = Comparison::scan(scan).ok_or(PatternError::Malformed)?;
    scan.peek();
    let test = Test::scan(scan, comparison, |c| matches!(c, ')' | '}' | '&' | '|'))?;
    Ok(Condition::Value(selector, test))
}

impl Condition {
    fn holds(&self, event: &Value) -> bool {
        match self {
            Self::Any(all) => all.iter().any(|condition| condition.holds(event)),
            Self::All(all) => all.iter().all(|condition| condition.holds(event)),
            Self::Value(selector, test) => selector.of(event).into_iter().any(|value| compare(test, value)),
            Self::Is(selector, literal) => selector.of(event).into_iter().any(|value| match literal {
                Literal::Null => value.is_null(),
                Literal::True => *value == Value::Bool(true),
                Literal::False => *value == Value::Bool(false),
            }),
            Self::Missing(selector) => selector.of(event).is_empty(),
        }
    }
}

/// Only texts, numbers and booleans are compared, equal or not.
fn compare(test: &Test, value: &Value) -> bool {
    match value {
        Value::String(text) => test.holds(text, None),
        Value::Number(number) => test.holds(&number.to_string(), number.as_f64()),
        Value::Bool(flag) => test.holds(if *flag { "true" } else { "false" }, None),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

impl Selector {
    fn scan(scan: &mut Scan<'_>) -> Result<Self, PatternError> {
        scan.want("$")?;
        let mut parts = Vec::new();
        loop {
            if scan.eat_here("[") {
                parts.push(bracketed(scan)?);
            } else if scan.eat_here(".") {
                parts.push(member(scan)?);
            } else {
                break;
            }
        }
        if parts.is_empty() { Err(PatternError::Malformed) } else { Ok(Self(parts)) }
    }

    fn of<'e>(&self, event: &'e Value) -> Vec<&'e Value> {
        let mut found = vec![event];
        for part in &self.0 {
            found = found.into_iter().flat_map(|value| part.of(value)).collect();
        }
        found
    }
}

fn member(scan: &mut Scan<'_>) -> Result<Part, PatternError> {
    if scan.eat_here("[") {
        return bracketed(scan);
    }
    if scan.eat_here("*") {
        return Ok(Part::Every);
    }
    let name = scan.run(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if name.is_empty() { Err(PatternError::Malformed) } else { Ok(Part::Member(name.to_owned())) }
}

/// What stands in brackets, the first of which has been taken.
fn bracketed(scan: &mut Scan<'_>) -> Result<Part, PatternError> {
    let quote = ['\'', '"'].into_iter().find(|quote| scan.eat_here(quote.encode_utf8(&mut [0; 4])));
    let part = match quote {
        Some(quote) => Part::Member(scan.quoted(quote)?),
        None if scan.eat_here("*") => Part::Every,
        None => {
            let digits = scan.run(|c| c.is_ascii_digit());
            Part::Element(digits.parse().map_err(|_| PatternError::Malformed)?)
        }
    };
    if scan.eat_here("]") { Ok(part) } else { Err(PatternError::Malformed) }
}

impl Part {
    fn of<'e>(&self, value: &'e Value) -> Vec<&'e Value> {
        match (self, value) {
            (Self::Member(name), Value::Object(members)) => members.get(name).into_iter().collect(),
            (Self::Element(index), Value::Array(elements)) => elements.get(*index).into_iter().collect(),
            (Self::Every, Value::Array(elements)) => elements.iter().collect(),
            (Self::Every, Value::Object(members)) => members.values().collect(),
            _ => Vec::new(),
        }
    }
}
