//! The model's constraints, checked on a decoded input: required members, lengths, ranges,
//! patterns, enumerations. The texts are those that AWS's services give.
//! <https://smithy.io/2.0/spec/constraint-traits.html>

use crate::schema::{Constraints, Kind, Member, Model, Shape, ShapeId};
use crate::value::{Fields, Value};
use fancy_regex::{Regex, RegexBuilder};
use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

/// AWS stops listing after some; a hostile input must not make a huge answer.
const MAX_VIOLATIONS: usize = 32;
/// A pattern with look-around gives up after so many steps and does not match.
const MAX_BACKTRACKS: usize = 100_000;
/// The longest value that is repeated back.
const MAX_ECHO: usize = 1024;

/// The rule that a value broke.
#[derive(Debug, Clone, PartialEq)]
pub enum Constraint {
    Required,
    MinLength(u64),
    MaxLength(u64),
    MinValue(f64),
    MaxValue(f64),
    Pattern(&'static str),
    Enum(&'static [&'static str]),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("Member must not be null"),
            Self::MinLength(n) => write!(f, "Member must have length greater than or equal to {n}"),
            Self::MaxLength(n) => write!(f, "Member must have length less than or equal to {n}"),
            Self::MinValue(n) => write!(f, "Member must have value greater than or equal to {n}"),
            Self::MaxValue(n) => write!(f, "Member must have value less than or equal to {n}"),
            Self::Pattern(p) => write!(f, "Member must satisfy regular expression pattern: {p}"),
            Self::Enum(values) => write!(f, "Member must satisfy enum value set: [{}]", values.join(", ")),
        }
    }
}

/// One broken rule: where, which, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The members' names from the input down, as AWS writes them: `tags.1.member.key`.
    pub path: String,
    pub constraint: Constraint,
    /// The value as AWS repeats it, quoted; `None` for a sensitive one.
    pub value: Option<String>,
    /// Whether the value is a scalar in a list or a map, whose rule AWS puts in brackets.
    pub element: bool,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value ")?;
        if let Some(value) = &self.value {
            write!(f, "{value} ")?;
        }
        write!(f, "at '{}' failed to satisfy constraint: ", self.path)?;
        if self.element {
            write!(f, "Member must satisfy constraint: [{}]", self.constraint)
        } else {
            write!(f, "{}", self.constraint)
        }
    }
}

impl Violation {
    /// AWS's text when this is the only violation.
    pub fn message(&self) -> String {
        validation_message(std::slice::from_ref(self))
    }
}

/// AWS's text for the violations of one input.
pub fn validation_message(violations: &[Violation]) -> String {
    let noun = if violations.len() == 1 { "error" } else { "errors" };
    let list: Vec<_> = violations.iter().map(Violation::to_string).collect();
    format!("{} validation {noun} detected: {}", violations.len(), list.join("; "))
}

/// Every rule of the shape that the value breaks, in the order of the model's members.
pub fn validate(model: &Model, shape: ShapeId, value: &Value) -> Vec<Violation> {
    let mut check = Check { model, path: Vec::new(), found: Vec::new() };
    check.value(shape, value, false);
    check.found
}

