//! What a client is told when a call fails.

use std::borrow::Cow;
use std::fmt;

/// An AWS error: code, text and status as AWS gives them.
#[derive(Clone, PartialEq)]
pub struct ServiceError {
    pub code: Cow<'static, str>,
    pub message: String,
    /// HTTP status.
    pub status: u16,
    /// Further members of a modeled error shape, such as Lambda's `Type`.
    pub fields: Vec<(&'static str, wire::Value)>,
    /// Which question the policies said no to. The client is told the message only.
    pub denial: Option<Box<Denial>>,
}

/// A question that the policies answered with no.
#[derive(Debug, Clone, PartialEq)]
pub struct Denial {
    pub action: String,
    pub resource: String,
    pub decision: Option<Box<policy::Decision>>,
    /// Statements that nearly allow it, a line each.
    pub remarks: Vec<String>,
}

impl ServiceError {
    /// An error of the caller's making; status 400 unless changed with [`Self::status`].
    pub fn client(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400, fields: Vec::new(), denial: None }
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: wire::Value) -> Self {
        self.fields.push((name, value));
        self
    }

    /// Says which question was denied.
    #[must_use]
    pub fn denied(mut self, denial: Denial) -> Self {
        self.denial = Some(Box::new(denial));
        self
    }

    /// The denial, with AWS's text from the decision. The code is the one that most services
    /// use; the pipeline turns it into EC2's `UnauthorizedOperation` where that applies.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::client("AccessDenied", message).status(403)
    }

    /// Something of AWS's that moat does not have: said so, never half done.
    pub fn not_implemented(what: &str) -> Self {
        Self::client("NotImplemented", format!("{what} is not implemented by moat")).status(501)
    }

    /// A failure inside moat. The text stays in the log; the client learns that it happened.
    pub fn internal(fault: impl fmt::Display) -> Self {
        tracing::error!(%fault, "internal failure");
        Self {
            code: Cow::Borrowed("InternalFailure"),
            message: "The request processing has failed because of an unknown error, exception or failure."
                .to_owned(),
            status: 500,
            fields: Vec::new(),
            denial: None,
        }
    }
}

impl From<store::Fault> for ServiceError {
    fn from(fault: store::Fault) -> Self {
        Self::internal(fault)
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ServiceError {}
