//! `shapes.rs`: a struct for every structure that an operation takes or gives.

use crate::rust_names;
use std::collections::BTreeSet;
use std::fmt::Write;
use wire::schema::{Kind, Member, Model, Shape, ShapeId};

pub fn emit(model: &Model) -> String {
    let body: String = reached(model).into_iter().map(|id| structure(model, id)).collect();
    let uses = |name: &str| body.contains(name);
    let mut out = String::from("//! The structures of the service model.\n\n");
    if uses("BTreeMap<") {
        out.push_str("use std::collections::BTreeMap;\n");
    }
    if uses("Timestamp =") || uses("Timestamp>") {
        out.push_str("use base::Timestamp;\n");
    }
    if uses("Document") {
        out.push_str("#[allow(unused_imports)]\nuse wire::Document;\n");
    }
    if !body.is_empty() {
        let _ = write!(out, "\nwire::record! {{\n{body}}}\n");
    }
    out
}

/// The structures that inputs and outputs reach; errors are given as codes and fields.
fn reached(model: &Model) -> BTreeSet<ShapeId> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<_> =
        model.operations.iter().flat_map(|op| [op.input, op.output]).flatten().collect();
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            waiting.extend(parts(model.shape(id)).map(|m| m.shape));
        }
    }
    seen.retain(|id| model.structure(*id).is_some());
    seen
}

fn parts(shape: &'static Shape) -> impl Iterator<Item = &'static Member> {
    let (members, pair): (&[Member], _) = match &shape.kind {
        Kind::Structure(structure) => (structure.members, [None, None]),
        Kind::List { member, .. } => (&[], [Some(member), None]),
        Kind::Map { key, value, .. } => (&[], [Some(key), Some(value)]),
        _ => (&[], [None, None]),
    };
    members.iter().chain(pair.into_iter().flatten())
}

fn structure(model: &Model, id: ShapeId) -> String {
    let mut out = format!("    {} {{\n", struct_name(model, id));
    for member in model.members(id) {
        let mut kind = rust_type(model, member);
        if model.structure(member.shape).is_some() && contains(model, member.shape, id) {
            kind = format!("Box<{kind}>");
        }
        let secret = if secret(model, member.shape, 0) { " secret" } else { "" };
        let _ =
            writeln!(out, "        {}: {kind} = {:?}{secret},", rust_names::field(member.name), member.name);
    }
    out.push_str("    }\n\n");
    out
}

/// A structure's type; one that is called like an operation makes way for it.
pub fn struct_name(model: &Model, id: ShapeId) -> String {
    let name = rust_names::type_name(model.shape(id).name);
    if model.operation(&name).is_some() { format!("{name}Shape") } else { name }
}

fn rust_type(model: &Model, member: &Member) -> String {
    let shape = model.shape(member.shape);
    if member.json_value {
        return "Document".to_owned();
    }
    match &shape.kind {
        Kind::Boolean => "bool".to_owned(),
        Kind::Integer => "i32".to_owned(),
        Kind::Long => "i64".to_owned(),
        Kind::Float | Kind::Double => "f64".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Blob { .. } => "Vec<u8>".to_owned(),
        Kind::Timestamp(_) => "Timestamp".to_owned(),
        Kind::Document => "Document".to_owned(),
        Kind::List { member, .. } => format!("Vec<{}>", rust_type(model, member)),
        Kind::Map { value, .. } => format!("BTreeMap<String, {}>", rust_type(model, value)),
        Kind::Structure(_) => struct_name(model, member.shape),
    }
}

/// Whether structure `outer` holds `inner` by value, through structures alone.
fn contains(model: &Model, outer: ShapeId, inner: ShapeId) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![outer];
    while let Some(id) = waiting.pop() {
        if id == inner {
            return true;
        }
        if seen.insert(id) {
            let members = model.members(id).iter().map(|m| m.shape);
            waiting.extend(members.filter(|id| model.structure(*id).is_some()));
        }
    }
    false
}

/// Whether a member's values are sensitive as a whole; structures redact their own members.
fn secret(model: &Model, id: ShapeId, depth: u32) -> bool {
    let shape = model.shape(id);
    shape.sensitive
        || (depth < 8
            && match &shape.kind {
                Kind::List { member, .. } => secret(model, member.shape, depth + 1),
                Kind::Map { key, value, .. } => {
                    secret(model, key.shape, depth + 1) || secret(model, value.shape, depth + 1)
                }
                _ => false,
            })
}