struct Check<'m> {
    model: &'m Model,
    path: Vec<String>,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn report(&mut self, constraint: Constraint, value: Option<String>, element: bool) {
        if self.found.len() < MAX_VIOLATIONS {
            self.found.push(Violation { path: self.path.join("."), constraint, value, element });
        }
    }

    fn value(&mut self, id: ShapeId, value: &Value, element: bool) {
        let shape = self.model.shape(id);
        self.constraints(shape, value, element);
        match (&shape.kind, value) {
            (Kind::Structure(structure), Value::Struct(fields)) => self.members(structure.members, fields),
            (Kind::List { member, .. }, Value::List(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.item(member.shape, format!("{}.member", i + 1), item);
                }
            }
            (Kind::Map { key, value: member, .. }, Value::Map(entries)) => {
                for (name, item) in entries {
                    self.item(key.shape, format!("{name}.key"), &Value::from(name.as_str()));
                    self.item(member.shape, format!("{name}.member"), item);
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, id: ShapeId, step: String, value: &Value) {
        if self.found.len() >= MAX_VIOLATIONS {
            return;
        }
        let scalar = !matches!(value, Value::Struct(_));
        if scalar && !matches!(value, Value::List(_) | Value::Map(_)) {
            self.value(id, value, true);
        } else {
            self.path.push(step);
            self.value(id, value, false);
            self.path.pop();
        }
    }

    fn members(&mut self, members: &'static [Member], fields: &Fields) {
        for member in members {
            self.path.push(lower_first(member.name));
            match fields.get(member.name) {
                Some(value) if *value != Value::Null => self.value(member.shape, value, false),
                _ if member.required => self.report(Constraint::Required, Some("null".to_owned()), false),
                _ => {}
            }
            self.path.pop();
        }
    }

    fn constraints(&mut self, shape: &'static Shape, value: &Value, element: bool) {
        for broken in broken(&shape.constraints, value) {
            let echo = (!shape.sensitive).then(|| format!("'{}'", echo(value)));
            self.report(broken, echo, element);
        }
    }
}

fn broken(rules: &Constraints, value: &Value) -> Vec<Constraint> {
    let mut out = Vec::new();
    match value {
        Value::Int(n) => range(rules, *n as f64, &mut out),
        Value::Float(n) => range(rules, *n, &mut out),
        Value::String(text) => {
            length(rules, text.chars().count(), &mut out);
            if let Some(pattern) = rules.pattern.filter(|p| !matches_whole(p, text)) {
                out.push(Constraint::Pattern(pattern));
            }
            if !rules.values.is_empty() && !rules.values.contains(&text.as_str()) {
                out.push(Constraint::Enum(rules.values));
            }
        }
        Value::Blob(bytes) => length(rules, bytes.len(), &mut out),
        Value::List(items) => length(rules, items.len(), &mut out),
        Value::Map(entries) => length(rules, entries.len(), &mut out),
        _ => {}
    }
    out
}

fn range(rules: &Constraints, n: f64, out: &mut Vec<Constraint>) {
    out.extend(rules.min.filter(|min| n < *min).map(Constraint::MinValue));
    out.extend(rules.max.filter(|max| n > *max).map(Constraint::MaxValue));
}

fn length(rules: &Constraints, len: usize, out: &mut Vec<Constraint>) {
    let len = len as f64;
    out.extend(rules.min.filter(|min| len < *min).map(|n| Constraint::MinLength(n as u64)));
    out.extend(rules.max.filter(|max| len > *max).map(|n| Constraint::MaxLength(n as u64)));
}

/// The models' patterns describe the whole value, as the services' own checks do.
fn matches_whole(pattern: &'static str, text: &str) -> bool {
    static COMPILED: RwLock<Option<HashMap<&'static str, Option<Regex>>>> = RwLock::new(None);
    let known = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.as_ref().and_then(|m| m.get(pattern)) {
        return regex.as_ref().is_none_or(|r| r.is_match(text).unwrap_or(false));
    }
    drop(known);
    let regex = compile_pattern(pattern);
    let matches = regex.as_ref().is_none_or(|r| r.is_match(text).unwrap_or(false));
    let mut known = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().insert(pattern, regex);
    matches
}

/// Everything beyond the basic plane, in Java's surrogate pairs and as code points.
const BEYOND_BASIC: (&str, &str) = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10FFFF}");

/// The pattern for whole values. The models' patterns are Java's, whose `\w`, `\d` and `\s`
/// are ASCII and whose characters are UTF-16.
pub fn compile_pattern(pattern: &str) -> Option<Regex> {
    let pattern = pattern.replace(BEYOND_BASIC.0, BEYOND_BASIC.1);
    let mut ascii = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('w')) => ascii.push_str("[0-9A-Za-z_]"),
            ('\\', Some('d')) => ascii.push_str("[0-9]"),
            ('\\', Some('s')) => ascii.push_str(r"[ \t\n\x0B\f\r]"),
            (c, escaped) => ascii.extend(std::iter::once(c).chain(escaped)),
        }
    }
    RegexBuilder::new(&format!("^(?:{ascii})$")).backtrack_limit(MAX_BACKTRACKS).build().ok()
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

