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
/// Lists within lists that are looked into; what is deeper is not repeated.
const MAX_SENSITIVE_DEPTH: usize = 8;
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
    /// Where the value is a list or a map: its scalars that broke the rule.
    pub part: Option<Part>,
}

/// The scalars of a list or a map. AWS repeats the whole list or map and tells all the rules
/// that its scalars have, whichever one was broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub kind: PartKind,
    pub rules: Vec<Constraint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    Item,
    Key,
    MapValue,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rules: Vec<_> = self.rules.iter().map(Constraint::to_string).collect();
        let whose = match self.kind {
            PartKind::Item => {
                rules.push(Constraint::Required.to_string());
                "Member"
            }
            PartKind::Key => "Map keys",
            PartKind::MapValue => "Map value",
        };
        write!(f, "{whose} must satisfy constraint: [{}]", rules.join(", "))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value ")?;
        if let Some(value) = &self.value {
            write!(f, "{value} ")?;
        }
        write!(f, "at '{}' failed to satisfy constraint: ", self.path)?;
        match &self.part {
            Some(part) => part.fmt(f),
            None => self.constraint.fmt(f),
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
    check.value(shape, value);
    check.found
}

struct Check<'m> {
    model: &'m Model,
    path: Vec<String>,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn report(&mut self, constraint: Constraint, value: Option<String>, part: Option<Part>) {
        if self.found.len() < MAX_VIOLATIONS {
            self.found.push(Violation { path: self.path.join("."), constraint, value, part });
        }
    }

    fn value(&mut self, id: ShapeId, value: &Value) {
        let shape = self.model.shape(id);
        for broken in broken(&shape.constraints, value) {
            self.report(broken, self.told(id, value), None);
        }
        match (&shape.kind, value) {
            (Kind::Structure(structure), Value::Struct(fields)) => self.members(structure.members, fields),
            (Kind::List { member, .. }, Value::List(items)) => {
                self.part(PartKind::Item, member.shape, items.iter(), (id, value));
                for (i, item) in items.iter().enumerate() {
                    self.item(member.shape, item, || format!("{}.member", i + 1));
                }
            }
            (Kind::Map { key, value: member, .. }, Value::Map(entries)) => {
                let keys: Vec<_> = entries.keys().map(|k| Value::from(k.as_str())).collect();
                self.part(PartKind::Key, key.shape, keys.iter(), (id, value));
                self.part(PartKind::MapValue, member.shape, entries.values(), (id, value));
                for (name, item) in entries {
                    self.item(member.shape, item, || format!("{name}.member"));
                }
            }
            _ => {}
        }
    }

    /// The value as AWS repeats it, unless it or a part of it that would be shown is sensitive.
    fn told(&self, id: ShapeId, value: &Value) -> Option<String> {
        (!self.is_sensitive(id, 0)).then(|| quoted(value))
    }

    /// Structures are shown without their members, so only lists and maps are looked into.
    fn is_sensitive(&self, id: ShapeId, depth: usize) -> bool {
        let shape = self.model.shape(id);
        let part = |member: &Member| self.is_sensitive(member.shape, depth + 1);
        shape.sensitive
            || depth > MAX_SENSITIVE_DEPTH
            || match &shape.kind {
                Kind::List { member, .. } => part(member),
                Kind::Map { key, value, .. } => part(key) || part(value),
                _ => false,
            }
    }

    /// The scalars of a list or a map: at most one violation, which is about the whole.
    fn part<'v>(
        &mut self,
        kind: PartKind,
        id: ShapeId,
        mut scalars: impl Iterator<Item = &'v Value>,
        (whole, value): (ShapeId, &Value),
    ) {
        let shape = self.model.shape(id);
        let first = scalars
            .find_map(|v| (!is_nested(v)).then(|| broken(&shape.constraints, v).into_iter().next())?);
        if let Some(constraint) = first {
            self.report(constraint, self.told(whole, value), Some(Part { kind, rules: rules_of(shape) }));
        }
    }

    /// A structure, list or map in a list or map.
    fn item(&mut self, id: ShapeId, value: &Value, step: impl FnOnce() -> String) {
        if is_nested(value) && self.found.len() < MAX_VIOLATIONS {
            self.path.push(step());
            self.value(id, value);
            self.path.pop();
        }
    }

    fn members(&mut self, members: &'static [Member], fields: &Fields) {
        for member in members {
            self.path.push(lower_first(member.name));
            match fields.get(member.name) {
                Some(value) if *value != Value::Null => self.value(member.shape, value),
                _ if member.required => self.report(Constraint::Required, Some("null".to_owned()), None),
                _ => {}
            }
            self.path.pop();
        }
    }
}

fn is_nested(value: &Value) -> bool {
    matches!(value, Value::Struct(_) | Value::List(_) | Value::Map(_))
}

/// Every rule of a scalar shape, in the order in which AWS lists them.
fn rules_of(shape: &Shape) -> Vec<Constraint> {
    let Constraints { min, max, pattern, values } = shape.constraints;
    let number = matches!(shape.kind, Kind::Integer | Kind::Long | Kind::Float | Kind::Double);
    let least = |n: f64| if number { Constraint::MinValue(n) } else { Constraint::MinLength(n as u64) };
    let most = |n: f64| if number { Constraint::MaxValue(n) } else { Constraint::MaxLength(n as u64) };
    let values = (!values.is_empty()).then_some(Constraint::Enum(values));
    [max.map(most), min.map(least), pattern.map(Constraint::Pattern), values].into_iter().flatten().collect()
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

/// The value as AWS repeats it, cut where a hostile one would go on.
fn quoted(value: &Value) -> String {
    let mut text = render(value);
    if let Some((cut, _)) = text.char_indices().nth(MAX_ECHO) {
        text.truncate(cut);
    }
    format!("'{text}'")
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
                    "Modes": member("Modes"), "Sizes": member("Sizes"), "Secrets": member("Secrets"),
                }},
                "Name": {"type": "string", "min": 1, "max": 4, "pattern": "[\\w+=,.@-]+"},
                "Names": {"type": "list", "member": {"shape": "Name"}},
                "Modes": {"type": "list", "member": {"shape": "Mode"}},
                "Sizes": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Size"}},
                "Secrets": {"type": "list", "member": {"shape": "Secret"}},
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
            &[name.clone(), ("Names", Value::List(["a", "a b", ""].map(Value::from).to_vec()))],
            expect![[
                r#"1 validation error detected: Value '[a, a b, ]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\w+=,.@-]+, Member must not be null]"#
            ]],
        );
        check(
            &[name.clone(), ("Modes", Value::List(vec![Value::from("Off")]))],
            expect![
                "1 validation error detected: Value '[Off]' at 'modes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [Active, PassThrough], Member must not be null]"
            ],
        );
        let sizes = [("abcde".to_owned(), Value::Int(1))].into_iter().collect();
        check(
            &[name.clone(), ("Sizes", Value::Map(sizes))],
            expect![[
                r#"2 validation errors detected: Value '{abcde=1}' at 'sizes' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\w+=,.@-]+]; Value '{abcde=1}' at 'sizes' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 10240, Member must have value greater than or equal to 128]"#
            ]],
        );
        check(
            &[name, ("Secrets", Value::List(vec![Value::from("hunter2")]))],
            expect![
                "1 validation error detected: Value at 'secrets' failed to satisfy constraint: Member must satisfy constraint: [Member must have length greater than or equal to 8, Member must not be null]"
            ],
        );
    }
}
