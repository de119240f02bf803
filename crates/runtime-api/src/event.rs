//! What goes into an environment and what comes out of it.

use base::Timestamp;
use bytes::Bytes;
use std::fmt;

/// One invocation as the runtime gets it from `GET …/invocation/next`.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    pub request_id: String,
    pub payload: Bytes,
    /// When the function times out.
    pub deadline: Timestamp,
    pub function_arn: String,
    /// The value of `X-Amzn-Trace-Id`.
    pub trace_id: Option<String>,
    /// JSON, not base64, on one line.
    pub client_context: Option<String>,
    /// JSON on one line.
    pub cognito_identity: Option<String>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("request_id", &self.request_id)
            .field("payload_bytes", &self.payload.len())
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// How the function answered.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    Response(Bytes),
    Error(FunctionError),
    /// The answer was handed on as it came; the error is one that came after it had begun.
    Streamed(Option<FunctionError>),
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(body) => write!(f, "Response({} bytes)", body.len()),
            Self::Error(error) => error.fmt(f),
            Self::Streamed(error) => write!(f, "Streamed({error:?})"),
        }
    }
}

/// An error that the runtime reported, of an invocation or of its initialisation.
#[derive(Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// The header `Lambda-Runtime-Function-Error-Type`, such as `Runtime.ImportModuleError`.
    pub error_type: Option<String>,
    /// What the runtime posted, usually `{"errorMessage": …, "errorType": …}`.
    pub body: Bytes,
}

impl fmt::Debug for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FunctionError({:?}, {} bytes)", self.error_type, self.body.len())
    }
}
