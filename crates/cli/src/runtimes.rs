//! `moat runtimes`: which runtimes functions can have on this machine.

use crate::failure::Failure;
use crate::render::{Rendering, table};
use clap::Args;
use sandbox::{Interpreter, Language, Runtime};
use serde_json::{Value, json};

/// List Lambda's runtimes and what stands for each on this machine
#[derive(Args)]
pub struct Runtimes {
    #[command(flatten)]
    rendering: Rendering,
}

impl Runtimes {
    pub fn run(self) -> Result<u8, Failure> {
        let mut found = Interpreter::find();
        found.extend(sandbox::node::find());
        let answer: Value = Runtime::all().map(|runtime| described(runtime, &found)).collect();
        self.rendering.print(answer, table)?;
        Ok(0)
    }
}

fn program_of(found: &[Interpreter], language: Language, version: u32) -> Option<String> {
    let one = found.iter().find(|i| i.language == language && i.version == version);
    one.map(|i| i.program.display().to_string())
}

fn described(runtime: Runtime, found: &[Interpreter]) -> Value {
    let program = match runtime {
        Runtime::Provided { .. } => Some("the function's own `bootstrap`".to_owned()),
        Runtime::Python { minor } => program_of(found, Language::Python, minor),
        Runtime::Node { major } => program_of(found, Language::Node, major),
    };
    let available = program.is_some();
    json!({ "runtime": runtime.to_string(), "available": available, "program": program })
}
