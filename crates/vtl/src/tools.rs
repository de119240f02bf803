//! `$input` and `$util`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>

use crate::heap::{Map, Value};
use crate::render::Render;
use crate::{Json, JsonPath, TemplateError, escape};
use std::collections::BTreeMap;
use std::rc::Rc;

impl Render<'_> {
    pub fn call_input(&mut self, name: &str, arguments: &[Value]) -> Result<Option<Value>, TemplateError> {
        let argument = match arguments.first() {
            Some(argument) => Some(self.heap.show(argument, &mut self.budget)?),
            None => None,
        };
        Ok(match (name, argument.as_deref()) {
            ("body", None) => Some(self.body_text()),
            ("json", path) => {
                let text = match self.find(path.unwrap_or("$"))? {
                    Some(found) => found.to_string(),
                    // As AWS has it: nothing is empty text.
                    None => "\"\"".to_owned(),
                };
                self.budget.spend(text.len())?;
                Some(Value::text(text))
            }
            ("path", path) => Some(match self.find(path.unwrap_or("$"))? {
                Some(found) => self.heap.take_in(&found, &mut self.budget)?,
                None => Value::text(""),
            }),
            ("params", None) => Some(self.all_params()),
            ("params", Some(name)) => Some(Value::text(self.param(name))),
            _ => None,
        })
    }

    pub fn body_text(&self) -> Value {
        Value::text(if self.data.body.is_empty() { "{}" } else { self.data.body })
    }

    fn find(&mut self, path: &str) -> Result<Option<Json>, TemplateError> {
        let path = JsonPath::parse(path)?;
        let body = match &self.body {
            Some(body) => body.clone(),
            None => {
                let text = if self.data.body.is_empty() { "{}" } else { self.data.body };
                let body = Json::parse(text).map_err(|error| TemplateError::Body(error.to_string()))?;
                self.body.insert(Rc::new(body)).clone()
            }
        };
        let (found, seen) = path.find_counting(&body)?;
        self.budget.spend(seen.saturating_mul(8))?;
        Ok(found)
    }

    /// A parameter of the path, else of the query, else a header.
    fn param(&self, name: &str) -> &str {
        let params = self.data.params;
        let of_header =
            || params.header.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let found = params.path.get(name).or_else(|| params.querystring.get(name)).or_else(of_header);
        found.map_or("", String::as_str)
    }

    fn all_params(&mut self) -> Value {
        let params = self.data.params;
        let mut map = |values: &BTreeMap<String, String>| {
            let entries = values.iter().map(|(n, v)| (n.as_str().into(), Value::text(v.as_str()))).collect();
            self.heap.new_map(entries)
        };
        let (path, query, header) = (map(&params.path), map(&params.querystring), map(&params.header));
        let kinds = [("path", path), ("querystring", query), ("header", header)];
        self.heap.new_map(kinds.into_iter().map(|(kind, values)| (Rc::from(kind), values)).collect())
    }

    pub fn call_util(&mut self, name: &str, arguments: &[Value]) -> Result<Option<Value>, TemplateError> {
        let [argument] = arguments else { return Ok(None) };
        let text = self.heap.show(argument, &mut self.budget)?;
        // What is made is at most six times as long.
        self.budget.spend(text.len().saturating_mul(6))?;
        let made = match name {
            "escapeJavaScript" => escape::java_script(&text),
            "urlEncode" => escape::url_encode(&text),
            "urlDecode" => escape::url_decode(&text),
            "base64Encode" => escape::base64_encode(&text),
            "base64Decode" => escape::base64_decode(&text)?,
            "parseJson" => {
                let parsed = Json::parse(&text).map_err(|e| TemplateError::ParseJson(e.to_string()))?;
                return self.heap.take_in(&parsed, &mut self.budget).map(Some);
            }
            _ => return Ok(None),
        };
        if made.len() > crate::OUTPUT_BYTES {
            return Err(TemplateError::TooMuchOutput);
        }
        Ok(Some(Value::text(made)))
    }

    /// `$context` or `$stageVariables`: a map whose missing members are empty text.
    pub fn lenient(&mut self, json: &Json) -> Value {
        // The gateway made it; it costs the template nothing.
        let mut budget = crate::budget::Budget::new();
        let value = self.heap.take_in(json, &mut budget).unwrap_or(Value::Null);
        self.heap.make_lenient(&value);
        value
    }

    /// The map at a member of a map, made if it is not there: a template may set
    /// `$context.responseOverride.header.x` at once.
    pub fn map_at(&mut self, id: usize, name: &str) -> Option<usize> {
        if let Some(Value::Map(found)) = self.heap.map(id)?.get(name) {
            return Some(*found);
        }
        let Value::Map(made) = self.heap.new_map(Vec::new()) else { return None };
        if let Some(Map { is_lenient, .. }) = self.heap.map_mut(made) {
            *is_lenient = true;
        }
        self.heap.map_mut(id)?.put(name, Value::Map(made));
        Some(made)
    }
}
