//! What authorizer functions answered, kept for as long as the authorizer says.

use authorizer::Cache;
use policy::Document;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a function says of a caller.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    Yes,
    No,
    /// What the caller may call, asked anew for each request.
    Policy(Arc<Document>),
}

#[derive(Debug, Clone)]
pub(crate) struct AuthorizerAnswer {
    pub(crate) word: Word,
    pub(crate) principal: Option<String>,
    pub(crate) context: Map<String, Value>,
}

/// By API, stage, authorizer and what identifies the caller.
pub(crate) type AuthorizerAnswers = Cache<AuthorizerAnswer>;
