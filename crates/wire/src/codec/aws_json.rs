//! awsJson 1.0 and 1.1. <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use super::{error_fields, json, root};
use crate::error::{DecodeError, ErrorReply};
use crate::http::{Request, Response};
use crate::schema::{Model, Operation};
use crate::value::{Fields, Value};
use serde_json::{Map, Value as Json};

pub fn decode(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    let Some(input) = operation.input else { return Ok(Value::Struct(Fields::new())) };
    json::read(model, &root(input), json::parse(&request.body)?, 0)
}

pub fn encode(model: &Model, operation: &Operation, fields: &Fields) -> Response {
    let body = match operation.output {
        Some(output) => {
            let object = json::write_members(model, model.members(output), fields, |_| true);
            Json::Object(object).to_string()
        }
        None => String::new(),
    };
    response(model, operation.success_code, body)
}

pub fn encode_error(model: &Model, error: &ErrorReply) -> Response {
    let (shape, fields) = error_fields(model, error);
    let name = shape.map_or(error.code.as_ref(), |id| model.shape(id).name);
    let mut object = Map::from_iter([("__type".to_owned(), Json::from(name))]);
    object.extend(body_of(model, shape, &fields));
    let mut response = response(model, error.status, Json::Object(object).to_string());
    response.headers.push(("x-amzn-errortype".to_owned(), name.to_owned()));
    response
}

/// The members of an error, by its shape where the model has it.
pub fn body_of(model: &Model, shape: Option<u32>, fields: &Fields) -> Map<String, Json> {
    let members = shape.map_or(&[][..], |id| model.members(id));
    let mut object = json::write_members(model, members, fields, |_| true);
    for (name, value) in fields.iter().filter(|(name, _)| !members.iter().any(|m| m.name == *name)) {
        object.insert(name.to_owned(), json::write_plain(value));
    }
    object
}

fn response(model: &Model, status: u16, body: String) -> Response {
    let content_type = format!("application/x-amz-json-{}", model.service.json_version);
    Response {
        status,
        headers: vec![("Content-Type".to_owned(), content_type)],
        body: body.into(),
        rest: None,
    }
}
