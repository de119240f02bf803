//! What a template works with. Lists and maps live in a heap and are named by their place in it,
//! for two variables may hold the same list, and what one changes the other sees.

use crate::budget::{Budget, VALUE_DEPTH};
use crate::json::shown;
use crate::{Json, OUTPUT_BYTES, TemplateError};
use regex::Regex;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(usize),
    Map(usize),
    /// `$input`.
    Input,
    /// `$util`.
    Util,
    /// `$foreach`: how many loops are around.
    Loop(usize),
}

impl Value {
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub fn count(n: usize) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

#[derive(Debug, Default)]
pub struct List {
    pub items: Vec<Value>,
    /// Came from JSON and is shown as such.
    pub is_json: bool,
}

#[derive(Debug, Default)]
pub struct Map {
    pub entries: Vec<(Rc<str>, Value)>,
    /// A member that is not there is empty text: `$context` and `$stageVariables`.
    pub is_lenient: bool,
}

impl Map {
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(k, _)| **k == *key).map(|(_, value)| value)
    }

    /// Puts a value in the place of one of the same key; the old one.
    pub fn put(&mut self, key: &str, value: Value) -> Value {
        match self.entries.iter_mut().find(|(k, _)| **k == *key) {
            Some((_, old)) => std::mem::replace(old, value),
            None => {
                self.entries.push((key.into(), value));
                Value::Null
            }
        }
    }

    pub fn remove(&mut self, key: &str) -> Value {
        match self.entries.iter().position(|(k, _)| **k == *key) {
            Some(at) => self.entries.remove(at).1,
            None => Value::Null,
        }
    }
}

#[derive(Debug, Default)]
pub struct Heap {
    /// Regular expressions by their text.
    pub patterns: HashMap<String, Regex>,
    lists: Vec<List>,
    maps: Vec<Map>,
}

impl Heap {
    pub fn list(&self, id: usize) -> &[Value] {
        self.lists.get(id).map(|list| list.items.as_slice()).unwrap_or_default()
    }

    pub fn list_mut(&mut self, id: usize) -> Option<&mut List> {
        self.lists.get_mut(id)
    }

    pub fn map(&self, id: usize) -> Option<&Map> {
        self.maps.get(id)
    }

    pub fn map_mut(&mut self, id: usize) -> Option<&mut Map> {
        self.maps.get_mut(id)
    }

    pub fn new_list(&mut self, items: Vec<Value>) -> Value {
        self.lists.push(List { items, is_json: false });
        Value::List(self.lists.len() - 1)
    }

    pub fn new_map(&mut self, entries: Vec<(Rc<str>, Value)>) -> Value {
        self.maps.push(Map { entries, is_lenient: false });
        Value::Map(self.maps.len() - 1)
    }

    /// JSON as values; it is at most 128 levels deep.
    pub fn take_in(&mut self, json: &Json, budget: &mut Budget) -> Result<Value, TemplateError> {
        budget.spend(0)?;
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(bool) => Value::Bool(*bool),
            Json::Int(int) => Value::Int(*int),
            Json::Float(float) => Value::Float(*float),
            Json::Text(text) => {
                budget.spend(text.len())?;
                Value::text(text.as_str())
            }
            Json::List(items) => {
                let items = items.iter().map(|item| self.take_in(item, budget)).collect::<Result<_, _>>()?;
                self.lists.push(List { items, is_json: true });
                Value::List(self.lists.len() - 1)
            }
            Json::Object(members) => {
                let entry = |(name, value): &(String, Json)| {
                    Ok::<_, TemplateError>((name.as_str().into(), self.take_in(value, budget)?))
                };
                let entries = members.iter().map(entry).collect::<Result<_, _>>()?;
                self.new_map(entries)
            }
        })
    }

    /// Makes a map, and the maps in it, give empty text for members that are not there.
    pub fn make_lenient(&mut self, value: &Value) {
        let Value::Map(id) = value else { return };
        let Some(map) = self.maps.get_mut(*id) else { return };
        map.is_lenient = true;
        let inner: Vec<Value> = map.entries.iter().map(|(_, value)| value.clone()).collect();
        inner.iter().for_each(|value| self.make_lenient(value));
    }

    /// The value as JSON.
    pub fn json(&self, value: &Value, budget: &mut Budget) -> Result<Json, TemplateError> {
        self.json_at(value, budget, 0)
    }

    fn json_at(&self, value: &Value, budget: &mut Budget, depth: usize) -> Result<Json, TemplateError> {
        budget.spend(0)?;
        if depth > VALUE_DEPTH {
            return Err(TemplateError::TooDeep);
        }
        Ok(match value {
            Value::Null => Json::Null,
            Value::Bool(bool) => Json::Bool(*bool),
            Value::Int(int) => Json::Int(*int),
            Value::Float(float) => Json::Float(*float),
            Value::Text(text) => {
                budget.spend(text.len())?;
                Json::Text(text.to_string())
            }
            Value::List(id) => {
                let items = self.list(*id).iter().map(|item| self.json_at(item, budget, depth + 1));
                Json::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(id) => {
                let mut members = Vec::new();
                for (key, value) in self.map(*id).into_iter().flat_map(|map| &map.entries) {
                    members.push((key.to_string(), self.json_at(value, budget, depth + 1)?));
                }
                Json::Object(members)
            }
            Value::Input | Value::Util | Value::Loop(_) => Json::Text(String::new()),
        })
    }

    /// The value as text, as Java writes it: `{a=1, b=[...]}`. Nothing has no text.
    pub fn show(&self, value: &Value, budget: &mut Budget) -> Result<Rc<str>, TemplateError> {
        if let Value::Text(text) = value {
            budget.spend(text.len())?;
            return Ok(text.clone());
        }
        let mut text = String::new();
        self.show_at(value, &mut text, budget, 0)?;
        Ok(text.into())
    }

    fn show_at(
        &self,
        value: &Value,
        out: &mut String,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<(), TemplateError> {
        budget.spend(0)?;
        if depth > VALUE_DEPTH {
            return Err(TemplateError::TooDeep);
        }
        if out.len() > OUTPUT_BYTES {
            return Err(TemplateError::TooMuchOutput);
        }
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
            Value::Int(int) => out.push_str(&int.to_string()),
            Value::Float(float) => out.push_str(&shown(*float)),
            Value::Text(text) => {
                budget.spend(text.len())?;
                out.push_str(text);
            }
            Value::List(id) if self.lists.get(*id).is_some_and(|list| list.is_json) => {
                let json = self.json_at(value, budget, depth)?.to_string();
                budget.spend(json.len())?;
                out.push_str(&json);
            }
            Value::List(id) => {
                out.push('[');
                for (index, item) in self.list(*id).iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    self.show_at(item, out, budget, depth + 1)?;
                }
                out.push(']');
            }
            Value::Map(id) => {
                out.push('{');
                let entries = self.map(*id).into_iter().flat_map(|map| &map.entries);
                for (index, (key, value)) in entries.enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    out.push_str(key);
                    out.push('=');
                    self.show_at(value, out, budget, depth + 1)?;
                }
                out.push('}');
            }
            Value::Input => out.push_str("$input"),
            Value::Util => out.push_str("$util"),
            Value::Loop(_) => out.push_str("$foreach"),
        }
        Ok(())
    }
}
