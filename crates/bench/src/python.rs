//! The interpreter that stands beside moat: the price of starting it is what a cold start of a
//! Python function is held against.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Looked at in this order. moat prefers an interpreter in /usr too.
const PROGRAMS: [&str; 2] = ["/usr/bin/python3", "python3"];

/// An interpreter by its own full name: a wrapper on the PATH would be measured along with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    program: PathBuf,
    /// `python3.11`.
    pub runtime: String,
}

impl Python {
    pub fn find() -> Result<Self, Failure> {
        let program = PROGRAMS.into_iter().find(|program| Path::new(program).exists()).unwrap_or("python3");
        let script = "import os, sys; print(os.path.realpath(sys.executable)); print(sys.version_info.minor)";
        let text = output(Path::new(program), &["-c", script])?;
        let mut lines = text.lines();
        let missing = |field| Failure::Missing { what: program.to_owned(), field, body: text.clone() };
        let path = lines.next().ok_or_else(|| missing("path"))?;
        let minor = lines.next().ok_or_else(|| missing("version"))?;
        Ok(Self { program: PathBuf::from(path), runtime: format!("python3.{minor}") })
    }

    /// As the table of figures calls it.
    pub fn label(&self) -> String {
        format!("{} -c pass", self.program.display())
    }

    /// How long an empty program takes from before its start to after its end.
    pub fn pass(&self) -> Result<Duration, Failure> {
        let mut command = Command::new(&self.program);
        command.args(["-c", "pass"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        let status = command.status();
        let took = begun.elapsed();
        let status = status.map_err(Failure::io(format!("run {}", self.program.display())))?;
        if status.success() {
            return Ok(took);
        }
        let (program, outcome) = (self.program.display().to_string(), status.to_string());
        Err(Failure::Program { program, outcome, output: String::new() })
    }
}

/// What a program prints, which must end well.
pub fn output(program: &Path, words: &[&str]) -> Result<String, Failure> {
    let name = program.display().to_string();
    let done = Command::new(program).args(words).output().map_err(Failure::io(format!("run {name}")))?;
    if !done.status.success() {
        let output = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(Failure::Program { program: name, outcome: done.status.to_string(), output });
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
