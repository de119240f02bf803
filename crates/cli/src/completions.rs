//! `moat completions`: what a shell completes.

use crate::failure::Failure;
use crate::streams::say;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print a shell's completions: source <(moat completions bash)
#[derive(Args)]
pub struct Completions {
    shell: Shell,
}

impl Completions {
    pub fn run(self, mut moat: Command) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut moat, "moat", &mut script);
        say(&String::from_utf8_lossy(&script))?;
        Ok(0)
    }
}
