//! A call's parameters and answer as events have them: members in lower camel case, secrets out.

use serde_json::{Map, Value as Json};
use service::{Noted, Said, Secret};
use std::collections::BTreeMap;
use wire::Value;
use wire::schema::{Kind, Location, Member, Model, Protocol, Shape, ShapeId};

use super::names;
use crate::quota;

/// What stands in the place of a secret, in AWS's words.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Members that hold secrets whether the model calls them sensitive or not.
const SECRET_MEMBERS: [&str; 17] = [
    "AuthToken",
    "ClientSecret",
    "DecodedMessage",
    "MasterUserPassword",
    "NewPassword",
    "OldPassword",
    "Password",
    "Plaintext",
    "PrivateKey",
    "SAMLAssertion",
    "SecretAccessKey",
    "SecretBinary",
    "SecretString",
    "SessionToken",
    "TargetDBPassword",
    "UserPassword",
    "WebIdentityToken",
];
/// The reads whose answers AWS records.
const ANSWERS_KEPT: &str = "AssumeRole";

/// Whether the record keeps this message: nothing of data events, and of reads only the question.
pub fn is_kept(said: &Said<'_>) -> bool {
    let name = said.operation.name;
    let answered = || name.starts_with(ANSWERS_KEPT) || !names::is_read_only(name);
    !names::is_data(said.model.service.signing_name, name) && (!said.is_output || answered())
}

/// The message without its secrets.
pub fn note(said: &Said<'_>) -> Noted {
    let shape = if said.is_output { said.operation.output } else { said.operation.input };
    let mut writer = Writer {
        model: said.model,
        is_ec2: said.model.service.protocol == Protocol::Ec2Query,
        secrets: Vec::new(),
        bytes: 0,
    };
    let json = match (shape, said.value) {
        (Some(shape), value @ Value::Struct(fields)) if !fields.is_empty() => writer.value(shape, value),
        _ => Json::Null,
    };
    let json = if writer.bytes > quota::PARAMETER_BYTES { omitted(writer.bytes) } else { json };
    Noted { json, secrets: writer.secrets }
}

fn omitted(bytes: usize) -> Json {
    serde_json::json!({ "omitted": true, "originalSize": bytes })
}

struct Writer {
    model: &'static Model,
    is_ec2: bool,
    secrets: Vec<Secret>,
    /// About how much was written.
    bytes: usize,
}

impl Writer {
    fn value(&mut self, id: ShapeId, value: &Value) -> Json {
        let shape = self.model.shape(id);
        if shape.sensitive {
            return self.hide(value);
        }
        match (value, &shape.kind) {
            (Value::Struct(fields), Kind::Structure(structure)) => {
                let members = fields.iter().filter_map(|(name, value)| {
                    let member = structure.members.iter().find(|m| m.name == name)?;
                    (*value != Value::Null).then(|| (self.name(member), self.member(member, value)))
                });
                Json::Object(members.collect::<Map<_, _>>())
            }
            (Value::List(items), Kind::List { member, .. }) => self.list(member, items),
            (Value::Map(entries), Kind::Map { key, value, .. }) => self.map(key, value, entries),
            _ => self.scalar(shape, value),
        }
    }

    fn member(&mut self, member: &Member, value: &Value) -> Json {
        if SECRET_MEMBERS.contains(&names::capitalised(member.name).as_str()) {
            return self.hide(value);
        }
        if member.streaming || member.location == Location::Headers {
            return Json::Null;
        }
        self.value(member.shape, value)
    }

    fn list(&mut self, member: &Member, items: &[Value]) -> Json {
        let items: Vec<Json> = items.iter().map(|item| self.value(member.shape, item)).collect();
        // EC2's lists are objects: its events were made from its XML.
        match (self.is_ec2, items.is_empty()) {
            (true, true) => serde_json::json!({}),
            (true, false) => serde_json::json!({ "items": items }),
            (false, _) => Json::Array(items),
        }
    }

    fn map(&mut self, key: &Member, value: &Member, entries: &BTreeMap<String, Value>) -> Json {
        if self.model.shape(key.shape).sensitive {
            let secret = Value::Map(entries.clone());
            return self.hide(&secret);
        }
        let entries = entries.iter().map(|(name, item)| {
            self.bytes += name.len();
            let hidden = SECRET_MEMBERS.contains(&names::capitalised(name).as_str());
            (name.clone(), if hidden { self.hide(item) } else { self.value(value.shape, item) })
        });
        Json::Object(entries.collect())
    }

    fn scalar(&mut self, shape: &Shape, value: &Value) -> Json {
        self.bytes += if let Value::String(text) = value { text.len() } else { size_of::<Value>() };
        match value {
            _ if self.bytes > quota::PARAMETER_BYTES => Json::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Int(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::String(text) => text.as_str().into(),
            // Code and other files: how large is all that is said of them.
            Value::Blob(bytes) => serde_json::json!({ "size": bytes.len() }),
            Value::Timestamp(at) => names::date(*at).into(),
            Value::Document(json) => json.clone(),
            // A value that does not fit its shape is refused before it means anything.
            Value::Null | Value::List(_) | Value::Map(_) | Value::Struct(_) => {
                tracing::debug!(shape = shape.name, "a value that is not of its shape");
                Json::Null
            }
        }
    }

    /// Leaves a value out and remembers the texts in it.
    fn hide(&mut self, value: &Value) -> Json {
        self.bytes += HIDDEN.len();
        if let Value::Blob(bytes) = value {
            return serde_json::json!({ "size": bytes.len() });
        }
        self.remember(value);
        HIDDEN.into()
    }

    fn remember(&mut self, value: &Value) {
        match value {
            Value::String(text) if !text.is_empty() => self.secrets.push(Secret::new(text.as_str())),
            Value::List(items) => items.iter().for_each(|item| self.remember(item)),
            Value::Map(entries) => entries.values().for_each(|item| self.remember(item)),
            Value::Struct(fields) => fields.iter().for_each(|(_, item)| self.remember(item)),
            _ => {}
        }
    }

    fn name(&self, member: &Member) -> String {
        let wire = if self.is_ec2 { member.wire_name() } else { member.name };
        names::lower_camel(wire)
    }
}
