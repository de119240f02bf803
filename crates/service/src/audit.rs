//! What the pipeline tells whoever keeps the record of calls.

use crate::{Call, Secret, ServiceError};
use wire::Value;
use wire::schema::{Model, Operation};

/// Keeps the record of calls.
pub trait Audit: Send + Sync {
    /// Takes down what was said, before the operation or the codec consumes it. An audit that
    /// keeps no parameters leaves this as it is, and nothing is copied for it.
    fn note(&self, _said: Said<'_>) -> Option<Noted> {
        None
    }

    fn record(&self, event: Event<'_>);
}

/// A decoded message.
pub struct Said<'a> {
    pub model: &'static Model,
    pub operation: &'static Operation,
    /// Whether it is the answer.
    pub is_output: bool,
    pub value: &'a Value,
}

/// A message as the record keeps it.
pub struct Noted {
    pub json: serde_json::Value,
    /// What was left out of it, so that it can be left out of the error's text too.
    pub secrets: Vec<Secret>,
}

/// One call that ended.
pub struct Event<'a> {
    pub call: &'a Call,
    /// Whether the caller proved to be who the call says; not so when the signature was refused.
    pub proven: bool,
    pub model: &'static Model,
    pub operation: &'a str,
    /// The operation's shapes, when moat has it.
    pub shapes: Option<&'static Operation>,
    pub input: Option<Noted>,
    pub output: Option<Noted>,
    /// The error it ended with, if it did.
    pub error: Option<&'a ServiceError>,
}
