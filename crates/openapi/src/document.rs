//! A document's text, as a tree.

use crate::yaml_read;
use serde_json::Value as Json;

/// Bytes of a document, AWS's limit.
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html>
pub const DOCUMENT_BYTES: usize = 6 * 1024 * 1024;

/// Why something is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the document is longer than {DOCUMENT_BYTES} bytes")]
    TooLong,
    #[error("the document is not UTF-8")]
    NotText,
    #[error("the document is neither JSON nor YAML: {0}")]
    Syntax(String),
    #[error("the document nests too deep")]
    TooDeep,
    #[error("the document's aliases stand for too much")]
    TooMuch,
    #[error("the document is no object")]
    NotAnObject,
    #[error("the document is neither of Swagger 2.0 nor of OpenAPI 3.0")]
    Version,
    #[error("malformed integration at path {0}")]
    Integration(String),
    #[error("malformed `{0}`")]
    Part(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(crate) root: Json,
}

impl Document {
    /// Reads JSON or YAML.
    ///
    /// # Errors
    /// When it is neither, or costs too much.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > DOCUMENT_BYTES {
            return Err(Malformed::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed::NotText)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // What begins so may still be YAML, in its flow style.
        let json = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
        let root = match json {
            Some(root) => root,
            None => yaml_read::read(text)?,
        };
        if root.is_object() { Ok(Self { root }) } else { Err(Malformed::NotAnObject) }
    }

    /// Puts values in the place of `${NAME}` in all texts.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html>
    pub fn put_variables(&mut self, variables: &[(&str, &str)]) {
        put(&mut self.root, variables);
    }
}

fn put(value: &mut Json, variables: &[(&str, &str)]) {
    match value {
        Json::String(text) => {
            for (name, value) in variables {
                let named = format!("${{{name}}}");
                if text.contains(&named) {
                    *text = text.replace(&named, value);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| put(item, variables)),
        Json::Object(members) => members.values_mut().for_each(|member| put(member, variables)),
        _ => {}
    }
}
