//! What can go wrong between bytes and values.

use crate::Value;
use crate::schema::Protocol;
use std::borrow::Cow;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Client,
    Server,
}

/// An error as a service gives it, before a protocol dresses it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorReply {
    pub code: Cow<'static, str>,
    pub message: String,
    pub status: u16,
    /// Further members of the error's shape, by the model's member names.
    pub fields: Vec<(&'static str, Value)>,
    pub fault: Fault,
}

impl ErrorReply {
    /// The sender's error: status 400.
    pub fn client(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: 400,
            fields: Vec::new(),
            fault: Fault::Client,
        }
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self.fault = if status >= 500 { Fault::Server } else { Fault::Client };
        self
    }
}

/// A request that is not a well-formed message of its operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the request body is not valid JSON")]
    NotJson,
    #[error("the request body is not valid XML")]
    NotXml,
    #[error("the request body is not valid CBOR")]
    NotCbor,
    #[error("the request is not valid UTF-8")]
    NotUtf8,
    #[error("the request is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the request is nested deeper than {limit} levels")]
    TooDeep { limit: usize },
    #[error("the request has more than {limit} parameters")]
    TooMany { limit: usize },
    #[error("`{path}`: expected {expected}, found {found}")]
    Kind { path: String, expected: &'static str, found: &'static str },
    #[error("`{path}`: `{text}` is not a valid {expected}")]
    Text { path: String, expected: &'static str, text: String },
    #[error("`{path}`: exactly one member of the union must be set")]
    Union { path: String },
    #[error("the request's path does not match `{uri}`")]
    Path { uri: &'static str },
}

impl DecodeError {
    /// The same error one level further out.
    pub(crate) fn within(mut self, step: &str) -> Self {
        if let Self::Kind { path, .. } | Self::Text { path, .. } | Self::Union { path } = &mut self {
            *path = if path.is_empty() { step.to_owned() } else { format!("{step}.{path}") };
        }
        self
    }

    /// The error that a client of the protocol sees.
    pub fn reply(&self, protocol: Protocol) -> ErrorReply {
        let query = matches!(protocol, Protocol::AwsQuery | Protocol::Ec2Query);
        let code = match self {
            Self::TooLong { .. } => "RequestEntityTooLargeException",
            Self::Text { .. } | Self::Kind { .. } if protocol == Protocol::Ec2Query => {
                "InvalidParameterValue"
            }
            Self::Text { .. } | Self::Kind { .. } if query => "MalformedInput",
            _ if query => "MalformedQueryString",
            _ if protocol == Protocol::RestXml => "MalformedXML",
            _ => "SerializationException",
        };
        let status = match self {
            Self::TooLong { .. } => 413,
            _ => 400,
        };
        ErrorReply::client(code, self.text()).with_status(status)
    }

    /// AWS's words where they are known.
    fn text(&self) -> String {
        match self {
            Self::Kind { found: "START_ARRAY", .. } => "Start of list found where not expected".to_owned(),
            Self::Kind { found: "START_OBJECT", .. } => {
                "Start of structure or map found where not expected.".to_owned()
            }
            Self::Kind { expected, found, .. } => {
                format!("{found} can not be converted to {}", java(expected))
            }
            other => other.to_string(),
        }
    }
}

/// A kind as the services' Java names it, with its article.
fn java(kind: &str) -> &'static str {
    match kind {
        "boolean" => "a Boolean",
        "integer" => "an Integer",
        "long" => "a Long",
        "float" => "a Float",
        "double" => "a Double",
        "string" => "a String",
        "blob" => "a Blob",
        "timestamp" => "milliseconds since epoch",
        "list" => "a List",
        "map" => "a Map",
        _ => "a Structure",
    }
}
