//! One execution environment.

use std::fmt;
use std::net::IpAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

pub use jail::sandbox::{Ends, Exit, Freezer};
use jail::sandbox::{Program, Sandbox};

use crate::extensions::NotStarted;
use crate::launcher::Error;
use crate::runtime::Runtime;

/// With this much memory a function has one processor, and proportionally less or more otherwise.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const MEMORY_MB_OF_ONE_CPU: u64 = 1769;

/// An environment to be. Directories and files are given as the daemon sees them.
#[derive(Clone)]
pub struct EnvironmentSpec {
    /// Unique among living environments.
    pub id: String,
    /// The network namespace it lives in.
    pub netns: PathBuf,
    /// What runs the code.
    pub runtime: Runtime,
    /// The function's handler.
    pub handler: String,
    /// The function's unpacked code: `/var/task`.
    pub code_dir: PathBuf,
    /// The function's layers, unpacked over one another: `/opt`.
    pub layer_dir: Option<PathBuf>,
    /// The names of the external extensions to start, see [`crate::extensions`].
    pub extensions: Vec<String>,
    /// The function's variables and those that Lambda sets; they win over the ones every environment has.
    pub variables: Vec<(String, String)>,
    /// The function's memory size.
    pub memory_mb: u32,
    /// The size of `/tmp`: 512 unless configured otherwise.
    pub tmp_mb: u32,
    /// Who resolves names, in the order to ask.
    pub nameservers: Vec<IpAddr>,
    /// The domain that is appended to names without one.
    pub search_domain: Option<String>,
    /// All certificate authorities to trust, in PEM; the machine's own when not given.
    pub ca_bundle: Option<PathBuf>,
    /// Packages that every Python function can import, as it can boto3 on AWS.
    pub sdk_dir: Option<PathBuf>,
}

impl fmt::Debug for EnvironmentSpec {
    /// Variables hold credentials, so only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.variables.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("EnvironmentSpec")
            .field("id", &self.id)
            .field("netns", &self.netns)
            .field("runtime", &self.runtime)
            .field("handler", &self.handler)
            .field("code_dir", &self.code_dir)
            .field("variables", &names)
            .field("memory_mb", &self.memory_mb)
            .finish_non_exhaustive()
    }
}

/// A living environment. Dropping it kills everything inside.
#[derive(Debug)]
pub struct Environment {
    /// As given.
    pub id: String,
    /// What the code writes to standard output and standard error. Taken by whoever reads it.
    pub output: Option<OwnedFd>,
    /// What its extensions write. Taken likewise.
    pub extension_output: Option<OwnedFd>,
    /// The extension that did not start, if one did not; then the runtime never starts.
    pub not_started: Option<NotStarted>,
    /// The steps of its making with their duration in microseconds.
    pub trace: Vec<(&'static str, u64)>,
    /// What differs from the runtime that was asked for.
    pub warning: Option<String>,
    pub(crate) sandbox: Sandbox,
    pub(crate) memory_mb: u32,
    pub(crate) waiting: Option<Waiting>,
}

/// A runtime that waits until all extensions have registered.
#[derive(Debug)]
pub(crate) enum Waiting {
    /// To be started.
    Program(Program),
    /// Started already, and waiting for its variables.
    Variables(Program),
}

impl Environment {
    /// The runtime's process id, in the daemon's pid namespace.
    pub fn pid(&self) -> i32 {
        self.sandbox.pid()
    }

    /// Starts the runtime, where extensions were to come first; otherwise it runs already.
    ///
    /// Errors: it cannot be started.
    pub fn begin(&mut self) -> Result<(), Error> {
        match self.waiting.take() {
            Some(Waiting::Program(program)) => Ok(self.sandbox.run(&program, false)?),
            Some(Waiting::Variables(program)) => crate::blank::hand_over(&mut self.sandbox, &program),
            None => Ok(()),
        }
    }

    /// How its programs ended so far: the runtime, and the extensions by their place in
    /// [`EnvironmentSpec::extensions`]. The environment lives as long as one of them.
    pub fn ends(&mut self) -> &Ends {
        self.sandbox.ends()
    }

