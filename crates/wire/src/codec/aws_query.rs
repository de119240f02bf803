//! awsQuery. <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use super::form::{self, Dialect, Reader};
use super::xml_write::{DECLARATION, Writer, Xml};
use crate::error::{DecodeError, ErrorReply, Fault};
use crate::http::{Request, Response};
use crate::schema::{Member, Model, Operation};
use crate::value::{Fields, Value};

struct Query;

impl Dialect for Query {
    fn names(&self, member: &Member) -> Vec<String> {
        vec![member.wire_name().to_owned()]
    }

    fn flattens(&self, flattened: bool) -> bool {
        flattened
    }
}

pub fn decode(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    let Some(structure) = operation.input.and_then(|id| model.structure(id)) else {
        return Ok(Value::Struct(Fields::new()));
    };
    Reader { model, dialect: Query }.structure(structure, &form::parse(request)?, 0).map(Value::Struct)
}

pub fn encode(model: &Model, operation: &Operation, fields: &Fields, request_id: &str) -> Response {
    let root = format!("{}Response", operation.name);
    let mut xml = Xml::default();
    xml.open(&root, model.service.xml_namespace);
    if let Some(output) = operation.output {
        let wrapper =
            operation.result_wrapper.map_or_else(|| format!("{}Result", operation.name), str::to_owned);
        xml.open(&wrapper, None);
        Writer { model, always_millis: false }.members(&mut xml, model.members(output), fields, |_| true);
        xml.close(&wrapper);
    }
    xml.open("ResponseMetadata", None);
    xml.text("RequestId", request_id);
    xml.close("ResponseMetadata");
    xml.close(&root);
    response(operation.success_code, xml)
}

pub fn encode_error(model: &Model, error: &ErrorReply, request_id: &str) -> Response {
    let mut xml = Xml::default();
    xml.open("ErrorResponse", model.service.xml_namespace);
    xml.open("Error", None);
    xml.text("Type", if error.fault == Fault::Server { "Receiver" } else { "Sender" });
    Writer { model, always_millis: false }.error(&mut xml, error);
    xml.close("Error");
    xml.text("RequestId", request_id);
    xml.close("ErrorResponse");
    response(error.status, xml)
}

fn response(status: u16, xml: Xml) -> Response {
    let headers = vec![("Content-Type".to_owned(), "text/xml".to_owned())];
    Response { status, headers, body: format!("{DECLARATION}\n{}\n", xml.0).into(), rest: None }
}
