//! restXml. <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html>

use super::xml_read;
use super::xml_write::{DECLARATION, Writer, Xml};
use super::{bindings, rest_json, root};
use crate::error::{DecodeError, ErrorReply, Fault};
use crate::http::{Request, Response};
use crate::schema::{Kind, Member, Model, Operation};
use crate::value::{Fields, Value};

pub fn decode(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    let Some(structure) = operation.input.and_then(|id| model.structure(id)) else {
        return Ok(Value::Struct(Fields::new()));
    };
    let mut fields = bindings::read(model, operation, structure.members, request)?;
    if let Some(member) = rest_json::payload_of(structure) {
        let value = read_payload(model, member, request).map_err(|e| e.within(member.name))?;
        value.into_iter().for_each(|value| fields.set(member.name, value));
    } else if !request.body.is_empty() && structure.members.iter().any(rest_json::in_body) {
        let root = xml_read::parse(&request.body)?;
        for (name, value) in xml_read::read_members(model, structure, &root, 0, rest_json::in_body)? {
            fields.set(name, value);
        }
    }
    Ok(Value::Struct(fields))
}

fn read_payload(model: &Model, member: &Member, request: &Request) -> Result<Option<Value>, DecodeError> {
    let body = &request.body;
    if body.is_empty() {
        return Ok(None);
    }
    Ok(Some(match model.shape(member.shape).kind {
        Kind::Blob { .. } => Value::Blob(body.to_vec()),
        Kind::String => Value::String(String::from_utf8(body.to_vec()).map_err(|_| DecodeError::NotUtf8)?),
        _ => xml_read::read(model, member, &xml_read::parse(body)?, 0)?,
    }))
}

pub fn encode(model: &Model, operation: &Operation, mut fields: Fields) -> Response {
    let mut response = Response { status: operation.success_code, ..Response::default() };
    let Some((id, structure)) = operation.output.and_then(|id| Some((id, model.structure(id)?))) else {
        return response;
    };
    let (content_type, body) = match rest_json::payload_of(structure) {
        Some(member) => write_payload(model, member, fields.remove(member.name)),
        None if structure.members.iter().any(rest_json::in_answer) => {
            let inner = structure.members.iter().filter(|m| rest_json::in_answer(m));
            let inner: Fields = inner.filter_map(|m| Some((m.name, fields.remove(m.name)?))).collect();
            let shape = model.shape(id);
            let namespace = shape.xml_namespace.or(model.service.xml_namespace);
            let member = Member { xml_namespace: namespace, ..root(id) };
            document(model, shape.location_name.unwrap_or(shape.name), &member, &Value::Struct(inner))
        }
        None => ("application/xml", Vec::new()),
    };
    if !body.is_empty() {
        response.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        response.body = body.into();
    }
    bindings::write(model, structure.members, &fields, &mut response);
    response
}

const fn writer(model: &Model) -> Writer<'_> {
    Writer { model, always_millis: false }
}

fn write_payload(model: &Model, member: &Member, value: Option<Value>) -> (&'static str, Vec<u8>) {
    match value {
        None | Some(Value::Null) => ("application/xml", Vec::new()),
        Some(Value::Blob(bytes)) => ("application/octet-stream", bytes),
        Some(Value::String(text)) => ("text/plain", text.into_bytes()),
        Some(value) => {
            let shape = model.shape(member.shape);
            // A name that only repeats the member's is not one that the model gives.
            let own = member.location_name.filter(|name| *name != member.name);
            document(model, own.or(shape.location_name).unwrap_or(shape.name), member, &value)
        }
    }
}

fn document(model: &Model, name: &str, member: &Member, value: &Value) -> (&'static str, Vec<u8>) {
    let mut xml = Xml::default();
    writer(model).element(&mut xml, name, member, value);
    ("application/xml", format!("{DECLARATION}\n{}", xml.0).into_bytes())
}

pub fn encode_error(model: &Model, error: &ErrorReply, request_id: &str) -> Response {
    let mut xml = Xml::default();
    xml.open("ErrorResponse", model.service.xml_namespace);
    xml.open("Error", None);
    xml.text("Type", if error.fault == Fault::Server { "Receiver" } else { "Sender" });
    writer(model).error(&mut xml, error);
    xml.close("Error");
    xml.text("RequestId", request_id);
    xml.close("ErrorResponse");
    let headers = vec![("Content-Type".to_owned(), "application/xml".to_owned())];
    let body = format!("{DECLARATION}\n{}", xml.0).into();
    let mut response = Response { status: error.status, headers, body, rest: None };
    let fields: Fields = error.fields.iter().cloned().collect();
    let members = model.error_id(&error.code).map_or(&[][..], |id| model.members(id));
    bindings::write(model, members, &fields, &mut response);
    response
}
