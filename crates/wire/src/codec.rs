//! The one door to the codecs: picks the protocol of the model.

use crate::error::{DecodeError, ErrorReply};
use crate::http::{Request, Response};
use crate::schema::{Model, Operation};
use crate::value::Value;

/// Reads an operation's input.
pub fn decode_input(
    _model: &Model,
    _operation: &Operation,
    _request: &Request,
) -> Result<Value, DecodeError> {
    Err(DecodeError::Protocol)
}

/// Writes an operation's output as its successful answer.
pub fn encode_output(_model: &Model, _operation: &Operation, _output: Value, _request_id: &str) -> Response {
    Response { status: 501, ..Response::default() }
}

/// Writes an error as the protocol of the service has it.
pub fn encode_error(_model: &Model, error: &ErrorReply, _request_id: &str) -> Response {
    Response { status: error.status, ..Response::default() }
}