fn echo(value: &Value) -> String {
    let mut text = render(value);
    if let Some((cut, _)) = text.char_indices().nth(MAX_ECHO) {
        text.truncate(cut);
    }
    text
}

fn render(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::String(text) => text.clone(),
        Value::Timestamp(t) => t.iso8601(),
        Value::List(items) => format!("[{}]", render_all(items.iter().map(render))),
        Value::Map(map) => {
            format!("{{{}}}", render_all(map.iter().map(|(k, v)| format!("{k}={}", render(v)))))
        }
        Value::Struct(_) => "{}".to_owned(),
        Value::Blob(bytes) => format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len()),
        Value::Document(document) => document.to_string(),
    }
}

fn render_all(items: impl Iterator<Item = String>) -> String {
    items.take(MAX_VIOLATIONS).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::load::load;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(input: &[(&'static str, Value)], want: Expect) {
        let member = |shape: &str| json!({"shape": shape});
        let document = json!({
            "metadata": {"protocol": "json"},
            "operations": {"Op": {"input": {"shape": "In"}}},
            "shapes": {
                "In": {"type": "structure", "required": ["RoleName"], "members": {
                    "RoleName": member("Name"), "MemorySize": member("Size"), "Tags": member("Tags"),
                    "Secret": member("Secret"), "Mode": member("Mode"), "Names": member("Names"),
                }},
                "Name": {"type": "string", "min": 1, "max": 4, "pattern": "[\\w+=,.@-]+"},
                "Names": {"type": "list", "member": {"shape": "Name"}},
                "Size": {"type": "integer", "min": 128, "max": 10240},
                "Tags": {"type": "list", "max": 1, "member": {"shape": "Tag"}},
                "Tag": {"type": "structure", "required": ["Key"], "members": {"Key": member("Name")}},
                "Secret": {"type": "string", "sensitive": true, "min": 8},
                "Mode": {"type": "string", "enum": ["Active", "PassThrough"]},
            },
        });
        let model = load(&document, &["Op"]).unwrap();
        let fields: Fields = input.iter().cloned().collect();
        let violations = validate(&model, model.operations[0].input.unwrap(), &Value::Struct(fields));
        want.assert_eq(&if violations.is_empty() { String::new() } else { validation_message(&violations) });
    }

    #[test]
    fn violations_read_as_aws_writes_them() {
        let name = ("RoleName", Value::from("ok"));
        let tag = |key: &str| Value::Struct([("Key", Value::from(key))].into_iter().collect());
        check(std::slice::from_ref(&name), expect![[""]]);
        check(
            &[],
            expect![[
                "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"
            ]],
        );
        check(
            &[("RoleName", Value::from(""))],
            expect![[
                r#"2 validation errors detected: Value '' at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"#
            ]],
        );
        check(
            &[("RoleName", Value::from("a b"))],
            expect![[
                r#"1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"#
            ]],
        );
        check(
            &[("RoleName", Value::from("é"))],
            expect![[
                r#"1 validation error detected: Value 'é' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"#
            ]],
        );
        check(
            &[name.clone(), ("MemorySize", Value::Int(64))],
            expect![
                "1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"
            ],
        );
        check(
            &[name.clone(), ("Mode", Value::from("On"))],
            expect![
                "1 validation error detected: Value 'On' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]"
            ],
        );
        check(
            &[name.clone(), ("Secret", Value::from("hunter2"))],
            expect![
                "1 validation error detected: Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 8"
            ],
        );
        check(
            &[name.clone(), ("Tags", Value::List(vec![tag("a"), tag("")]))],
            expect![[
                r#"3 validation errors detected: Value '[{}, {}]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 1; Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"#
            ]],
        );
        check(
            &[name, ("Names", Value::List(vec![Value::from("a"), Value::from("a b")]))],
            expect![[
                r#"1 validation error detected: Value 'a b' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy regular expression pattern: [\w+=,.@-]+]"#
            ]],
        );
    }
}
