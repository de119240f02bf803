//! `operations.rs`: a unit struct for every operation.

use crate::emit_shapes::struct_name;
use std::fmt::Write;
use wire::schema::{Model, ShapeId};

pub fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The operations of the service model as types.\n\n\
         use super::schema::{MODEL, OPERATIONS};\n#[allow(unused_imports)]\nuse super::shapes::*;\n\
         use wire::OperationShape;\nuse wire::schema::{Model, Operation};\n\n",
    );
    let mut empty = String::new();
    for (i, op) in model.operations.iter().enumerate() {
        let input = type_of(model, op.input, &format!("{}Input", op.name), &mut empty);
        let output = type_of(model, op.output, &format!("{}Output", op.name), &mut empty);
        let _ = writeln!(
            out,
            "#[derive(Debug, Clone, Copy)]\npub struct {name};\n\n\
             impl OperationShape for {name} {{\n type Input = {input};\n type Output = {output};\n \
             const OPERATION: &'static Operation = &OPERATIONS[{i}];\n \
             const MODEL: &'static Model = &MODEL;\n}}\n",
            name = op.name,
        );
    }
    if !empty.is_empty() {
        let _ = write!(out, "wire::record! {{\n{empty}}}\n");
    }
    out
}

fn type_of(model: &Model, shape: Option<ShapeId>, otherwise: &str, empty: &mut String) -> String {
    match shape {
        Some(id) => match struct_name(model, id).as_str() {
            // API Gateway has a shape of the name that a service's model has here.
            name @ ("Model" | "Operation") => format!("super::shapes::{name}"),
            name => name.to_owned(),
        },
        None => {
            let _ = writeln!(empty, "    {otherwise} {{}}");
            otherwise.to_owned()
        }
    }
}
