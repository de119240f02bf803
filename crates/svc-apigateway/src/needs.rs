//! What API Gateway needs of others.

use crate::Cipher;
use base::{Clock, Ids, Scope};
use service::{Access, Call, ServiceError, Verdict};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub struct Needs {
    pub functions: Arc<dyn Functions>,
    pub policies: Arc<dyn Policies>,
    pub cipher: Arc<dyn Cipher>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// One call of a function on behalf of an API.
#[derive(Debug, Clone)]
pub struct Invoking {
    /// The API's account and region.
    pub scope: Scope,
    /// With its qualifier, if any.
    pub function: String,
    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`, the condition key `aws:SourceArn`.
    pub source_arn: String,
    pub payload: Vec<u8>,
}

pub type Invoked<'a> = Pin<Box<dyn Future<Output = Result<FunctionAnswer, ServiceError>> + Send + 'a>>;

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    pub payload: Vec<u8>,
    /// Whether the payload is the function's error.
    pub is_error: bool,
}

pub trait Functions: Send + Sync {
    /// Invokes the function as `apigateway.amazonaws.com`, whom its resource policy must allow.
    fn invoke(&self, invoking: Invoking) -> Invoked<'_>;
}

pub trait Policies: Send + Sync {
    /// Evaluates the caller's policies, the API's and those of the endpoint that the call came through.
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, store::Fault>;
}
