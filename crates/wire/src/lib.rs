//! AWS's wire protocols as data transformations: a schema per service (generated, static),
//! one codec per protocol, and a neutral [`Value`] between. No I/O, no service's name.
//! <https://smithy.io/2.0/aws/protocols/index.html>

mod codec;
mod error;
pub mod event_stream;
pub mod http;
pub mod record;
pub mod schema;
mod validate;
mod value;

pub use codec::{decode_input, encode_error, encode_output};
pub use error::{DecodeError, ErrorReply, Fault};
pub use record::{Mismatch, Record};
pub use validate::{Constraint, Part, PartKind, Violation, compile_pattern, validate, validation_message};
pub use value::{Fields, Value};

/// A free-form value (Smithy's document type).
pub use serde_json::Value as Document;

use schema::{Model, Operation};

/// An operation as a type: what it takes, what it gives, and where its schema is.
pub trait OperationShape {
    type Input: Record + std::fmt::Debug + Send + Sync + 'static;
    type Output: Record + std::fmt::Debug + Send + Sync + 'static;
    const OPERATION: &'static Operation;
    const MODEL: &'static Model;
}
