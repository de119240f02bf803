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
    Kind { path: String, expected: &'static str, found: String },
    #[error("`{path}`: `{text}` is not a {expected}")]
    Text { path: String, expected: &'static str, text: String },
    #[error("`{path}`: exactly one member of the union must be set")]
    Union { path: String },
    #[error("`{path}` must not be empty")]
    EmptyLabel { path: String },
    #[error("the request's path does not match `{uri}`")]
    Path { uri: &'static str },
    #[error("the content type `{0}` is not supported")]
    ContentType(String),
    #[error("the content type `{0}` is not acceptable")]
    NotAcceptable(String),
    #[error("this protocol is not supported")]
    Protocol,
}

impl DecodeError {
    /// The error that a client of the protocol sees.
    pub fn reply(&self, protocol: Protocol) -> ErrorReply {
        let text = self.to_string();
        match (self, protocol) {
            (Self::ContentType(_), _) => {
                ErrorReply::client("UnsupportedMediaTypeException", text).with_status(415)
            }
            (Self::NotAcceptable(_), _) => {
                ErrorReply::client("NotAcceptableException", text).with_status(406)
            }
            (Self::TooLong { .. }, _) => {
                ErrorReply::client("RequestEntityTooLargeException", text).with_status(413)
            }
            (Self::Protocol, _) => ErrorReply::client("NotImplemented", text).with_status(501),
            (Self::Text { .. } | Self::Kind { .. }, Protocol::Ec2Query) => {
                ErrorReply::client("InvalidParameterValue", text)
            }
            (Self::Text { .. } | Self::Kind { .. }, Protocol::AwsQuery) => {
                ErrorReply::client("MalformedInput", text)
            }
            (_, Protocol::AwsQuery | Protocol::Ec2Query) => ErrorReply::client("MalformedQueryString", text),
            (_, Protocol::RestXml) => ErrorReply::client("MalformedXML", text),
            _ => ErrorReply::client("SerializationException", text),
        }
    }
}
