//! Values as JSON, by schema: shared by awsJson and restJson, which differ only in names of
//! members and in what stands outside the body.

use super::{MAX_DEPTH, scalar, timestamp};
use crate::error::DecodeError;
use crate::schema::{Kind, Member, Model, Structure, TimestampFormat};
use crate::value::{Fields, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};

/// Parses a body. An empty one is an empty object, which clients send for empty inputs.
pub fn parse(body: &[u8]) -> Result<Json, DecodeError> {
    if body.is_empty() {
        return Ok(Json::Object(Map::new()));
    }
    std::str::from_utf8(body).map_err(|_| DecodeError::NotUtf8)?;
    serde_json::from_slice(body).map_err(|_| DecodeError::NotJson)
}

/// Reads a value of the member's shape. The depth counts what encloses it.
pub fn read(model: &Model, member: &Member, json: Json, depth: usize) -> Result<Value, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
    }
    if member.json_value {
        return json_value(json);
    }
    let kind = &model.shape(member.shape).kind;
    Ok(match (kind, json) {
        (Kind::Document, json) => Value::Document(json),
        (Kind::Boolean, Json::Bool(flag)) => Value::Bool(flag),
        (Kind::Integer, Json::Number(n)) => Value::Int(i64::from(integer::<i32>(kind, &n)?)),
        (Kind::Long, Json::Number(n)) => Value::Int(integer::<i64>(kind, &n)?),
        (Kind::Float | Kind::Double, Json::Number(n)) => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        (Kind::Float | Kind::Double, Json::String(text)) => match text.as_str() {
            "NaN" | "Infinity" | "-Infinity" => Value::Float(scalar::float(&text).unwrap_or(f64::NAN)),
            _ => return Err(mismatch(kind, &Json::String(text))),
        },
        (Kind::String, Json::String(text)) => Value::String(text),
        (Kind::Blob { .. }, Json::String(text)) => {
            Value::Blob(STANDARD.decode(&text).map_err(|_| unreadable(kind, &text))?)
        }
        (Kind::Timestamp(_), json) => moment(model, member, json)?,
        (Kind::List { member, .. }, Json::Array(items)) => list(model, member, items, depth)?,
        (Kind::Map { key, value, .. }, Json::Object(entries)) => map(model, key, value, entries, depth)?,
        (Kind::Structure(structure), Json::Object(object)) => {
            Value::Struct(read_members(model, structure, object, depth, |_| true)?)
        }
        (kind, json) => return Err(mismatch(kind, &json)),
    })
}

/// Reads the chosen members of a structure; others and nulls are left out.
pub fn read_members(
    model: &Model,
    structure: &'static Structure,
    object: Map<String, Json>,
    depth: usize,
    chosen: impl Fn(&Member) -> bool,
) -> Result<Fields, DecodeError> {
    let mut fields = Fields::new();
    let mut unknown = 0;
    for (name, json) in object {
        if json.is_null() {
            continue;
        }
        let Some(member) = structure.members.iter().find(|m| m.wire_name() == name && chosen(m)) else {
            unknown += usize::from(name != "__type");
            continue;
        };
        let value = read(model, member, json, depth + 1).map_err(|e| e.within(member.name))?;
        fields.set(member.name, value);
    }
    if structure.union && (fields.len() != 1 || unknown > 0) {
        return Err(DecodeError::Union { path: String::new() });
    }
    Ok(fields)
}

fn list(model: &Model, member: &Member, items: Vec<Json>, depth: usize) -> Result<Value, DecodeError> {
    let read_item = |(i, json): (usize, Json)| {
        read(model, member, json, depth + 1).map_err(|e| e.within(&(i + 1).to_string()))
    };
    items.into_iter().enumerate().map(read_item).collect::<Result<_, _>>().map(Value::List)
}

fn map(
    model: &Model,
    key: &Member,
    value: &Member,
    entries: Map<String, Json>,
    depth: usize,
) -> Result<Value, DecodeError> {
    let read_entry = |(name, json): (String, Json)| {
        // Keys are strings whatever their shape; `key` only carries constraints.
        let _ = key;
        let value = read(model, value, json, depth + 1).map_err(|e| e.within(&name))?;
        Ok((name, value))
    };
    entries.into_iter().map(read_entry).collect::<Result<_, _>>().map(Value::Map)
}

