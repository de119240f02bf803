//! rpcv2Cbor. <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use super::cbor::{self, Item};
use super::{MAX_DEPTH, error_fields, root, scalar, timestamp};
use crate::error::{DecodeError, ErrorReply};
use crate::http::{Request, Response};
use crate::schema::{Kind, Member, Model, Operation, Structure};
use crate::value::{Fields, Value};
use base::Timestamp;

/// The tag of a moment in seconds since the epoch.
const EPOCH: u64 = 1;

pub fn decode(model: &Model, operation: &Operation, request: &Request) -> Result<Value, DecodeError> {
    let Some(input) = operation.input.filter(|_| !request.body.is_empty()) else {
        return Ok(Value::Struct(Fields::new()));
    };
    read(model, &root(input), cbor::parse(&request.body)?, 0)
}

fn read(model: &Model, member: &Member, item: Item, depth: usize) -> Result<Value, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
    }
    let kind = &model.shape(member.shape).kind;
    Ok(match (kind, item) {
        (Kind::Boolean, Item::Bool(flag)) => Value::Bool(flag),
        (Kind::Integer, Item::Int(n)) => Value::Int(i64::from(integer::<i32>(kind, n)?)),
        (Kind::Long, Item::Int(n)) => Value::Int(integer::<i64>(kind, n)?),
        (Kind::Float | Kind::Double, Item::Float(n)) => Value::Float(n),
        (Kind::Float | Kind::Double, Item::Int(n)) => Value::Float(n as f64),
        (Kind::String, Item::Text(text)) => Value::String(text),
        (Kind::Blob { .. }, Item::Bytes(bytes)) => Value::Blob(bytes),
        (Kind::Timestamp(_), Item::Tag(EPOCH, item)) => Value::Timestamp(moment(kind, &item)?),
        (Kind::List { member, .. }, Item::List(items)) => {
            let read = |item| read(model, member, item, depth + 1);
            Value::List(items.into_iter().map(read).collect::<Result<_, _>>()?)
        }
        (Kind::Map { value, .. }, Item::Map(entries)) => {
            let read = |(key, item)| Ok((key, read(model, value, item, depth + 1)?));
            Value::Map(entries.into_iter().map(read).collect::<Result<_, DecodeError>>()?)
        }
        (Kind::Structure(structure), Item::Map(entries)) => {
            Value::Struct(read_members(model, structure, entries, depth)?)
        }
        (kind, item) => return Err(mismatch(kind, &item)),
    })
}

fn read_members(
    model: &Model,
    structure: &'static Structure,
    entries: Vec<(String, Item)>,
    depth: usize,
) -> Result<Fields, DecodeError> {
    let mut fields = Fields::new();
    for (name, item) in entries.into_iter().filter(|(_, item)| *item != Item::Null) {
        if let Some(member) = structure.members.iter().find(|m| m.wire_name() == name) {
            let value = read(model, member, item, depth + 1).map_err(|e| e.within(member.name))?;
            fields.set(member.name, value);
        }
    }
    if structure.union && fields.len() != 1 {
        return Err(DecodeError::Union { path: String::new() });
    }
    Ok(fields)
}

fn integer<T: TryFrom<i128>>(kind: &Kind, n: i128) -> Result<T, DecodeError> {
    let refused =
        |_| DecodeError::Text { path: String::new(), expected: scalar::name(kind), text: n.to_string() };
    T::try_from(n).map_err(refused)
}

fn moment(kind: &Kind, item: &Item) -> Result<Timestamp, DecodeError> {
    let secs = match item {
        Item::Int(n) => Some(*n as f64),
        Item::Float(n) => Some(*n),
        _ => None,
    };
    secs.and_then(timestamp::epoch).ok_or_else(|| mismatch(kind, item))
}

fn mismatch(kind: &Kind, item: &Item) -> DecodeError {
    let found = match item {
        Item::Null => "NULL_VALUE",
        Item::Bool(true) => "TRUE_VALUE",
        Item::Bool(false) => "FALSE_VALUE",
        Item::Int(_) | Item::Float(_) | Item::Tag(..) => "NUMBER_VALUE",
        Item::Bytes(_) | Item::Text(_) => "STRING_VALUE",
        Item::List(_) => "START_ARRAY",
        Item::Map(_) => "START_OBJECT",
    };
    DecodeError::Kind { path: String::new(), expected: scalar::name(kind), found }
}

pub fn encode(model: &Model, operation: &Operation, fields: Fields) -> Response {
    match operation.output {
        Some(id) => response(operation.success_code, &write(model, &root(id), &Value::Struct(fields))),
        None => Response {
            status: operation.success_code,
            headers: vec![protocol_header()],
            ..Response::default()
        },
    }
}

fn write(model: &Model, member: &Member, value: &Value) -> Item {
    match (&model.shape(member.shape).kind, value) {
        (Kind::Structure(structure), Value::Struct(fields)) => {
            let present = structure.members.iter().filter_map(|m| {
                let value = fields.get(m.name).filter(|v| **v != Value::Null)?;
                Some((m.wire_name().to_owned(), write(model, m, value)))
            });
            Item::Map(present.collect())
        }
        (Kind::List { member, .. }, Value::List(items)) => {
            Item::List(items.iter().map(|v| write(model, member, v)).collect())
        }
        (Kind::Map { value: member, .. }, Value::Map(entries)) => {
            Item::Map(entries.iter().map(|(k, v)| (k.clone(), write(model, member, v))).collect())
        }
        (_, value) => plain(value),
    }
}

fn plain(value: &Value) -> Item {
    match value {
        Value::Null | Value::Document(_) => Item::Null,
        Value::Bool(flag) => Item::Bool(*flag),
        Value::Int(n) => Item::Int(i128::from(*n)),
        Value::Float(n) => Item::Float(*n),
        Value::String(text) => Item::Text(text.clone()),
        Value::Blob(bytes) => Item::Bytes(bytes.clone()),
        Value::Timestamp(at) => Item::Tag(EPOCH, Box::new(Item::Float(at.millis() as f64 / 1000.0))),
        Value::List(items) => Item::List(items.iter().map(plain).collect()),
        Value::Map(entries) => Item::Map(entries.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
        Value::Struct(fields) => Item::Map(fields.iter().map(|(k, v)| (k.to_owned(), plain(v))).collect()),
    }
}

pub fn encode_error(model: &Model, error: &ErrorReply) -> Response {
    let (shape, fields) = error_fields(model, error);
    let name = shape.map_or(error.code.as_ref(), |id| model.shape(id).name);
    let mut entries = vec![("__type".to_owned(), Item::Text(name.to_owned()))];
    let members = shape.map_or(&[][..], |id| model.members(id));
    for (name, value) in fields.iter() {
        let member = members.iter().find(|m| m.name == name);
        let wire_name = member.map_or(name, Member::wire_name).to_owned();
        entries.push((wire_name, member.map_or_else(|| plain(value), |m| write(model, m, value))));
    }
    response(error.status, &Item::Map(entries))
}

fn response(status: u16, item: &Item) -> Response {
    let mut body = Vec::new();
    cbor::write(&mut body, item);
    let content_type = ("Content-Type".to_owned(), "application/cbor".to_owned());
    Response { status, headers: vec![protocol_header(), content_type], body: body.into(), rest: None }
}

fn protocol_header() -> (String, String) {
    ("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned())
}
