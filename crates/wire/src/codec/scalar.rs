//! Scalars as text: in query parameters, headers, path labels and XML.

use super::timestamp;
use crate::error::DecodeError;
use crate::schema::{Kind, Member, Model, TimestampFormat};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Reads the text of a scalar member.
pub fn read(
    model: &Model,
    member: &Member,
    default: TimestampFormat,
    text: &str,
) -> Result<Value, DecodeError> {
    let kind = &model.shape(member.shape).kind;
    let value = match kind {
        Kind::String => Some(Value::from(text)),
        Kind::Boolean => boolean(text),
        Kind::Integer => text.parse::<i32>().ok().map(|n| Value::Int(i64::from(n))),
        Kind::Long => text.parse().ok().map(Value::Int),
        Kind::Float | Kind::Double => float(text).map(Value::Float),
        Kind::Blob { .. } => STANDARD.decode(text).ok().map(Value::Blob),
        Kind::Timestamp(_) => timestamp::parse(text, format_of(model, member, default)).map(Value::Timestamp),
        Kind::Document => serde_json::from_str(text).ok().map(Value::Document),
        Kind::List { .. } | Kind::Map { .. } | Kind::Structure(_) => None,
    };
    value.ok_or_else(|| DecodeError::Text {
        path: String::new(),
        expected: name(kind),
        text: text.chars().take(200).collect(),
    })
}

/// A member's timestamp format: its own, its shape's, else the place's default.
pub fn format_of(model: &Model, member: &Member, default: TimestampFormat) -> TimestampFormat {
    let of_shape = if let Kind::Timestamp(format) = model.shape(member.shape).kind { format } else { None };
    member.timestamp_format.or(of_shape).unwrap_or(default)
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// A number, or one of the three names that JSON has no numbers for.
pub fn float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads `inf`, `nan` and `infinity`, which the protocols do not.
        _ if text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) => {
            text.parse().ok()
        }
        _ => None,
    }
}

pub fn float_text(number: f64) -> String {
    match number {
        n if n.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        n => n.to_string(),
    }
}

/// The text of a scalar; empty for what is none.
pub fn write(value: &Value, format: TimestampFormat) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float_text(*number),
        Value::String(text) => text.clone(),
        Value::Blob(bytes) => STANDARD.encode(bytes),
        Value::Timestamp(at) => timestamp::format(*at, format),
        Value::Document(document) => document.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Struct(_) => String::new(),
    }
}

/// What a kind is called in an error.
pub const fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::String => "string",
        Kind::Blob { .. } => "blob",
        Kind::Timestamp(_) => "timestamp",
        Kind::Document => "document",
        Kind::List { .. } => "list",
        Kind::Map { .. } => "map",
        Kind::Structure(_) => "structure",
    }
}
