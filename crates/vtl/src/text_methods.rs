//! Java's methods of strings and numbers.
//! <https://docs.oracle.com/javase/8/docs/api/java/lang/String.html>

use crate::TemplateError;
use crate::budget::Budget;
use crate::heap::{Heap, Value};
use regex::{Regex, RegexBuilder};
use std::rc::Rc;

/// Bytes that a compiled expression may take.
const PATTERN_BYTES: usize = 1 << 18;
/// What compiling one costs, as bytes of text.
const PATTERN_COST: usize = 1 << 16;

/// A method of a text; nothing when it has none of this name, or not with these arguments.
pub fn call(
    heap: &mut Heap,
    text: &str,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, TemplateError> {
    budget.spend(text.len())?;
    let of_text =
        arguments.iter().map(|argument| heap.show(argument, budget)).collect::<Result<Vec<Rc<str>>, _>>()?;
    let texts: Vec<&str> = of_text.iter().map(|text| &**text).collect();
    if let ("matches", [pattern]) = (name, texts.as_slice()) {
        let pattern = pattern_of(heap, &format!("^(?:{pattern})$"), budget)?;
        return Ok(Some(Value::Bool(pattern.is_match(text))));
    }
    if let Some(found) = asked(text, name, &texts, arguments) {
        return Ok(Some(found));
    }
    if let Some(made) = changed(heap, text, name, &texts, budget)? {
        if made.len() > crate::OUTPUT_BYTES {
            return Err(TemplateError::TooMuchOutput);
        }
        budget.spend(made.len())?;
        return Ok(Some(Value::text(made)));
    }
    if let ("split", [pattern, limit @ ..]) = (name, texts.as_slice()) {
        let limit = limit.first().and_then(|limit| limit.parse::<i64>().ok()).unwrap_or(0);
        let parts = split(text, &pattern_of(heap, pattern, budget)?, limit);
        for part in &parts {
            budget.spend(part.len())?;
        }
        let parts = parts.into_iter().map(Value::text).collect();
        return Ok(Some(heap.new_list(parts)));
    }
    Ok(None)
}

/// Questions about a text.
fn asked(text: &str, name: &str, texts: &[&str], arguments: &[Value]) -> Option<Value> {
    let place = |found: Option<usize>| {
        let chars = found.and_then(|at| text.get(..at)).map(|before| before.chars().count());
        Value::Int(chars.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1))
    };
    Some(match (name, texts) {
        ("length" | "size", []) => Value::count(text.chars().count()),
        ("isEmpty", []) => Value::Bool(text.is_empty()),
        ("isBlank", []) => Value::Bool(text.trim().is_empty()),
        ("equals", [other]) => Value::Bool(matches!(arguments, [Value::Text(_)]) && text == *other),
        ("equalsIgnoreCase", [other]) => Value::Bool(text.to_lowercase() == other.to_lowercase()),
        ("contains", [other]) => Value::Bool(text.contains(other)),
        ("startsWith", [other]) => Value::Bool(text.starts_with(other)),
        ("endsWith", [other]) => Value::Bool(text.ends_with(other)),
        ("indexOf", [other]) => place(text.find(other)),
        ("indexOf", [other, from]) => {
            let from = byte_of(text, from.parse().unwrap_or(0));
            place(text.get(from..).and_then(|rest| rest.find(other)).map(|at| at + from))
        }
        ("lastIndexOf", [other]) => place(text.rfind(other)),
        ("compareTo", [other]) => Value::Int(match text.cmp(other) {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        }),
        _ => return None,
    })
}

/// Texts made of a text.
fn changed(
    heap: &mut Heap,
    text: &str,
    name: &str,
    texts: &[&str],
    budget: &mut Budget,
) -> Result<Option<String>, TemplateError> {
    Ok(match (name, texts) {
        ("toString" | "intern", []) => Some(text.to_owned()),
        ("trim" | "strip", []) => Some(text.trim().to_owned()),
        ("toLowerCase", []) => Some(text.to_lowercase()),
        ("toUpperCase", []) => Some(text.to_uppercase()),
        ("concat", [other]) => Some(format!("{text}{other}")),
        ("charAt", [at]) => at.parse().ok().and_then(|at| text.chars().nth(at)).map(String::from),
        ("substring", [from]) => between(text, from, None),
        ("substring", [from, to]) => between(text, from, Some(to)),
        ("replace", [from, to]) => {
            may_grow(text, from.len(), to.len(), budget)?;
            Some(text.replace(from, to))
        }
        ("replaceAll", [pattern, to]) => {
            may_grow(text, 0, to.len(), budget)?;
            Some(pattern_of(heap, pattern, budget)?.replace_all(text, replacement(to)).into_owned())
        }
        ("replaceFirst", [pattern, to]) => {
            Some(pattern_of(heap, pattern, budget)?.replace(text, replacement(to)).into_owned())
        }
        _ => None,
    })
}

