//! The one door to the codecs: picks the protocol of the model, bounds what comes in, and
//! puts the request id on what goes out.

mod aws_json;
mod aws_query;
mod bindings;
mod cbor;
mod ec2_query;
mod form;
mod json;
mod rest_json;
mod rest_xml;
mod rpc_cbor;
mod scalar;
mod timestamp;
mod xml_read;
mod xml_write;

use crate::error::{DecodeError, ErrorReply};
use crate::http::{Request, Response};
use crate::schema::{Member, Model, Operation, Protocol, ShapeId};
use crate::value::{Fields, Value};

/// How deep a message may nest.
pub const MAX_DEPTH: usize = 64;
/// How long a body may be: Lambda's largest upload in base64, and room.
pub const MAX_BODY: usize = 128 * 1024 * 1024;
/// How many parameters a query request may have.
pub const MAX_PARAMETERS: usize = 16_384;

/// Reads an operation's input.
pub fn decode_input(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    if request.body.len() > MAX_BODY {
        return Err(DecodeError::TooLong { limit: MAX_BODY });
    }
    match model.service.protocol {
        Protocol::AwsJson => aws_json::decode(model, operation, request),
        Protocol::AwsQuery => aws_query::decode(model, operation, request),
        Protocol::Ec2Query => ec2_query::decode(model, operation, request),
        Protocol::RestJson => rest_json::decode(model, operation, request),
        Protocol::RestXml => rest_xml::decode(model, operation, request),
        Protocol::RpcV2Cbor => rpc_cbor::decode(model, operation, request),
    }
}

/// Writes an operation's output as its successful answer.
pub fn encode_output(model: &Model, operation: &Operation, output: Value, request_id: &str) -> Response {
    let fields = match output {
        Value::Struct(fields) => fields,
        _ => Fields::new(),
    };
    let response = match model.service.protocol {
        Protocol::AwsJson => aws_json::encode(model, operation, &fields),
        Protocol::AwsQuery => aws_query::encode(model, operation, &fields, request_id),
        Protocol::Ec2Query => ec2_query::encode(model, operation, &fields, request_id),
        Protocol::RestJson => rest_json::encode(model, operation, fields),
        Protocol::RestXml => rest_xml::encode(model, operation, fields),
        Protocol::RpcV2Cbor => rpc_cbor::encode(model, operation, fields),
    };
    with_request_id(response, request_id)
}

/// Writes an error as the protocol of the service has it.
pub fn encode_error(model: &Model, error: &ErrorReply, request_id: &str) -> Response {
    let mut response = match model.service.protocol {
        Protocol::AwsJson => aws_json::encode_error(model, error),
        Protocol::AwsQuery => aws_query::encode_error(model, error, request_id),
        Protocol::Ec2Query => ec2_query::encode_error(model, error, request_id),
        Protocol::RestJson => rest_json::encode_error(model, error),
        Protocol::RestXml => rest_xml::encode_error(model, error, request_id),
        Protocol::RpcV2Cbor => rpc_cbor::encode_error(model, error),
    };
    if model.service.query_compatible {
        let side = if error.status >= 500 { "Receiver" } else { "Sender" };
        response.headers.push(("x-amzn-query-error".to_owned(), format!("{};{side}", error.code)));
    }
    with_request_id(response, request_id)
}

fn with_request_id(mut response: Response, request_id: &str) -> Response {
    response.headers.push(("x-amzn-RequestId".to_owned(), request_id.to_owned()));
    response
}

/// A structure as a JSON document of its own.
pub(crate) fn json_document(model: &Model, shape: ShapeId, fields: &Fields) -> Vec<u8> {
    let object = json::write_members(model, model.members(shape), fields, |_| true);
    serde_json::Value::Object(object).to_string().into_bytes()
}

/// A stand-in member for a message's root, which is no member of anything.
fn root(shape: ShapeId) -> Member {
    Member::new("", shape)
}

/// The members of an error as the client sees them: the message under the name that the
/// error's shape gives it, and the further fields.
fn error_fields(model: &Model, error: &ErrorReply) -> (Option<ShapeId>, Fields) {
    let id = model.error_id(&error.code);
    let members = id.map_or(&[][..], |id| model.members(id));
    let message =
        members.iter().find(|m| m.name.eq_ignore_ascii_case("message")).map_or("message", |m| m.name);
    let mut fields: Fields = error.fields.iter().cloned().collect();
    if fields.get(message).is_none() {
        fields.set(message, Value::from(error.message.as_str()));
    }
    (id, fields)
}
