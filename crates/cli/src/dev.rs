//! `moat dev`: a function runs from a directory, as it is saved.

use crate::client::{Client, escaped};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::streams::say;
use crate::terminal::Terminal;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a function may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Run a function from a directory: what is saved there runs at its next invocation
///
/// The function sees the directory read-only, as its code. It does so until this moat ends, its code is updated,
/// or --package takes it back. Needs lambda:UpdateFunctionCode.
#[derive(Args)]
pub struct Dev {
    /// The function's name
    function: String,
    /// The directory that holds its code, as the package would
    #[arg(required_unless_present = "package")]
    directory: Option<PathBuf>,
    /// Go back to the package that was deployed
    #[arg(long, conflicts_with = "directory")]
    package: bool,
    #[command(flatten)]
    data: DataDir,
}

impl Dev {
    pub fn run(self) -> Result<u8, Failure> {
        let absolute = |path: &PathBuf| {
            path.canonicalize()
                .map_err(|error| Failure::new(format!("cannot open `{}`: {error}", path.display())))
        };
        let directory = self.directory.as_ref().map(absolute).transpose()?;
        let client = Client::of(&self.data)?;
        let line = Terminal::bare(&self.data)?;
        let asked = json!({ "token": line.token, "function": self.function, "directory": directory });
        client.json("POST", "/_moat/programs/develop", asked.to_string().as_bytes())?;
        self.wait(&client)?;
        say(&match directory {
            Some(directory) => {
                format!("{} runs from {}, as it is saved\n", self.function, directory.display())
            }
            None => format!("{} runs from its package\n", self.function),
        })?;
        Ok(0)
    }

    fn wait(&self, client: &Client) -> Result<(), Failure> {
        let path = format!("/2015-03-31/functions/{}/configuration", escaped(&self.function));
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let told = client.rest("lambda", "GET", &path, &[], b"")?.successful()?;
            let word = |name: &str| told.get(name).and_then(Value::as_str);
            match (word("State"), word("LastUpdateStatus")) {
                (Some("Active"), Some("Successful")) => return Ok(()),
                (Some("Failed"), _) | (_, Some("Failed")) => {
                    let reason = word("LastUpdateStatusReason").or_else(|| word("StateReason"));
                    return Err(Failure::new(format!("{}: {}", self.function, reason.unwrap_or("failed"))));
                }
                _ => std::thread::sleep(LOOK_EVERY),
            }
        }
        Err(Failure::new(format!("{} does not become ready", self.function)))
    }
}
