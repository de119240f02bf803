//! `moat exec`: a program beside what has an interface.

use crate::client::{Client, PLACES};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::terminal::{self, Terminal};
use clap::Args;
use serde_json::json;

/// Run a program in the network of an interface or an instance, to see what it sees
///
/// Needs ssm:StartSession on the instance. With an instance, the program has its disk too. The exit
/// code is the program's.
#[derive(Args)]
pub struct Exec {
    /// An interface (eni-…), an instance (i-…) or its Name
    target: String,
    /// A variable of its environment; may be repeated
    #[arg(long = "env", value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Another directory that it sees at the same place, read-only unless `:rw` is appended
    #[arg(long = "mount", value_name = "DIR[:rw]")]
    mounts: Vec<String>,
    #[command(flatten)]
    data: DataDir,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Exec {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let program = terminal::program(self.command, &self.env, &self.mounts)?;
        let line = Terminal::offer(&self.data, &program)?;
        let asked = json!({ "token": line.token, "target": self.target });
        let begun = client.json("POST", "/_moat/programs/exec", asked.to_string().as_bytes());
        begun.map_err(|failure| failure.or_hint(PLACES))?;
        line.attend()
    }
}
