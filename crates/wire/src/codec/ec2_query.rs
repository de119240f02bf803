//! ec2Query. <https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html>

use super::form::{self, Dialect, Reader};
use super::xml_write::{DECLARATION, Writer, Xml};
use crate::error::{DecodeError, ErrorReply};
use crate::http::{Request, Response};
use crate::schema::{Member, Model, Operation};
use crate::value::{Fields, Value};

struct Ec2;

impl Dialect for Ec2 {
    /// `queryName` as it is, else the wire name with a capital.
    fn names(&self, member: &Member) -> Vec<String> {
        if let Some(name) = member.query_name {
            return vec![name.to_owned()];
        }
        let mut chars = member.wire_name().chars();
        let capital = chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect());
        vec![capital, member.name.to_owned()]
    }

    fn flattens(&self, _: bool) -> bool {
        true
    }
}

pub fn decode(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    let Some(structure) = operation.input.and_then(|id| model.structure(id)) else {
        return Ok(Value::Struct(Fields::new()));
    };
    Reader { model, dialect: Ec2 }.structure(structure, &form::parse(request)?, 0).map(Value::Struct)
}

pub fn encode(model: &Model, operation: &Operation, fields: &Fields, request_id: &str) -> Response {
    let root = format!("{}Response", operation.name);
    let mut xml = Xml::default();
    xml.open(&root, model.service.xml_namespace);
    xml.text("requestId", request_id);
    match operation.output {
        Some(output) => {
            Writer { model, always_millis: true }.members(&mut xml, model.members(output), fields, |_| true);
        }
        // What EC2 says where the model has no output.
        None => xml.text("return", "true"),
    }
    xml.close(&root);
    response(operation.success_code, xml)
}

pub fn encode_error(model: &Model, error: &ErrorReply, request_id: &str) -> Response {
    let mut xml = Xml::default();
    for name in ["Response", "Errors", "Error"] {
        xml.open(name, None);
    }
    Writer { model, always_millis: true }.error(&mut xml, error);
    xml.close("Error");
    xml.close("Errors");
    xml.text("RequestID", request_id);
    xml.close("Response");
    response(error.status, xml)
}

fn response(status: u16, xml: Xml) -> Response {
    let headers = vec![("Content-Type".to_owned(), "text/xml;charset=UTF-8".to_owned())];
    Response { status, headers, body: format!("{DECLARATION}\n{}\n", xml.0).into(), rest: None }
}