    /// Becomes readable when there is news for [`Environment::ends`].
    ///
    /// Errors: no descriptors are left.
    pub fn news(&self) -> Result<OwnedFd, Error> {
        Ok(self.sandbox.news()?)
    }

    /// Asks the runtime to end. It must not be frozen.
    ///
    /// Errors: the environment has ended.
    pub fn terminate(&self) -> Result<(), Error> {
        Ok(self.sandbox.terminate()?)
    }

    /// Kills the runtime only.
    ///
    /// Errors: the environment has ended.
    pub fn kill_runtime(&self) -> Result<(), Error> {
        Ok(self.sandbox.kill_program()?)
    }

    /// Kills one extension, by its place in [`EnvironmentSpec::extensions`].
    ///
    /// Errors: the environment has ended.
    pub fn kill_extension(&self, number: u32) -> Result<(), Error> {
        Ok(self.sandbox.kill_beside(number)?)
    }

    /// What stops the environment while it has nothing to do.
    ///
    /// Errors: no descriptors are left.
    pub fn freezer(&self) -> Result<Freezer, Error> {
        Ok(self.sandbox.freezer()?)
    }

    /// Bounds the processor as the memory size says. To be called when initialisation has ended, which on AWS, too,
    /// has more of the processor than what follows. Answers whether anything bounds it on this machine.
    ///
    /// Errors: the limit cannot be written.
    pub fn initialised(&self) -> Result<bool, Error> {
        Ok(self.sandbox.bound_cpu(cpu_millis(self.memory_mb))?)
    }

    /// Becomes readable when the environment has ended.
    pub fn ended(&self) -> BorrowedFd<'_> {
        self.sandbox.ended()
    }

    /// How it ended, if it ends within `patience`; with zero patience, whether it has.
    ///
    /// Errors: the kernel cannot wait.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<Exit>, Error> {
        Ok(self.sandbox.wait(patience)?)
    }

    /// Kills everything inside and waits until it is gone.
    ///
    /// Errors: the kernel cannot wait.
    pub fn kill(&mut self) -> Result<Option<Exit>, Error> {
        Ok(self.sandbox.kill()?)
    }

    /// The most memory used so far, in megabytes, rounded up, as a REPORT line shows it.
    pub fn peak_memory_mb(&self) -> Option<u32> {
        let bytes = self.sandbox.peak_memory_bytes()?;
        u32::try_from(bytes.div_ceil(1 << 20)).ok()
    }

    /// Whether it was killed because it used more memory than the function has.
    pub fn ran_out_of_memory(&self) -> bool {
        self.sandbox.ran_out_of_memory()
    }
}

fn cpu_millis(memory_mb: u32) -> u64 {
    u64::from(memory_mb) * 1000 / MEMORY_MB_OF_ONE_CPU
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn spec(runtime: Runtime) -> EnvironmentSpec {
        EnvironmentSpec {
            id: "one".to_owned(),
            netns: "/proc/self/ns/net".into(),
            runtime,
            handler: "app.handler".to_owned(),
            code_dir: "/code".into(),
            layer_dir: None,
            extensions: Vec::new(),
            variables: Vec::new(),
            memory_mb: 128,
            tmp_mb: 512,
            nameservers: vec![IpAddr::from([10, 0, 0, 2])],
            search_domain: None,
            ca_bundle: None,
            sdk_dir: None,
        }
    }

    #[test]
    fn processor_time_follows_memory() {
        assert_eq!(cpu_millis(1769), 1000);
        assert_eq!(cpu_millis(128), 72);
        assert_eq!(cpu_millis(10_240), 5788);
    }

    #[test]
    fn credentials_are_not_shown() {
        let mut spec = spec(Runtime::Python { minor: 12 });
        spec.variables.push(("AWS_SECRET_ACCESS_KEY".to_owned(), "hush".to_owned()));
        assert!(!format!("{spec:?}").contains("hush"));
    }
}
