//! JSON schema, draft 4, as API Gateway's models use it to check bodies.
//! <https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00>
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation.html>

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How deep schemas and bodies may nest together.
const DEPTH: usize = 64;
/// How many values may be compared with how many schemas.
const STEPS: usize = 200_000;
/// Bytes that a compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;
/// How models are referred to.
const MODELS: &str = "/models/";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error("the schema is not JSON: {0}")]
    NotJson(String),
    #[error("the schema is no object")]
    NotAnObject,
    #[error("malformed pattern `{0}`")]
    Pattern(String),
}

/// A schema that was read, with the models that it may refer to.
#[derive(Debug, Clone)]
pub struct Schema {
    root: Arc<Value>,
    models: BTreeMap<String, Arc<Value>>,
    patterns: HashMap<String, Regex>,
}

impl Schema {
    /// # Errors
    /// When the schema is not JSON, or has a pattern that is no regular expression.
    pub fn read<'a>(
        text: &str,
        models: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SchemaError> {
        let root = parse(text)?;
        let mut patterns = HashMap::new();
        collect(&root, &mut patterns)?;
        let mut known = BTreeMap::new();
        for (name, text) in models {
            // A model that is malformed is of no use to this one.
            if let Ok(model) = parse(text) {
                collect(&model, &mut patterns)?;
                known.insert(name.to_owned(), Arc::new(model));
            }
        }
        Ok(Self { root: Arc::new(root), models: known, patterns })
    }

    /// What is wrong with a body, if something is.
    pub fn violation(&self, body: &Value) -> Option<String> {
        let mut check = Check { schema: self, steps: 0, found: Vec::new() };
        check.value(&self.root, &self.root, body, 0);
        (!check.found.is_empty()).then(|| format!("[{}]", check.found.join(", ")))
    }

    /// The schema that a reference names, and the document that it is in.
    fn referred<'s>(&'s self, document: &'s Value, reference: &str) -> Option<(&'s Value, &'s Value)> {
        if let Some((_, name)) = reference.rsplit_once(MODELS) {
            let model: &Value = self.models.get(name)?;
            return Some((model, model));
        }
        let pointer = reference.strip_prefix('#')?;
        document.pointer(pointer).map(|found| (document, found))
    }
}

fn parse(text: &str) -> Result<Value, SchemaError> {
    let value: Value = serde_json::from_str(text).map_err(|e| SchemaError::NotJson(e.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(SchemaError::NotAnObject) }
}

/// Compiles all patterns; JSON nests at most 128 levels.
fn collect(value: &Value, patterns: &mut HashMap<String, Regex>) -> Result<(), SchemaError> {
    match value {
        Value::Object(members) => {
            let own = members.get("pattern").and_then(Value::as_str);
            let properties = members.get("patternProperties").and_then(Value::as_object);
            let keys = properties.into_iter().flat_map(Map::keys).map(String::as_str);
            for pattern in own.into_iter().chain(keys) {
                let compiled = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build();
                let compiled = compiled.map_err(|_| SchemaError::Pattern(pattern.to_owned()))?;
                patterns.insert(pattern.to_owned(), compiled);
            }
            members.values().try_for_each(|inner| collect(inner, patterns))
        }
        Value::Array(items) => items.iter().try_for_each(|inner| collect(inner, patterns)),
        _ => Ok(()),
    }
}

struct Check<'s> {
    schema: &'s Schema,
    steps: usize,
    found: Vec<String>,
}

/// Most violations that are told.
const TOLD: usize = 20;

impl<'s> Check<'s> {
    fn tell(&mut self, text: String) {
        if self.found.len() < TOLD {
            self.found.push(text);
        }
    }

    /// Whether a value fits a schema, told to nobody.
    fn fits(&mut self, document: &'s Value, schema: &'s Value, value: &Value, depth: usize) -> bool {
        let told = std::mem::take(&mut self.found);
        self.value(document, schema, value, depth + 1);
        std::mem::replace(&mut self.found, told).is_empty()
    }

