//! From a definition to a document.

mod integration;
mod operation;
mod security;
mod top;

use crate::definition::{Definition, Texts};
use crate::references::{MODELS, with_references};
use crate::{Flavour, Object};
use security::Schemes;
use serde_json::{Value as Json, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Swagger 2.0.
    Swagger,
    /// OpenAPI 3.0.
    OpenApi,
}

/// Which of AWS's extensions a document has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extensions {
    pub integrations: bool,
    pub authorizers: bool,
    /// What the API itself has: its policy, and where it answers.
    pub api: bool,
}

impl Extensions {
    pub const ALL: Self = Self { integrations: true, authorizers: true, api: true };
}

/// Where the API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub host: String,
    /// With its first slash, or empty.
    pub base_path: String,
}

struct Writer<'d> {
    definition: &'d Definition,
    format: Format,
    flavour: Flavour,
    extensions: Extensions,
    schemes: Schemes,
}

/// The document of an API. An HTTP API's is one of OpenAPI 3.0.
pub fn document(
    definition: &Definition,
    flavour: Flavour,
    format: Format,
    extensions: Extensions,
    place: &Place,
) -> Json {
    let schemes = Schemes::of(definition);
    Writer { definition, format, flavour, extensions, schemes }.document(place)
}

impl Writer<'_> {
    fn reference_to_models(&self) -> &'static str {
        match self.format {
            Format::Swagger => "#/definitions/",
            Format::OpenApi => "#/components/schemas/",
        }
    }

    fn model(&self, name: &str) -> Json {
        json!({ "$ref": format!("{}{name}", self.reference_to_models()) })
    }

    fn schema(&self, schema: &Json) -> Json {
        let mut schema = schema.clone();
        let place = self.reference_to_models();
        with_references(&mut schema, &|reference| {
            reference.strip_prefix(MODELS).map(|name| format!("{place}{name}"))
        });
        schema
    }
}

/// Puts a member that is there.
fn put(object: &mut Object, name: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

/// Puts texts, if there are some.
fn put_texts(object: &mut Object, name: &str, texts: &Texts) {
    if !texts.is_empty() {
        object.insert(name.to_owned(), json!(texts));
    }
}

/// Puts an object, if it has members.
fn put_object(object: &mut Object, name: &str, members: Object) {
    if !members.is_empty() {
        object.insert(name.to_owned(), Json::Object(members));
    }
}
