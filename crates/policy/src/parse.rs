//! From JSON to a [`Document`], by AWS's grammar.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use crate::action::Actions;
use crate::condition::Condition;
use crate::document::{Document, Effect, Statement, Version};
use crate::malformed::Malformed;
use crate::principal_element::{Grantee, PrincipalElement};
use crate::resource::Resources;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

const DOCUMENT_ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

pub(crate) fn document(text: &str) -> Result<Document, Malformed> {
    let value: Value = serde_json::from_str(text).map_err(|_| Malformed::Json)?;
    let object = value.as_object().ok_or(Malformed::Syntax)?;
    only(object, &DOCUMENT_ELEMENTS)?;
    let version = version(object)?;
    let statements = statements(object.get("Statement"), version)?;
    Ok(Document::new(text, version, string(object, "Id")?, statements))
}

fn only(object: &Object, known: &[&str]) -> Result<(), Malformed> {
    if object.keys().all(|key| known.contains(&key.as_str())) { Ok(()) } else { Err(Malformed::Syntax) }
}

fn string(object: &Object, key: &str) -> Result<Option<String>, Malformed> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Malformed::Syntax),
    }
}

fn version(object: &Object) -> Result<Version, Malformed> {
    match string(object, "Version")?.as_deref() {
        None | Some("2008-10-17") => Ok(Version::V2008),
        Some("2012-10-17") => Ok(Version::V2012),
        Some(_) => Err(Malformed::Syntax),
    }
}

fn statements(value: Option<&Value>, version: Version) -> Result<Vec<Statement>, Malformed> {
    let one = |value: &Value| statement(value.as_object().ok_or(Malformed::Syntax)?, version);
    match value {
        Some(Value::Array(list)) if !list.is_empty() => list.iter().map(one).collect(),
        Some(object @ Value::Object(_)) => Ok(vec![one(object)?]),
        _ => Err(Malformed::Syntax),
    }
}

fn statement(object: &Object, version: Version) -> Result<Statement, Malformed> {
    only(object, &STATEMENT_ELEMENTS)?;
    let actions = either(object, "Action", "NotAction")?.map(|(texts, negated)| Actions::new(texts, negated));
    let resources = either(object, "Resource", "NotResource")?
        .map(|(texts, negated)| Resources::new(&texts, negated, version));
    Ok(Statement {
        sid: string(object, "Sid")?.map(Into::into),
        effect: effect(object)?,
        principal: principal_element(object)?,
        actions,
        resources,
        conditions: conditions(object.get("Condition"), version)?,
    })
}

fn effect(object: &Object) -> Result<Effect, Malformed> {
    match string(object, "Effect")?.as_deref() {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        Some(other) if other.eq_ignore_ascii_case("allow") || other.eq_ignore_ascii_case("deny") => {
            Err(Malformed::LegacyParsing)
        }
        _ => Err(Malformed::Syntax),
    }
}

/// An element that comes plain or negated, never both.
fn either(object: &Object, plain: &str, negated: &str) -> Result<Option<(Vec<String>, bool)>, Malformed> {
    match (object.get(plain), object.get(negated)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some((strings(value)?, false))),
        (None, Some(value)) => Ok(Some((strings(value)?, true))),
        (Some(_), Some(_)) => Err(Malformed::Syntax),
    }
}

fn strings(value: &Value) -> Result<Vec<String>, Malformed> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(list) => {
            list.iter().map(|v| v.as_str().map(str::to_owned).ok_or(Malformed::Syntax)).collect()
        }
        _ => Err(Malformed::Syntax),
    }
}

fn principal_element(object: &Object) -> Result<Option<PrincipalElement>, Malformed> {
    let (value, negated) = match (object.get("Principal"), object.get("NotPrincipal")) {
        (None, None) => return Ok(None),
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        (Some(_), Some(_)) => return Err(Malformed::Syntax),
    };
    Ok(Some(PrincipalElement { negated, grantees: grantees(value)? }))
}

fn grantees(value: &Value) -> Result<Vec<Grantee>, Malformed> {
    match value {
        Value::String(text) if text == "*" => Ok(vec![Grantee::Everyone]),
        Value::Object(kinds) if !kinds.is_empty() => {
            let mut all = Vec::new();
            for (kind, values) in kinds {
                for text in strings(values)? {
                    all.push(grantee(kind, text)?);
                }
            }
            Ok(all)
        }
        _ => Err(Malformed::Syntax),
    }
}

fn grantee(kind: &str, text: String) -> Result<Grantee, Malformed> {
    match kind {
        "AWS" => Ok(aws_grantee(text)),
        "Service" => Ok(Grantee::Service(text)),
        "Federated" => Ok(Grantee::Federated(text)),
        "CanonicalUser" => Ok(Grantee::CanonicalUser(text)),
        _ => Err(Malformed::Syntax),
    }
}

fn aws_grantee(text: String) -> Grantee {
    if text == "*" {
        return Grantee::Everyone;
    }
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Grantee::Account(text);
    }
    if !text.starts_with("arn:") {
        return Grantee::UniqueId(text);
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, _, "iam", _, account, "root"] => Grantee::Account((*account).to_owned()),
        _ => Grantee::Arn(text),
    }
}

fn conditions(value: Option<&Value>, version: Version) -> Result<Vec<Condition>, Malformed> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (operator, keys) in value.as_object().ok_or(Malformed::Syntax)? {
        for (key, values) in keys.as_object().ok_or(Malformed::Syntax)? {
            let values = scalars(values)?;
            let condition = Condition::new(operator, key, values, version).ok_or(Malformed::Syntax)?;
            if condition.is_date() && condition.has_unreadable_value() {
                return Err(Malformed::LegacyParsing);
            }
            all.push(condition);
        }
    }
    Ok(all)
}

fn scalars(value: &Value) -> Result<Vec<String>, Malformed> {
    match value {
        Value::Array(list) => list.iter().map(scalar).collect(),
        other => Ok(vec![scalar(other)?]),
    }
}

fn scalar(value: &Value) -> Result<String, Malformed> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(Malformed::Syntax),
    }
}