fn integer<T: TryFrom<i64>>(kind: &Kind, number: &Number) -> Result<T, DecodeError> {
    let exact = number.as_i64().and_then(|n| T::try_from(n).ok());
    exact.ok_or_else(|| unreadable(kind, &number.to_string()))
}

fn moment(model: &Model, member: &Member, json: Json) -> Result<Value, DecodeError> {
    let kind = &model.shape(member.shape).kind;
    let format = scalar::format_of(model, member, TimestampFormat::UnixTimestamp);
    let at = match (format, &json) {
        (TimestampFormat::UnixTimestamp, Json::Number(n)) => n.as_f64().and_then(timestamp::epoch),
        (TimestampFormat::Iso8601 | TimestampFormat::Rfc822, Json::String(text)) => {
            timestamp::parse(text, format)
        }
        _ => None,
    };
    at.map(Value::Timestamp).ok_or_else(|| mismatch(kind, &json))
}

/// A document that travels as a string (`jsonvalue`).
fn json_value(json: Json) -> Result<Value, DecodeError> {
    match json {
        Json::String(text) => {
            serde_json::from_str(&text).map(Value::Document).map_err(|_| DecodeError::NotJson)
        }
        json => Err(mismatch(&Kind::String, &json)),
    }
}

fn mismatch(kind: &Kind, json: &Json) -> DecodeError {
    let found = match json {
        Json::Null => "NULL_VALUE",
        Json::Bool(true) => "TRUE_VALUE",
        Json::Bool(false) => "FALSE_VALUE",
        Json::Number(_) => "NUMBER_VALUE",
        Json::String(_) => "STRING_VALUE",
        Json::Array(_) => "START_ARRAY",
        Json::Object(_) => "START_OBJECT",
    };
    DecodeError::Kind { path: String::new(), expected: scalar::name(kind), found }
}

fn unreadable(kind: &Kind, text: &str) -> DecodeError {
    DecodeError::Text {
        path: String::new(),
        expected: scalar::name(kind),
        text: text.chars().take(200).collect(),
    }
}

/// Writes a value of the member's shape.
pub fn write(model: &Model, member: &Member, value: &Value) -> Json {
    if member.json_value {
        return Json::String(write_plain(value).to_string());
    }
    match (&model.shape(member.shape).kind, value) {
        (Kind::Structure(structure), Value::Struct(fields)) => {
            Json::Object(write_members(model, structure.members, fields, |_| true))
        }
        (Kind::List { member, .. }, Value::List(items)) => {
            items.iter().map(|item| write(model, member, item)).collect()
        }
        (Kind::Map { value: member, .. }, Value::Map(entries)) => {
            Json::Object(entries.iter().map(|(k, v)| (k.clone(), write(model, member, v))).collect())
        }
        (Kind::Timestamp(_), Value::Timestamp(at)) => {
            match scalar::format_of(model, member, TimestampFormat::UnixTimestamp) {
                TimestampFormat::UnixTimestamp => epoch(at.millis()),
                format => Json::String(timestamp::format(*at, format)),
            }
        }
        (_, value) => write_plain(value),
    }
}

/// Writes the chosen members that are there.
pub fn write_members(
    model: &Model,
    members: &[Member],
    fields: &Fields,
    chosen: impl Fn(&Member) -> bool,
) -> Map<String, Json> {
    let present = members.iter().filter(|m| chosen(m)).filter_map(|m| {
        let value = fields.get(m.name).filter(|v| **v != Value::Null)?;
        Some((m.wire_name().to_owned(), write(model, m, value)))
    });
    present.collect()
}

fn epoch(millis: i64) -> Json {
    if millis.rem_euclid(1000) == 0 {
        Json::from(millis.div_euclid(1000))
    } else {
        Json::from(millis as f64 / 1000.0)
    }
}

/// A scalar, or a value whose shape is a document or is not known.
pub fn write_plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) if number.is_finite() => Json::from(*number),
        Value::Float(number) => Json::String(scalar::float_text(*number)),
        Value::String(text) => Json::String(text.clone()),
        Value::Blob(bytes) => Json::String(STANDARD.encode(bytes)),
        Value::Timestamp(at) => epoch(at.millis()),
        Value::List(items) => items.iter().map(write_plain).collect(),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(k, v)| (k.clone(), write_plain(v))).collect())
        }
        Value::Struct(fields) => {
            Json::Object(fields.iter().map(|(k, v)| (k.to_owned(), write_plain(v))).collect())
        }
        Value::Document(document) => document.clone(),
    }
}
