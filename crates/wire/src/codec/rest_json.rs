//! restJson1. <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use super::{aws_json, bindings, error_fields, json};
use crate::error::{DecodeError, ErrorReply};
use crate::http::{Request, Response};
use crate::schema::{Kind, Location, Member, Model, Operation, Structure};
use crate::value::{Fields, Value};
use serde_json::Value as Json;

pub fn decode(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    let Some(structure) = operation.input.and_then(|id| model.structure(id)) else {
        return Ok(Value::Struct(Fields::new()));
    };
    let mut fields = bindings::read(model, operation, structure.members, request)?;
    match payload_of(structure) {
        Some(member) => {
            let value = read_payload(model, member, request).map_err(|e| e.within(member.name))?;
            value.into_iter().for_each(|value| fields.set(member.name, value));
        }
        None if structure.members.iter().any(in_body) => {
            let Json::Object(object) = json::parse(&request.body)? else {
                return Err(DecodeError::NotJson);
            };
            for (name, value) in json::read_members(model, structure, object, 0, in_body)?.into_iter() {
                fields.set(name, value);
            }
        }
        None => {}
    }
    Ok(Value::Struct(fields))
}

pub fn in_body(member: &Member) -> bool {
    member.location == Location::Body
}

/// Answers have no path and no query string, so members bound to those are in the body.
pub fn in_answer(member: &Member) -> bool {
    matches!(member.location, Location::Body | Location::Uri | Location::QueryString)
}

pub fn payload_of(structure: &'static Structure) -> Option<&'static Member> {
    let name = structure.payload?;
    structure.members.iter().find(|m| m.name == name)
}

fn read_payload(model: &Model, member: &Member, request: &Request) -> Result<Option<Value>, DecodeError> {
    let body = &request.body;
    if body.is_empty() {
        return Ok(None);
    }
    Ok(Some(match model.shape(member.shape).kind {
        Kind::Blob { .. } => Value::Blob(body.to_vec()),
        Kind::String => Value::String(String::from_utf8(body.to_vec()).map_err(|_| DecodeError::NotUtf8)?),
        _ => json::read(model, member, json::parse(body)?, 0)?,
    }))
}

pub fn encode(model: &Model, operation: &Operation, mut fields: Fields) -> Response {
    let mut response = Response { status: operation.success_code, ..Response::default() };
    let Some(structure) = operation.output.and_then(|id| model.structure(id)) else { return response };
    let (content_type, body) = match payload_of(structure) {
        Some(member) => write_payload(model, member, fields.remove(member.name)),
        None => {
            let object = json::write_members(model, structure.members, &fields, in_answer);
            ("application/json", Json::Object(object).to_string().into_bytes())
        }
    };
    if !body.is_empty() {
        response.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        response.body = body.into();
    }
    bindings::write(model, structure.members, &fields, &mut response);
    if response.status == 204 {
        response.body.clear();
    }
    response
}

fn write_payload(model: &Model, member: &Member, value: Option<Value>) -> (&'static str, Vec<u8>) {
    match value {
        None | Some(Value::Null) => ("application/json", Vec::new()),
        Some(Value::Blob(bytes)) => ("application/octet-stream", bytes),
        Some(Value::String(text)) => ("text/plain", text.into_bytes()),
        Some(value) => ("application/json", json::write(model, member, &value).to_string().into_bytes()),
    }
}

pub fn encode_error(model: &Model, error: &ErrorReply) -> Response {
    let (shape, mut fields) = error_fields(model, error);
    let members = shape.map_or(&[][..], |id| model.members(id));
    let headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("x-amzn-errortype".to_owned(), error.code.to_string()),
    ];
    let mut response = Response { status: error.status, headers, ..Response::default() };
    bindings::write(model, members, &fields, &mut response);
    for member in members.iter().filter(|m| !in_body(m)) {
        fields.remove(member.name);
    }
    response.body = Json::Object(aws_json::body_of(model, shape, &fields)).to_string().into();
    response
}
