//! `moat runtimes`: which runtimes functions can have on this machine, and how to get those that are missing.

use crate::failure::Failure;
use crate::render::{Rendering, table};
use clap::Args;
use sandbox::{Interpreter, Runtime};
use serde_json::{Value, json};

/// Runtimes that AWS has and moat refuses by name.
const REFUSED: [&str; 10] = [
    "java8.al2",
    "java11",
    "java17",
    "java21",
    "java25",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "dotnet8",
    "dotnet10",
];

/// Runtimes that could run, and with which neither AWS nor moat makes functions any more.
const GIVEN_UP: [&str; 3] = ["python3.8", "nodejs18.x", "provided.al2"];

/// List Lambda's runtimes, what stands for each on this machine, and what would install a missing one
#[derive(Args)]
pub struct Runtimes {
    #[command(flatten)]
    rendering: Rendering,
}

impl Runtimes {
    pub fn run(self) -> Result<u8, Failure> {
        let mut found = Interpreter::find();
        found.extend(sandbox::node::find());
        let named = Runtime::all().filter(|runtime| !GIVEN_UP.contains(&runtime.to_string().as_str()));
        let runs = named.map(|runtime| described(runtime, &found));
        let answer: Value = runs.chain(REFUSED.map(refused)).collect();
        self.rendering.print(answer, table)?;
        Ok(0)
    }
}

fn described(runtime: Runtime, found: &[Interpreter]) -> Value {
    let resolved = runtime.resolve(found);
    let exact = resolved.as_ref().is_some_and(|resolved| resolved.warning.is_none());
    let program = match (&resolved, runtime) {
        (_, Runtime::Provided { .. }) => Some("the function's own `bootstrap`".to_owned()),
        (Some(resolved), _) => resolved.interpreter.as_ref().map(|i| i.program.display().to_string()),
        (None, _) => None,
    };
    let note = match (exact, &program) {
        (true, _) => "",
        (false, Some(_)) => "another version stands in, with a warning in the function's log",
        (false, None) => "functions of this runtime do not start",
    };
    json!({
        "runtime": runtime.to_string(),
        "available": exact,
        "program": program,
        "note": note,
        "install": (!exact).then(|| install(runtime)).flatten(),
    })
}

/// Of the ways there are to a certain version, one whose result moat finds.
fn install(runtime: Runtime) -> Option<String> {
    match runtime {
        Runtime::Provided { .. } => None,
        Runtime::Python { minor } => Some(format!("uv python install 3.{minor}")),
        Runtime::Node { major } => Some(format!("nvm install {major}")),
    }
}

fn refused(runtime: &str) -> Value {
    json!({
        "runtime": runtime,
        "available": false,
        "program": null,
        "note": "not implemented by moat; a function may bring its own as `provided.al2023`",
        "install": null,
    })
}
