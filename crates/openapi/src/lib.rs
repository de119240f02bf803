//! OpenAPI 3.0 and Swagger 2.0 as API Gateway reads and writes them: a document becomes a plain
//! [`Definition`] of an API, and a definition becomes a document again, always in the same order.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>
//!
//! Nothing here knows what an API may be: a service takes a definition through the same checks as a
//! call. What is read costs a bounded amount, YAML's aliases included.

mod definition;
mod document;
mod read;
mod references;
#[cfg(feature = "testing")]
pub mod testing;
mod write;
mod yaml_read;
mod yaml_write;

pub use definition::{
    ANY, Authorization, Authorizer, Cors, DEFAULT_RESPONSE, Definition, Endpoint, GatewayResponse,
    Integration, IntegrationResponse, Method, Response, Texts, Validator,
};
pub use document::{DOCUMENT_BYTES, Document, Malformed};
pub use read::Read;
pub use references::with_references;
pub use write::{Extensions, Format, Place, document};
pub use yaml_write::yaml;

use serde_json::Value as Json;

type Object = serde_json::Map<String, Json>;

/// Which of API Gateway's two kinds of HTTP APIs a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Rest,
    Http,
}

/// A document's text in JSON.
pub fn json(document: &Json) -> String {
    format!("{document:#}")
}
