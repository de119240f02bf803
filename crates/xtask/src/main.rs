//! Chores of the workspace: `cargo xtask codegen [--check] [svc-x ...]` writes the shapes of
//! the service crates from the AWS service models.

mod allow_list;
mod codegen;
mod emit_operations;
mod emit_schema;
mod emit_shapes;
mod models;
mod rust_names;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask codegen [--check] [svc-x ...]";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() != Some("codegen") {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let (flags, crates): (Vec<_>, Vec<_>) = args.partition(|a| a.starts_with('-'));
    let check = match flags.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match codegen::run(&crates, check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("codegen: {error}");
            ExitCode::FAILURE
        }
    }
}
