//! `moat runtimes`: which runtimes functions can have on this machine.

use crate::failure::Failure;
use crate::render::{Rendering, table};
use clap::Args;
use sandbox::{Interpreter, Runtime};
use serde_json::{Value, json};

/// List Lambda's runtimes and what stands for each on this machine
#[derive(Args)]
pub struct Runtimes {
    #[command(flatten)]
    rendering: Rendering,
}

impl Runtimes {
    pub fn run(self) -> Result<u8, Failure> {
        let found = Interpreter::find();
        let answer: Value = Runtime::all().map(|runtime| described(runtime, &found)).collect();
        self.rendering.print(answer, table)?;
        Ok(0)
    }
}

fn described(runtime: Runtime, found: &[Interpreter]) -> Value {
    let program = match runtime {
        Runtime::Provided { .. } => Some("the function's own `bootstrap`".to_owned()),
        Runtime::Python { minor } => {
            found.iter().find(|i| i.minor == minor).map(|i| i.program.display().to_string())
        }
    };
    let available = program.is_some();
    json!({ "runtime": runtime.to_string(), "available": available, "program": program })
}
