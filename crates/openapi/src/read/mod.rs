//! From a document to a definition.

mod integration;
mod models;
mod operation;
mod security;
mod top;

use crate::definition::{Definition, Texts};
use crate::document::{DOCUMENT_BYTES, Document, Malformed};
use crate::references::REFERENCE;
use crate::{Flavour, Object};
use models::Models;
use security::Schemes;
pub(crate) use security::{API_KEY_HEADER, AUTH_TYPE, AUTHORIZER, SIGNED};
use serde_json::Value as Json;

/// A definition, and what in its document was passed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub definition: Definition,
    pub warnings: Vec<String>,
}

/// Most warnings that are told.
const WARNINGS: usize = 100;
/// How many references may lead to a part.
const HOPS: usize = 8;
/// Bytes of parts that stand in a document once and are read again: where references lead, and what holds for
/// each method that says nothing else. What is written once and read a thousand times is no bigger than this.
const READ_AGAIN: usize = 8 * DOCUMENT_BYTES;
/// What a value weighs beside its text.
const VALUE_BYTES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Swagger,
    OpenApi,
}

struct Reader<'d> {
    root: &'d Json,
    form: Form,
    flavour: Flavour,
    models: Models<'d>,
    schemes: Schemes,
    warnings: Vec<String>,
    /// Of [`READ_AGAIN`], what is left; none once it was not enough.
    left: Option<usize>,
    /// What each method costs by what the document says for all.
    of_each_method: usize,
}

impl Document {
    /// # Errors
    /// When the document is of another kind, or has an integration that is none.
    pub fn read(&self, flavour: Flavour) -> Result<Read, Malformed> {
        let form = form(&self.root).ok_or(Malformed::Version)?;
        if form == Form::Swagger && flavour == Flavour::Http {
            return Err(Malformed::Version);
        }
        let mut reader = Reader {
            root: &self.root,
            form,
            flavour,
            models: Models::of(&self.root, form),
            schemes: Schemes::default(),
            warnings: Vec::new(),
            left: Some(READ_AGAIN),
            of_each_method: 0,
        };
        let definition = reader.definition()?;
        if reader.left.is_none() {
            return Err(Malformed::TooMuch);
        }
        Ok(Read { definition, warnings: reader.warnings })
    }
}

fn form(root: &Json) -> Option<Form> {
    let version = |name| root.get(name).and_then(plain);
    match (version("swagger"), version("openapi")) {
        (Some(version), None) if version == "2.0" => Some(Form::Swagger),
        (None, Some(version)) if version == "3.0" || version.starts_with("3.0.") => Some(Form::OpenApi),
        _ => None,
    }
}

impl<'d> Reader<'d> {
    fn warn(&mut self, text: impl Into<String>) {
        if self.warnings.len() < WARNINGS {
            self.warnings.push(text.into());
        }
    }

    /// What a part is, itself or by the references that it is.
    fn resolved(&mut self, part: &'d Json) -> Option<&'d Json> {
        let mut at = part;
        for _ in 0..HOPS {
            let Some(reference) = at.get(REFERENCE).and_then(Json::as_str) else {
                let is_own = std::ptr::eq(at, part);
                return (is_own || self.spends(weight(at, self.left.unwrap_or_default()))).then_some(at);
            };
            let found = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            match found {
                Some(found) => at = found,
                None => {
                    self.warn(format!("Reference '{reference}' not found. Ignoring."));
                    return None;
                }
            }
        }
        self.warn("A reference leads to too many others. Ignoring.");
        None
    }

    /// Whether so many bytes may be read again.
    fn spends(&mut self, bytes: usize) -> bool {
        self.left = self.left.and_then(|left| left.checked_sub(bytes));
        self.left.is_some()
    }

    /// Where the parts of a kind are: their places differ by form.
    fn shared(&self, swagger: &str, open_api: &str) -> Option<&'d Object> {
        let place = match self.form {
            Form::Swagger => self.root.get(swagger),
            Form::OpenApi => self.root.get("components").and_then(|components| components.get(open_api)),
        };
        place.and_then(Json::as_object)
    }
}

/// Bytes of a part, counted until they are more than `most`.
fn weight(part: &Json, most: usize) -> usize {
    let mut sum = 0;
    let mut waiting = vec![part];
    while let Some(part) = waiting.pop()
        && sum <= most
    {
        sum += VALUE_BYTES;
        match part {
            Json::String(text) => sum += text.len(),
            Json::Array(items) => waiting.extend(items),
            Json::Object(members) => {
                sum += members.keys().map(String::len).sum::<usize>();
                waiting.extend(members.values());
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
    sum
}

/// A text, number or truth value as text.
fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn text(object: &Json, name: &str) -> Option<String> {
    object.get(name).and_then(plain)
}

/// A truth value, or the text of one.
fn flag(object: &Json, name: &str) -> Option<bool> {
    match object.get(name)? {
        Json::Bool(truth) => Some(*truth),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn number(object: &Json, name: &str) -> Option<i64> {
    match object.get(name)? {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A list of texts, or one text.
fn list(object: &Json, name: &str) -> Option<Vec<String>> {
    match object.get(name)? {
        Json::Array(items) => Some(items.iter().filter_map(plain).collect()),
        one => plain(one).map(|one| vec![one]),
    }
}

/// Texts by name. None when one of them is no text.
fn texts(object: &Json, name: &str) -> Option<Texts> {
    match object.get(name) {
        None | Some(Json::Null) => Some(Texts::new()),
        Some(Json::Object(members)) => {
            members.iter().map(|(name, value)| Some((name.clone(), plain(value)?))).collect()
        }
        Some(_) => None,
    }
}
