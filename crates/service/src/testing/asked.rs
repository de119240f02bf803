//! What the operations of a registry ask the policies, against AWS's service authorization
//! reference: the action, the kind of resource, the condition keys.

use crate::{Access, Call, Registry};
use std::collections::BTreeMap;
use wire::Value;
use wire::schema::{Kind, Member, Model, Operation, ShapeId};

/// Inputs are made up from the model: what is required, then everything there is.
pub struct Asking<'a> {
    pub registry: &'a Registry,
    pub call: &'a Call,
    /// Values by the name of a member, or by `Operation.Member`, where a made-up text will not do.
    pub samples: &'a [(&'a str, &'a str)],
    /// Operations that ask for nothing, for nobody needs a permission for them.
    pub free: &'a [&'a str],
}

impl Asking<'_> {
    /// What differs from the reference, a line each.
    pub fn differences(&self) -> Vec<String> {
        let model = self.registry.model();
        let wanted = self.registry.names().map(|name| model.operations.iter().find(|o| o.name == name));
        wanted.flatten().flat_map(|operation| self.of(model, operation)).collect()
    }

    fn of(&self, model: &'static Model, operation: &'static Operation) -> Vec<String> {
        let name = operation.name;
        let least = Made { model, samples: self.samples, operation: name, all: false };
        let asked = match self.registry.asks(name, self.call, least.input(operation.input)) {
            Ok(asked) => asked,
            Err(error) => return vec![format!("{name}: cannot be asked with what is required: {error}")],
        };
        if asked.is_empty() && !self.free.contains(&name) {
            return vec![format!("{name}: asks for nothing")];
        }
        let mut told = Vec::new();
        if !asked.is_empty() {
            told.extend(own_action(model.service.signing_name, name, &asked));
            // Elsewhere the reference calls required what is one of several.
            if model.service.signing_name == "ec2" {
                told.extend(not_asked(name, &asked));
            }
        }
        let most = Made { all: true, ..least };
        let more = self.registry.asks(name, self.call, most.input(operation.input)).unwrap_or_default();
        told.extend(asked.iter().chain(&more).flat_map(|access| against_reference(name, access)));
        told.sort();
        told.dedup();
        told
    }
}

/// An operation asks for the action of its own name, or for the one that the reference gives it.
fn own_action(prefix: &str, operation: &str, asked: &[Access]) -> Option<String> {
    let expected = actions::of_operation(prefix, operation).filter(|names| !names.is_empty())?;
    let is_own = |access: &Access| {
        let name = access.action.split_once(':').filter(|(of, _)| *of == prefix).map(|(_, name)| name);
        name.is_some_and(|name| expected.contains(&name))
    };
    (!asked.iter().any(is_own))
        .then(|| format!("{operation}: asks for {} and not for {expected:?}", names(asked)))
}

/// The resources that an action always has, and that nothing is asked about.
fn not_asked(operation: &str, asked: &[Access]) -> Vec<String> {
    let mut told = Vec::new();
    for found in asked.iter().filter_map(|access| actions::find(&access.action)) {
        let of_action =
            || asked.iter().filter(|access| access.action.ends_with(&format!(":{}", found.name())));
        for kind in found.resources().filter(|kind| kind.is_required) {
            if !of_action().any(|access| kind.fits(&access.resource)) {
                told.push(format!(
                    "{operation}: nothing is asked about the {} of {}",
                    kind.name,
                    found.name()
                ));
            }
        }
    }
    told
}

fn names(asked: &[Access]) -> String {
    asked.iter().map(|access| access.action.as_str()).collect::<Vec<_>>().join(", ")
}

fn against_reference(operation: &str, access: &Access) -> Vec<String> {
    let Access { action, resource, .. } = access;
    let Some(found) = actions::find(action) else {
        return vec![format!("{operation}: there is no action {action}")];
    };
    let mut told = Vec::new();
    let needs_resource = found.resources().any(|kind| kind.is_required);
    if resource == "*" && needs_resource {
        told.push(format!("{operation}: {action} is asked about `*`, and is on a resource"));
    }
    if !found.is_on(resource) {
        told.push(format!("{operation}: {action} is never on {resource}"));
    }
    let known: Vec<&str> = access.known_context().map(|(key, _)| key).collect();
    let unknown = access.context.iter().filter(|(key, _)| !known.contains(&key.as_str()));
    told.extend(unknown.map(|(key, _)| format!("{operation}: {action} on {resource} has no key {key}")));
    told
}

