//! How an answer is shown: as JSON, as a table, as text for other programs; whole, or the part that a
//! JMESPath query selects. <https://jmespath.org/specification.html>

use crate::failure::Failure;
use crate::streams::say;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};
use std::io::IsTerminal;

#[derive(Args)]
pub struct Rendering {
    /// How to show the answer [default: for people]
    #[arg(long, value_enum)]
    output: Option<Output>,
    /// Show only what this JMESPath expression selects
    #[arg(long, value_name = "JMESPATH")]
    query: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Json,
    Table,
    /// Values with tabs between them
    Text,
}

impl Rendering {
    /// Prints `value` as asked for; `usual` when nothing was. False when nobody reads it any more.
    pub fn print(&self, value: Value, usual: impl FnOnce(&Value) -> String) -> Result<bool, Failure> {
        let text = match (self.output, &self.query) {
            (None, None) => usual(&value),
            (output, query) => {
                let selected = match query {
                    Some(query) => select(query, value)?,
                    None => value,
                };
                match output.unwrap_or(Output::Json) {
                    Output::Json => serde_json::to_string_pretty(&selected)? + "\n",
                    Output::Table => table(&selected),
                    Output::Text => text(&selected),
                }
            }
        };
        say(&text)
    }

    /// Prints one of many values that come one after another: JSON stays on a line of its own.
    pub fn line(&self, value: Value) -> Result<String, Failure> {
        let selected = match &self.query {
            Some(query) => select(query, value)?,
            None => value,
        };
        Ok(match self.output.unwrap_or(Output::Json) {
            Output::Json => selected.to_string() + "\n",
            Output::Table => aligned(&[members(&selected).into_iter().map(cell).collect()]),
            Output::Text => text(&selected),
        })
    }

    /// Whether nothing was asked for: the answer is for people.
    pub fn is_usual(&self) -> bool {
        self.output.is_none() && self.query.is_none()
    }

    /// Whether text was asked for and nothing selected, for answers that are a text by themselves.
    pub fn is_plain_text(&self) -> bool {
        self.output == Some(Output::Text) && self.query.is_none()
    }
}

fn select(query: &str, value: Value) -> Result<Value, Failure> {
    let refused = |error: &jmespath::JmespathError| {
        let reason = error.reason.to_string();
        Failure::new(format!("the query `{query}` does not work: {}", reason.trim()))
            .hint("https://jmespath.org/tutorial.html")
    };
    let expression = jmespath::compile(query).map_err(|error| refused(&error))?;
    let found = expression.search(value).map_err(|error| refused(&error))?;
    Ok(serde_json::to_value(&*found)?)
}

/// A list of objects is a row each, an object a row for each member.
pub fn table(value: &Value) -> String {
    let rows = match value {
        Value::Array(items) if items.iter().any(Value::is_object) => objects(items),
        Value::Array(items) => items.iter().map(|item| vec![cell(item)]).collect(),
        Value::Object(members) => members.iter().map(|(name, v)| vec![name.clone(), cell(v)]).collect(),
        single => vec![vec![cell(single)]],
    };
    aligned(&rows)
}

/// The members that say which thing a row is about stand first.
const NAMES: [&str; 4] = ["name", "account", "runtime", "service"];

/// A head with the members' names, and a row for each object.
fn objects(items: &[Value]) -> Vec<Vec<String>> {
    let mut names: Vec<&str> = Vec::new();
    for name in items.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| !NAMES.contains(name));
    let row = |item: &Value| names.iter().map(|name| item.get(name).map_or_else(String::new, cell)).collect();
    let head = names.iter().map(|name| name.to_uppercase()).collect();
    std::iter::once(head).chain(items.iter().map(row)).collect()
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.replace(['\n', '\t'], " "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Tabs between values; a line for each object and list.
fn text(value: &Value) -> String {
    let scalar = |v: &&Value| !v.is_object() && !v.is_array();
    let children = members(value);
    let line: Vec<String> = children.iter().copied().filter(scalar).map(cell).collect();
    let mut lines = if line.is_empty() { String::new() } else { line.join("\t") + "\n" };
    lines.extend(children.iter().filter(|v| !scalar(v)).map(|v| text(v)));
    lines
}

fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        single => vec![single],
    }
}

/// Colours, for terminals only.
#[derive(Clone, Copy)]
pub enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
}

/// `text` in the colour, if `stream` is a terminal whose user did not say `NO_COLOR`
/// (<https://no-color.org>).
pub fn paint(stream: &impl IsTerminal, colour: Colour, text: &str) -> String {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if unwanted || !stream.is_terminal() {
        return text.to_owned();
    }
    format!("\x1b[{}m{text}\x1b[0m", colour as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_query_selects_from_the_answer() {
        let answer = json!({ "list": [{ "name": "a", "n": 1 }, { "name": "b", "n": 22 }] });
        let selected = |query: &str| select(query, answer.clone()).map_err(|f| f.message);
        assert_eq!(selected("list[?n>`1`].name"), Ok(json!(["b"])));
        assert_eq!(selected("nothing"), Ok(Value::Null));
        assert!(selected("list[").is_err_and(|e| e.starts_with("the query `list[` does not work: ")));
        assert!(selected("length(`1`)").is_err());
    }

    #[test]
    fn tables_align_and_text_has_tabs() {
        let list = json!([{ "n": 1, "name": "a" }, { "name": "bcd", "x": [1, 2] }]);
        assert_eq!(table(&list), "NAME  N  X\na     1\nbcd      [1,2]\n");
        assert_eq!(text(&list), "1\ta\nbcd\n1\t2\n");
        assert_eq!(table(&json!({ "a": "x\ny" })), "a  x y\n");
        assert_eq!(text(&json!("one")), "one\n");
        assert_eq!(table(&json!([])), "");
    }
}
