//! The vectors' own way to write values: blobs as their text, moments as seconds.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::schema::{Kind, Model, ShapeId};
use wire::{Fields, Value};

pub fn to_json(model: &Model, id: ShapeId, value: &Value) -> Json {
    match (&model.shape(id).kind, value) {
        (Kind::Structure(structure), Value::Struct(fields)) => {
            let member = |(name, value): (&'static str, &Value)| {
                let member = structure.members.iter().find(|m| m.name == name).unwrap();
                if member.json_value {
                    return (name.to_owned(), Json::String(compact(value)));
                }
                (name.to_owned(), to_json(model, member.shape, value))
            };
            Json::Object(fields.iter().map(member).collect())
        }
        (Kind::List { member, .. }, Value::List(items)) => {
            items.iter().map(|v| to_json(model, member.shape, v)).collect()
        }
        (Kind::Map { value: member, .. }, Value::Map(entries)) => {
            Json::Object(entries.iter().map(|(k, v)| (k.clone(), to_json(model, member.shape, v))).collect())
        }
        (_, Value::Bool(b)) => json!(b),
        (_, Value::Int(n)) => json!(n),
        (_, Value::Float(n)) if n.is_finite() => json!(n),
        (_, Value::Float(n)) if n.is_nan() => json!("NaN"),
        (_, Value::Float(n)) => json!(if *n > 0.0 { "Infinity" } else { "-Infinity" }),
        (_, Value::String(text)) => json!(text),
        (_, Value::Blob(bytes)) => json!(String::from_utf8_lossy(bytes)),
        (_, Value::Timestamp(at)) => json!(at.millis() as f64 / 1000.0),
        (_, Value::Document(document)) => document.clone(),
        (kind, value) => panic!("{kind:?} {value:?}"),
    }
}

fn compact(value: &Value) -> String {
    if let Value::Document(document) = value { document.to_string() } else { panic!("{value:?}") }
}

pub fn from_json(model: &Model, id: ShapeId, json: &Json) -> Value {
    let text = || json.as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
    match &model.shape(id).kind {
        Kind::Document => Value::Document(json.clone()),
        _ if json.is_null() => Value::Null,
        Kind::Structure(structure) => {
            let members = structure.members.iter().filter(|m| !json[m.name].is_null());
            let member = |m: &wire::schema::Member| {
                let json = &json[m.name];
                let value = match json {
                    Json::String(text) if m.json_value => {
                        Value::Document(serde_json::from_str(text).unwrap_or_else(|_| json.clone()))
                    }
                    _ if m.json_value => Value::Document(json.clone()),
                    _ => from_json(model, m.shape, json),
                };
                (m.name, value)
            };
            Value::Struct(members.map(member).collect::<Fields>())
        }
        Kind::List { member, .. } => {
            Value::List(json.as_array().unwrap().iter().map(|v| from_json(model, member.shape, v)).collect())
        }
        Kind::Map { value: member, .. } => {
            let entries = json.as_object().unwrap().iter();
            Value::Map(
                entries
                    .map(|(k, v)| (k.clone(), from_json(model, member.shape, v)))
                    .collect::<BTreeMap<_, _>>(),
            )
        }
        Kind::Boolean => Value::Bool(json.as_bool().unwrap()),
        Kind::Integer | Kind::Long => Value::Int(json.as_i64().unwrap()),
        Kind::Float | Kind::Double => Value::Float(match json.as_str() {
            Some("NaN") => f64::NAN,
            Some("Infinity") => f64::INFINITY,
            Some("-Infinity") => f64::NEG_INFINITY,
            _ => json.as_f64().unwrap(),
        }),
        Kind::String => Value::String(text()),
        Kind::Blob { .. } => Value::Blob(text().into_bytes()),
        Kind::Timestamp(_) => {
            Value::Timestamp(base::Timestamp((json.as_f64().unwrap() * 1000.0).round() as i64))
        }
    }
}

/// Equal when numbers are compared as numbers and nulls are absent.
pub fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            let keys = a.keys().chain(b.keys());
            keys.into_iter().all(|k| match (a.get(k), b.get(k)) {
                (Some(a), Some(b)) => same(a, b),
                (Some(Json::Null), None) | (None, Some(Json::Null)) => true,
                _ => false,
            })
        }
        (Json::String(a), Json::String(b)) => same_text(a, b),
        _ => a == b,
    }
}

/// Equal as texts, or as moments: the same one may be written with another offset or with
/// milliseconds.
pub fn same_text(a: &str, b: &str) -> bool {
    let moment = |text| OffsetDateTime::parse(text, &Rfc3339).ok();
    let json = |text| serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
    a == b || (json(a).is_some() && json(a) == json(b)) || moment(a).is_some_and(|a| Some(a) == moment(b))
}
