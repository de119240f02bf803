//! `moat init`: the first process of an instance. Nobody calls it by hand.

use crate::failure::Failure;
use clap::Args;
use instances::init::{self, Job};
use std::path::PathBuf;

/// Be the first process of an instance
#[derive(Args)]
#[command(hide = true)]
pub struct Init {
    /// Run the user data and stay
    #[arg(long)]
    boot: bool,
    /// The file that gets the exit code
    #[arg(long, default_value = "exit")]
    status: String,
    #[arg(long, default_value = "/")]
    cwd: PathBuf,
    #[arg(last = true)]
    command: Vec<String>,
}

impl Init {
    pub fn run(self) -> Result<u8, Failure> {
        let job = if self.boot {
            Job::Boot
        } else {
            Job::Program { command: self.command, cwd: self.cwd, status: self.status }
        };
        Ok(u8::try_from(init::run(&job) & 0xff).unwrap_or(1))
    }
}