    fn value(&mut self, document: &'s Value, schema: &'s Value, value: &Value, depth: usize) {
        self.steps += 1;
        if depth > DEPTH || self.steps > STEPS {
            return self.tell("the body or its schema is too deep".to_owned());
        }
        let Some(rules) = schema.as_object() else { return };
        if let Some(reference) = rules.get("$ref").and_then(Value::as_str) {
            return match self.schema.referred(document, reference) {
                Some((document, schema)) => self.value(document, schema, value, depth + 1),
                None => self.tell(format!("unresolvable reference {reference}")),
            };
        }
        if !self.has_type(rules, value) {
            return;
        }
        if let Some(allowed) = rules.get("enum").and_then(Value::as_array)
            && !allowed.iter().any(|one| same(one, value))
        {
            self.tell(format!(
                "instance value ({value}) not found in enum (possible values: {})",
                Value::from(allowed.clone())
            ));
        }
        self.combined(document, rules, value, depth);
        match value {
            Value::Object(members) => self.object(document, rules, members, depth),
            Value::Array(items) => self.array(document, rules, items, depth),
            Value::String(text) => self.text(rules, text),
            Value::Number(number) => self.number(rules, number.as_f64().unwrap_or_default()),
            _ => {}
        }
    }

    fn has_type(&mut self, rules: &Map<String, Value>, value: &Value) -> bool {
        let allowed: Vec<&str> = match rules.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        let own = type_of(value);
        let fits = allowed.iter().any(|kind| *kind == own || (*kind == "number" && own == "integer"));
        if !fits {
            let quoted: Vec<String> = allowed.iter().map(|kind| format!("\"{kind}\"")).collect();
            self.tell(format!(
                "instance type ({own}) does not match any allowed primitive type (allowed: [{}])",
                quoted.join(",")
            ));
        }
        fits
    }

    fn combined(&mut self, document: &'s Value, rules: &'s Map<String, Value>, value: &Value, depth: usize) {
        let list = |name: &str| rules.get(name).and_then(Value::as_array);
        for schema in list("allOf").into_iter().flatten() {
            self.value(document, schema, value, depth + 1);
        }
        if let Some(any) = list("anyOf")
            && !any.iter().any(|schema| self.fits(document, schema, value, depth))
        {
            self.tell(
                "instance failed to match at least one required schema among those of anyOf".to_owned(),
            );
        }
        if let Some(one) = list("oneOf") {
            let matched = one.iter().filter(|schema| self.fits(document, schema, value, depth)).count();
            if matched != 1 {
                self.tell(format!(
                    "instance failed to match exactly one schema (matched {matched} out of {})",
                    one.len()
                ));
            }
        }
        if let Some(not) = rules.get("not")
            && self.fits(document, not, value, depth)
        {
            self.tell("instance matched a schema which it should not have".to_owned());
        }
    }

