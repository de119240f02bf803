//! Members that REST protocols put outside the body: path labels, query string, headers,
//! the status code. <https://smithy.io/2.0/spec/http-bindings.html>

use super::{scalar, timestamp};
use crate::error::DecodeError;
use crate::http::{Request, Response};
use crate::schema::{self, Kind, Location, Member, Model, Operation, TimestampFormat};
use crate::value::{Fields, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// Reads every bound member of the input.
pub fn read(
    model: &Model,
    operation: &Operation,
    members: &'static [Member],
    request: &Request,
) -> Result<Fields, DecodeError> {
    let labels = schema::labels(operation.uri, &request.path, &request.query)
        .ok_or(DecodeError::Path { uri: operation.uri })?;
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let mut fields = Fields::new();
    for member in members {
        let value = match member.location {
            Location::Body | Location::StatusCode => None,
            Location::Uri => label(model, member, &labels)?,
            Location::QueryString => from_query(model, member, &query).map_err(|e| e.within(member.name))?,
            Location::Header => from_header(model, member, request).map_err(|e| e.within(member.name))?,
            Location::Headers => Some(prefixed(member, request)),
        };
        value.into_iter().for_each(|value| fields.set(member.name, value));
    }
    Ok(fields)
}

fn label(model: &Model, member: &Member, labels: &schema::Labels) -> Result<Option<Value>, DecodeError> {
    let Some((_, text)) = labels.iter().find(|(name, _)| *name == member.wire_name()) else {
        return Ok(None);
    };
    scalar::read(model, member, TimestampFormat::Iso8601, text).map(Some).map_err(|e| e.within(member.name))
}

fn from_query(
    model: &Model,
    member: &Member,
    query: &[(String, String)],
) -> Result<Option<Value>, DecodeError> {
    let read = |member: &Member, text: &str| scalar::read(model, member, TimestampFormat::Iso8601, text);
    let mut mine = query.iter().filter(|(name, _)| name == member.wire_name()).map(|(_, text)| text);
    match &model.shape(member.shape).kind {
        Kind::Map { value, .. } => Ok(Some(query_map(model, value, query)?)),
        Kind::List { member: item, .. } => {
            let items: Vec<_> = mine.map(|text| read(item, text)).collect::<Result<_, _>>()?;
            Ok((!items.is_empty()).then_some(Value::List(items)))
        }
        _ => mine.next().map(|text| read(member, text)).transpose(),
    }
}

/// All parameters, those that other members are bound to included.
fn query_map(model: &Model, value: &Member, query: &[(String, String)]) -> Result<Value, DecodeError> {
    let mut map: BTreeMap<String, Value> = BTreeMap::new();
    for (name, text) in query {
        if let Kind::List { member: item, .. } = &model.shape(value.shape).kind {
            let read = scalar::read(model, item, TimestampFormat::Iso8601, text)?;
            let entry = map.entry(name.clone()).or_insert_with(|| Value::List(Vec::new()));
            if let Value::List(items) = entry {
                items.push(read);
            }
        } else if !map.contains_key(name) {
            map.insert(name.clone(), scalar::read(model, value, TimestampFormat::Iso8601, text)?);
        }
    }
    Ok(Value::Map(map))
}

fn from_header(model: &Model, member: &Member, request: &Request) -> Result<Option<Value>, DecodeError> {
    let Some(text) = request.header(member.wire_name()).map(str::trim) else { return Ok(None) };
    if member.json_value {
        let json = STANDARD.decode(text).map_err(|_| DecodeError::NotJson)?;
        return serde_json::from_slice(&json)
            .map(|v| Some(Value::Document(v)))
            .map_err(|_| DecodeError::NotJson);
    }
    let Kind::List { member: item, .. } = &model.shape(member.shape).kind else {
        return scalar::read(model, member, TimestampFormat::Rfc822, text).map(Some);
    };
    let dates = matches!(model.shape(item.shape).kind, Kind::Timestamp(_))
        && scalar::format_of(model, item, TimestampFormat::Rfc822) == TimestampFormat::Rfc822;
    if text.is_empty() {
        return Ok(Some(Value::List(Vec::new())));
    }
    let items = if dates { split_dates(text) } else { split_list(text) };
    let read = |text: &String| scalar::read(model, item, TimestampFormat::Rfc822, text);
    items.iter().map(read).collect::<Result<_, _>>().map(|items| Some(Value::List(items)))
}

/// Splits at commas outside of quoted strings.
fn split_list(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted => quoted = false,
            '"' if item.trim().is_empty() => {
                (quoted, was_quoted) = (true, true);
                item.clear();
            }
            '\\' if quoted => item.extend(chars.next()),
            ',' if !quoted => {
                items.push(finish(&mut item, was_quoted));
                was_quoted = false;
            }
            c if c.is_whitespace() && was_quoted && !quoted => {}
            c => item.push(c),
        }
    }
    items.push(finish(&mut item, was_quoted));
    items
}

