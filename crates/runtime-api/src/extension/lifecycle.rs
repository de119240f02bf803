//! The events that extensions ask for.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-next>

use crate::Event;
use base::Timestamp;
use serde_json::{Value, json};

/// Why an environment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShutdownReason {
    /// It is no longer needed.
    Spindown,
    /// The function took too long.
    Timeout,
    /// The runtime or an extension has ended.
    Failure,
}

impl ShutdownReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spindown => "spindown",
            Self::Timeout => "timeout",
            Self::Failure => "failure",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifecycle {
    Invoke { request_id: String, deadline: Timestamp, function_arn: String, trace_id: Option<String> },
    Shutdown { reason: ShutdownReason, deadline: Timestamp },
}

impl Lifecycle {
    pub fn of(event: &Event) -> Self {
        Self::Invoke {
            request_id: event.request_id.clone(),
            deadline: event.deadline,
            function_arn: event.function_arn.clone(),
            trace_id: event.trace_id.clone(),
        }
    }

    /// As the extension reads it.
    pub fn document(&self) -> Value {
        match self {
            Self::Invoke { request_id, deadline, function_arn, trace_id } => json!({
                "eventType": "INVOKE",
                "deadlineMs": deadline.millis(),
                "requestId": request_id,
                "invokedFunctionArn": function_arn,
                "tracing": { "type": "X-Amzn-Trace-Id", "value": trace_id.as_deref().unwrap_or_default() },
            }),
            Self::Shutdown { reason, deadline } => json!({
                "eventType": "SHUTDOWN",
                "deadlineMs": deadline.millis(),
                "shutdownReason": reason.as_str(),
            }),
        }
    }
}