    fn object(
        &mut self,
        document: &'s Value,
        rules: &'s Map<String, Value>,
        members: &Map<String, Value>,
        depth: usize,
    ) {
        let required = rules.get("required").and_then(Value::as_array).into_iter().flatten();
        let missing: Vec<String> = required
            .filter_map(Value::as_str)
            .filter(|name| !members.contains_key(*name))
            .map(|name| format!("\"{name}\""))
            .collect();
        if !missing.is_empty() {
            self.tell(format!("object has missing required properties ([{}])", missing.join(",")));
        }
        self.size(
            rules,
            "minProperties",
            "maxProperties",
            members.len(),
            "object has too few or too many properties",
        );
        let object = |name: &str| rules.get(name).and_then(Value::as_object);
        let (properties, patterns) = (object("properties"), object("patternProperties"));
        for (name, value) in members {
            let mut is_known = false;
            if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                is_known = true;
                self.value(document, schema, value, depth + 1);
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                if self.schema.patterns.get(pattern).is_some_and(|pattern| pattern.is_match(name)) {
                    is_known = true;
                    self.value(document, schema, value, depth + 1);
                }
            }
            match rules.get("additionalProperties") {
                Some(Value::Bool(false)) if !is_known => {
                    self.tell(format!(
                        "object instance has properties which are not allowed by the schema: [\"{name}\"]"
                    ));
                }
                Some(schema @ Value::Object(_)) if !is_known => {
                    self.value(document, schema, value, depth + 1)
                }
                _ => {}
            }
        }
        for (name, dependency) in object("dependencies").into_iter().flatten() {
            if !members.contains_key(name) {
                continue;
            }
            match dependency {
                Value::Array(names) => {
                    if names.iter().filter_map(Value::as_str).any(|name| !members.contains_key(name)) {
                        self.tell(format!("property \"{name}\" of object has missing property dependencies"));
                    }
                }
                schema => self.value(document, schema, &Value::Object(members.clone()), depth + 1),
            }
        }
    }

    fn array(&mut self, document: &'s Value, rules: &'s Map<String, Value>, items: &[Value], depth: usize) {
        self.size(rules, "minItems", "maxItems", items.len(), "array is too short or too long");
        if rules.get("uniqueItems") == Some(&Value::Bool(true)) {
            let mut shown: Vec<String> = items.iter().map(Value::to_string).collect();
            shown.sort_unstable();
            if shown.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
                self.tell("array must not contain duplicate elements".to_owned());
            }
        }
        match rules.get("items") {
            Some(schema @ Value::Object(_)) => {
                for item in items {
                    self.value(document, schema, item, depth + 1);
                }
            }
            Some(Value::Array(schemas)) => {
                for (item, schema) in items.iter().zip(schemas) {
                    self.value(document, schema, item, depth + 1);
                }
                let more = items.get(schemas.len()..).unwrap_or_default();
                match rules.get("additionalItems") {
                    Some(Value::Bool(false)) if !more.is_empty() => {
                        self.tell("array must not have additional items".to_owned());
                    }
                    Some(schema @ Value::Object(_)) => {
                        more.iter().for_each(|item| self.value(document, schema, item, depth + 1));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, rules: &Map<String, Value>, text: &str) {
        let length = text.chars().count();
        self.size(
            rules,
            "minLength",
            "maxLength",
            length,
            &format!("string \"{text}\" is too short or too long"),
        );
        if let Some(pattern) = rules.get("pattern").and_then(Value::as_str)
            && !self.schema.patterns.get(pattern).is_some_and(|compiled| compiled.is_match(text))
        {
            self.tell(format!("ECMA 262 regex \"{pattern}\" does not match input string \"{text}\""));
        }
    }

    fn number(&mut self, rules: &Map<String, Value>, number: f64) {
        let bound = |name: &str| rules.get(name).and_then(Value::as_f64);
        let is_exclusive = |name: &str| rules.get(name) == Some(&Value::Bool(true));
        if let Some(least) = bound("minimum")
            && (number < least || (is_exclusive("exclusiveMinimum") && number <= least))
        {
            self.tell(format!(
                "numeric instance is lower than the required minimum (minimum: {least}, found: {number})"
            ));
        }
        if let Some(most) = bound("maximum")
            && (number > most || (is_exclusive("exclusiveMaximum") && number >= most))
        {
            self.tell(format!(
                "numeric instance is greater than the required maximum (maximum: {most}, found: {number})"
            ));
        }
        if let Some(of) = bound("multipleOf").filter(|of| *of > 0.0)
            && (number / of - (number / of).round()).abs() > 1e-9
        {
            self.tell(format!("remainder of division is not zero ({number} / {of})"));
        }
    }

    fn size(&mut self, rules: &Map<String, Value>, least: &str, most: &str, size: usize, told: &str) {
        let bound =
            |name: &str| rules.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        if bound(least).is_some_and(|least| size < least) || bound(most).is_some_and(|most| size > most) {
            self.tell(told.to_owned());
        }
    }
}

/// Numbers are the same by value, whatever their spelling.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    const ORDER: &str = r##"{
        "$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["id", "lines"],
        "properties": {
            "id": {"type": "integer", "minimum": 1}, "kind": {"enum": ["a", "b"]},
            "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/line"}},
            "pet": {"$ref": "https://apigateway.amazonaws.com/restapis/x/models/Pet"}
        },
        "additionalProperties": false,
        "definitions": {"line": {"type": "object", "properties": {"sku": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 4}}}}
    }"##;
    const PET: &str =
        r#"{"type":"object","required":["name"],"properties":{"child":{"$ref":"x/models/Pet"}}}"#;

    fn check(body: Value, expected: Expect) {
        let schema = Schema::read(ORDER, [("Pet", PET)].into_iter()).unwrap();
        expected.assert_eq(&schema.violation(&body).unwrap_or_else(|| "fits".to_owned()));
    }

    #[test]
    fn bodies_fit_or_not() {
        check(json!({"id": 1, "lines": [{"sku": "AB"}], "kind": "b"}), expect!["fits"]);
        check(json!({"id": 1, "lines": [{}], "pet": {"name": "x", "child": {"name": "y"}}}), expect!["fits"]);
        check(
            json!({"id": "1", "lines": [{}]}),
            expect![[
                r#"[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]"#
            ]],
        );
        check(
            json!({"kind": "c"}),
            expect![[
                r#"[object has missing required properties (["id","lines"]), instance value ("c") not found in enum (possible values: ["a","b"])]"#
            ]],
        );
        check(
            json!({"id": 0, "lines": []}),
            expect![
                "[numeric instance is lower than the required minimum (minimum: 1, found: 0), array is too short or too long]"
            ],
        );
        check(
            json!({"id": 1, "lines": [{"sku": "ab"}], "x": 1}),
            expect![[
                r#"[ECMA 262 regex "^[A-Z]+$" does not match input string "ab", object instance has properties which are not allowed by the schema: ["x"]]"#
            ]],
        );
        check(
            json!({"id": 1, "lines": [{}], "pet": {"name": "x", "child": {}}}),
            expect![[r#"[object has missing required properties (["name"])]"#]],
        );
        check(
            json!([]),
            expect![[
                r#"[instance type (array) does not match any allowed primitive type (allowed: ["object"])]"#
            ]],
        );
    }

    fn one(schema: &Value, body: &Value) -> bool {
        Schema::read(&schema.to_string(), std::iter::empty()).unwrap().violation(body).is_none()
    }

    #[test]
    fn every_keyword_says_yes_and_no() {
        for (schema, yes, no) in [
            (json!({"type": ["string", "null"]}), json!(null), json!(1)),
            (json!({"type": "number"}), json!(1), json!("1")),
            (json!({"anyOf": [{"type": "string"}, {"minimum": 5}]}), json!(6), json!(4)),
            (json!({"oneOf": [{"minimum": 5}, {"maximum": 7}]}), json!(8), json!(6)),
            (json!({"allOf": [{"minimum": 5}, {"maximum": 7}]}), json!(6), json!(8)),
            (json!({"not": {"type": "string"}}), json!(1), json!("x")),
            (json!({"minimum": 5, "exclusiveMinimum": true}), json!(6), json!(5)),
            (json!({"maximum": 5, "exclusiveMaximum": true}), json!(4), json!(5)),
            (json!({"multipleOf": 0.1}), json!(0.3), json!(0.35)),
            (json!({"uniqueItems": true}), json!([1, 2]), json!([1, 1])),
            (json!({"items": [{"type": "string"}], "additionalItems": false}), json!(["a"]), json!(["a", 1])),
            (json!({"minProperties": 1, "maxProperties": 1}), json!({"a": 1}), json!({})),
            (
                json!({"patternProperties": {"^x-": {"type": "integer"}}}),
                json!({"x-a": 1, "y": "z"}),
                json!({"x-a": "z"}),
            ),
            (json!({"additionalProperties": {"type": "integer"}}), json!({"a": 1}), json!({"a": "1"})),
            (json!({"dependencies": {"a": ["b"]}}), json!({"a": 1, "b": 2}), json!({"a": 1})),
            (json!({"enum": [1.0]}), json!(1), json!(2)),
        ] {
            assert!(one(&schema, &yes), "{schema} allows {yes}");
            assert!(!one(&schema, &no), "{schema} refuses {no}");
        }
    }

    #[test]
    fn what_refers_to_itself_ends() {
        let schema = Schema::read(r##"{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}"##, std::iter::empty()).unwrap();
        assert!(schema.violation(&json!({})).is_some());
        for (text, expected) in
            [("[]", SchemaError::NotAnObject), (r#"{"pattern":"("}"#, SchemaError::Pattern("(".to_owned()))]
        {
            assert_eq!(Schema::read(text, std::iter::empty()).err(), Some(expected));
        }
    }
}
