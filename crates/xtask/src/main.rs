//! Chores of the workspace: `cargo xtask codegen [--check] [svc-x ...]` writes the shapes of
//! the service crates from the AWS service models, `cargo xtask codegen [--check] actions` the
//! tables of actions from AWS's service authorization reference, and `cargo xtask new-operation
//! SERVICE NAME` begins an operation.

mod actions;
mod allow_list;
mod codegen;
mod emit_actions;
mod emit_operations;
mod emit_schema;
mod emit_shapes;
mod iam_data;
mod models;
mod new_operation;
mod rust_names;

use new_operation::NewOperationError;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask codegen [--check] [svc-x ...]\n       \
    cargo xtask codegen [--check] actions\n       cargo xtask new-operation SERVICE NAME";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["new-operation", service, name] if !service.starts_with('-') => begin(service, name),
        ["codegen", "--check", "actions"] => tabulate(true),
        ["codegen", "actions"] => tabulate(false),
        ["codegen", "--check", ref crates @ ..] if names(crates) => generate(crates, true),
        ["codegen", ref crates @ ..] if names(crates) => generate(crates, false),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn names(args: &[&str]) -> bool {
    !args.iter().any(|a| a.starts_with('-'))
}

fn generate(crates: &[&str], check: bool) -> Result<(), NewOperationError> {
    let workspace = codegen::workspace();
    let crates: Vec<String> = crates.iter().map(|&name| name.to_owned()).collect();
    Ok(codegen::run(&workspace, &models::find(&workspace)?, &crates, check)?)
}

fn tabulate(check: bool) -> Result<(), NewOperationError> {
    let workspace = codegen::workspace();
    let data = iam_data::IamData::find(&workspace)?.ok_or(codegen::CodegenError::NoPackage)?;
    Ok(actions::run(&workspace, &data, check)?)
}

fn begin(service: &str, name: &str) -> Result<(), NewOperationError> {
    let workspace = codegen::workspace();
    let data = models::find(&workspace)?;
    let service = service.strip_prefix("svc-").unwrap_or(service);
    new_operation::run(&workspace, &data, service, name)
}