/// Deeper shapes are not made up.
const DEPTH: usize = 4;

struct Made<'a> {
    model: &'static Model,
    samples: &'a [(&'a str, &'a str)],
    operation: &'static str,
    all: bool,
}

impl Made<'_> {
    fn input(&self, shape: Option<ShapeId>) -> Value {
        shape.map_or_else(|| Value::Struct(Default::default()), |shape| self.value(shape, "", 0))
    }

    fn value(&self, id: ShapeId, name: &str, depth: usize) -> Value {
        let Some(shape) = self.model.shapes.get(id as usize) else { return Value::Null };
        match &shape.kind {
            Kind::Boolean => Value::Bool(false),
            Kind::Integer | Kind::Long => Value::Int(shape.constraints.min.map_or(1, |min| min as i64)),
            Kind::Float | Kind::Double => Value::Float(1.0),
            Kind::String => Value::String(self.text(name, shape.constraints.values)),
            Kind::Blob { .. } => Value::Blob(b"{}".to_vec()),
            Kind::Timestamp(_) => Value::Timestamp(base::Timestamp::from_secs(1_767_225_600)),
            Kind::Document => Value::Document(serde_json::Value::Null),
            Kind::List { member, .. } => Value::List(vec![self.value(member.shape, name, depth + 1)]),
            Kind::Map { key, value, .. } => {
                let key = match self.value(key.shape, name, depth + 1) {
                    Value::String(key) => key,
                    _ => String::new(),
                };
                Value::Map(BTreeMap::from([(key, self.value(value.shape, name, depth + 1))]))
            }
            Kind::Structure(structure) => {
                let wanted = |m: &&Member| (m.required || self.is_wanted(m, depth)) && depth < DEPTH;
                let members = structure.members.iter().filter(wanted);
                Value::Struct(members.map(|m| (m.name, self.value(m.shape, m.name, depth + 1))).collect())
            }
        }
    }

    /// Members of lower structures are taken whole: AWS's models seldom say which are required.
    fn is_wanted(&self, member: &Member, depth: usize) -> bool {
        let own = format!("{}.{}", self.operation, member.name);
        self.all || depth > 0 || self.samples.iter().any(|(name, _)| *name == own)
    }

    fn text(&self, member: &str, values: &[&str]) -> String {
        let own = format!("{}.{member}", self.operation);
        let sample = |wanted: &str| self.samples.iter().find(|(name, _)| *name == wanted);
        match (sample(&own).or_else(|| sample(member)), values.first()) {
            (Some((_, text)), _) => (*text).to_owned(),
            (None, Some(first)) => (*first).to_owned(),
            (None, None) => "sample".to_owned(),
        }
    }
}

impl Asking<'_> {
    /// Condition keys that the reference gives an operation and that no made-up input brought, a
    /// line for each operation.
    pub fn keys_left_out(&self) -> Vec<String> {
        let model = self.registry.model();
        let wanted = self.registry.names().map(|name| model.operations.iter().find(|o| o.name == name));
        wanted.flatten().filter_map(|operation| self.left_out(model, operation)).collect()
    }

    fn left_out(&self, model: &'static Model, operation: &'static Operation) -> Option<String> {
        let name = operation.name;
        let mut asked = Vec::new();
        for all in [false, true] {
            let made = Made { model, samples: self.samples, operation: name, all };
            asked
                .extend(self.registry.asks(name, self.call, made.input(operation.input)).unwrap_or_default());
        }
        let own = |access: &&Access| access.action.ends_with(&format!(":{name}"));
        let found = asked.iter().find(own).and_then(|access| actions::find(&access.action))?;
        let brought: Vec<String> =
            asked.iter().flat_map(|access| &access.context).map(|(key, _)| family(key)).collect();
        let left = found.keys().into_iter().filter(|key| !brought.contains(&family(key)));
        let left = left.collect::<Vec<_>>().join(" ");
        (!left.is_empty()).then(|| format!("{name}: {left}"))
    }
}

/// A key without the part that a caller chooses.
fn family(key: &str) -> String {
    key.split('/').next().unwrap_or_default().to_ascii_lowercase()
}