fn finish(item: &mut String, was_quoted: bool) -> String {
    let whole = std::mem::take(item);
    if was_quoted { whole } else { whole.trim().to_owned() }
}

/// A list of http-dates, each of which has a comma of its own.
fn split_dates(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(',').collect();
    parts.chunks(2).map(|pair| pair.join(",").trim().to_owned()).collect()
}

fn prefixed(member: &Member, request: &Request) -> Value {
    let prefix = member.wire_name().to_ascii_lowercase();
    let entries = request.headers.iter().filter_map(|(name, value)| {
        let rest = name.to_ascii_lowercase().strip_prefix(&prefix)?.to_owned();
        Some((rest, Value::from(value.trim())))
    });
    Value::Map(entries.collect())
}

/// Writes the bound members of an output or error into the response.
pub fn write(model: &Model, members: &[Member], fields: &Fields, response: &mut Response) {
    for member in members {
        let Some(value) = fields.get(member.name).filter(|v| **v != Value::Null) else { continue };
        match (member.location, value) {
            (Location::StatusCode, Value::Int(status)) => {
                response.status = u16::try_from(*status).unwrap_or(response.status);
            }
            (Location::Header, value) => put(response, member.wire_name(), header_text(model, member, value)),
            (Location::Headers, Value::Map(entries)) => {
                for (name, value) in entries {
                    let name = format!("{}{name}", member.location_name.unwrap_or_default());
                    put(response, &name, scalar::write(value, TimestampFormat::Rfc822));
                }
            }
            _ => {}
        }
    }
}

/// Sets a header. What HTTP does not allow in a header's value becomes a space.
fn put(response: &mut Response, name: &str, text: String) {
    let text = text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    response.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    response.headers.push((name.to_owned(), text));
}

fn header_text(model: &Model, member: &Member, value: &Value) -> String {
    if member.json_value {
        return STANDARD.encode(scalar::write(value, TimestampFormat::Rfc822));
    }
    match (value, &model.shape(member.shape).kind) {
        (Value::List(items), Kind::List { member: item, .. }) => {
            let texts: Vec<_> = items.iter().map(|v| quoted(v, &header_text(model, item, v))).collect();
            texts.join(", ")
        }
        (Value::Timestamp(at), _) => {
            timestamp::format(*at, scalar::format_of(model, member, TimestampFormat::Rfc822))
        }
        (value, _) => scalar::write(value, TimestampFormat::Rfc822),
    }
}

/// A string in a list is quoted if a comma or a quote would split or change it.
fn quoted(value: &Value, text: &str) -> String {
    if matches!(value, Value::String(_)) && text.contains([',', '"']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lists_split_outside_quotes() {
        for (text, want) in [
            ("a, b,c", vec!["a", "b", "c"]),
            (r#""b,c", "\"def\"", a"#, vec!["b,c", "\"def\"", "a"]),
            ("", vec![""]),
            ("\"open", vec!["open"]),
        ] {
            assert_eq!(split_list(text), want, "{text}");
        }
    }
}