/// What a replacement makes at most must fit: it is asked before it is made.
fn may_grow(text: &str, from: usize, to: usize, budget: &mut Budget) -> Result<(), TemplateError> {
    let places = text.len().checked_div(from).unwrap_or(text.len() + 1);
    let most = places.saturating_mul(to);
    // Groups put in more than they name; the size of what is made is looked at afterwards.
    if to > 0 && most > crate::OUTPUT_BYTES.saturating_mul(4) {
        return Err(TemplateError::TooMuchOutput);
    }
    budget.spend(most)
}

fn between(text: &str, from: &str, to: Option<&str>) -> Option<String> {
    let length = text.chars().count();
    let from: usize = from.parse().ok()?;
    let to: usize = to.map_or(Some(length), |to| to.parse().ok())?;
    (from <= to && to <= length).then(|| text.chars().skip(from).take(to - from).collect())
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

/// Reads an expression, once for each template: that takes longer than to match by it.
fn pattern_of(heap: &mut Heap, pattern: &str, budget: &mut Budget) -> Result<Regex, TemplateError> {
    if let Some(known) = heap.patterns.get(pattern) {
        return Ok(known.clone());
    }
    budget.spend(PATTERN_COST)?;
    let compiled = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build();
    let compiled = compiled.map_err(|_| TemplateError::Pattern(pattern.to_owned()))?;
    heap.patterns.insert(pattern.to_owned(), compiled.clone());
    Ok(compiled)
}

/// Java writes `$1` and `\$` where this library writes `${1}` and `$$`.
fn replacement(java: &str) -> String {
    let mut out = String::with_capacity(java.len());
    let mut chars = java.chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => {}
            },
            '$' => match chars.next_if(char::is_ascii_digit) {
                Some(group) => out.extend(['$', '{', group, '}']),
                None => out.push_str("$$"),
            },
            other => out.push(other),
        }
    }
    out
}

/// As Java splits: empty parts at the end go, unless a limit says otherwise.
fn split(text: &str, pattern: &Regex, limit: i64) -> Vec<String> {
    let parts: Vec<&str> = match usize::try_from(limit) {
        Ok(limit) if limit > 0 => pattern.splitn(text, limit).collect(),
        _ => pattern.split(text).collect(),
    };
    // A match of nothing at the start makes no part.
    let skip = usize::from(parts.len() > 1 && parts.first() == Some(&"") && pattern.is_match_at("", 0));
    let mut parts: Vec<String> = parts.into_iter().skip(skip).map(str::to_owned).collect();
    if limit == 0 {
        while parts.len() > 1 && parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
    }
    parts
}

/// A method of a number. `#set($Integer = 0)` and `$Integer.parseInt("5")` is how templates read numbers.
pub fn call_on_number(value: &Value, name: &str, arguments: &[Value]) -> Option<Value> {
    let argument = match arguments {
        [Value::Text(text)] => Some(text.trim()),
        _ => None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "as Java narrows and widens"
    )]
    match (value, name, argument) {
        (Value::Int(_), "parseInt" | "parseLong" | "valueOf", Some(text)) => {
            text.parse().ok().map(Value::Int)
        }
        (_, "parseDouble" | "parseFloat" | "valueOf", Some(text)) => text.parse().ok().map(Value::Float),
        (Value::Int(int), "intValue" | "longValue", None) => Some(Value::Int(*int)),
        (Value::Float(float), "intValue" | "longValue", None) => Some(Value::Int(float.trunc() as i64)),
        (Value::Int(int), "doubleValue" | "floatValue", None) => Some(Value::Float(*int as f64)),
        (Value::Float(float), "doubleValue" | "floatValue", None) => Some(Value::Float(*float)),
        (_, "equals", _) => arguments.first().map(|other| Value::Bool(value == other)),
        _ => None,
    }
}
