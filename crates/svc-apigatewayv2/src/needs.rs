//! What HTTP and WebSocket APIs need of others.

use base::{Clock, Ids, Scope};
use openid::Fetch;
use service::{Access, Call, ServiceError, Verdict};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wire::http::{Request, Response};

pub struct Needs {
    pub functions: Arc<dyn Functions>,
    pub servers: Arc<dyn Servers>,
    pub policies: Arc<dyn Policies>,
    pub logs: Arc<dyn AccessLogs>,
    /// Reads what issuers of tokens publish.
    pub issuers: Arc<dyn Fetch>,
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

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    pub payload: Vec<u8>,
    /// Whether the payload is the function's error.
    pub is_error: bool,
}

pub trait Functions: Send + Sync {
    /// Invokes the function as `apigateway.amazonaws.com`, whom its resource policy must allow.
    fn invoke(&self, invoking: Invoking) -> Pending<'_, Result<FunctionAnswer, ServiceError>>;
}

/// Why a server behind an API did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// moat does not lead there.
    #[error("{0}")]
    NotReachable(String),
    #[error("the server failed: {0}")]
    Failed(String),
}

pub trait Servers: Send + Sync {
    /// Asks a server outside, at an `http` or `https` URL without path and query, which the request has.
    fn ask(&self, origin: String, request: Request) -> Pending<'_, Result<Response, ServerError>>;
}

pub trait Policies: Send + Sync {
    /// Evaluates the caller's policies, the API's and those of the endpoint that the call came through.
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, store::Fault>;
}

pub trait AccessLogs: Send + Sync {
    /// Adds a line to a log group, whose ARN the stage names.
    fn append(&self, group: String, stream: String, line: String) -> Pending<'_, Result<(), String>>;
}
