//! Long-lived servers, such as a database: started once, found again by the next daemon, ended on request or
//! with the world. They are locked up like a function, but do not die with the daemon, since the keeper takes
//! them over.
//!
//! PostgreSQL refuses to be uid 0, so the program is another user inside; see [`outside_id`] for who owns what it
//! writes.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;

pub use crate::cage::{Limit, Program, outside_id};
pub use crate::cgroup::{Allowance, ControlGroups};
pub use crate::root::{Access, Root};
pub use crate::step::{Failure, Step, Trace};

use crate::cage::{self, Caged, Plan};
use crate::cgroup::ControlGroup;
use crate::filter::Filter;
use crate::identity::Identity;
use crate::{sys, world};

/// How long a killed process may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// A server to start.
#[derive(Debug, Clone)]
pub struct ProcessSpec {
    /// Its name: a file name, unique among the processes of this world.
    pub name: String,
    /// The world's state directory, where the process is found again.
    pub state_dir: PathBuf,
    /// The network namespace it lives in, as a path.
    pub network: PathBuf,
    /// All the files it sees. Start from [`Root::userland`].
    pub root: Root,
    /// What to run, with paths as they are inside.
    pub program: Program,
    /// Its user and group inside; not 0.
    pub id: u32,
    /// Its resource limits.
    pub limits: Vec<Limit>,
    /// A file on the host to which its output is appended.
    pub output: PathBuf,
    /// Standard input, output and error instead, of whoever started it.
    pub streams: Option<Arc<[OwnedFd; 3]>>,
    /// Whether it may do with files what the user may who started moat, rather than being nobody.
    pub as_owner: bool,
    /// What all its processes together may use.
    pub bounds: Option<Bounds>,
    /// Whether it may do only what code that nobody trusts may.
    pub filtered: bool,
    /// Whether it dies with the thread that starts it. Otherwise it outlives the daemon.
    pub die_with_parent: bool,
}

/// A control group for a process, if the machine has any.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Where the groups of such processes are.
    pub groups: Arc<ControlGroups>,
    /// Memory and tasks.
    pub allowance: Allowance,
    /// Processor time, in thousandths of one processor.
    pub cpu_millis: u64,
}

impl ProcessSpec {
    /// A process without input, whose output goes to a file, and that outlives the daemon.
    pub fn new(name: &str, state_dir: &Path, network: &Path, program: Program) -> ProcessSpec {
        ProcessSpec {
            name: name.to_owned(),
            state_dir: state_dir.to_owned(),
            network: network.to_owned(),
            root: Root::userland(),
            program,
            id: 1000,
            limits: Vec::new(),
            output: state_dir.join(format!("{name}.out")),
            streams: None,
            as_owner: false,
            bounds: None,
            filtered: false,
            die_with_parent: false,
        }
    }
}

/// Why a process could not be started, found or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A step of locking it up failed; nothing is left of it.
    #[error(transparent)]
    Step(#[from] Failure),
    /// A file could not be used.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the kernel answered.
        source: io::Error,
    },
    /// It does not end, not even when killed.
    #[error("process `{name}` does not end")]
    Endures {
        /// The process's name.
        name: String,
    },
    /// The kernel refused a signal.
    #[error("cannot signal process `{name}`")]
    Signal {
        /// The process's name.
        name: String,
        /// What the kernel answered.
        source: Errno,
    },
}

/// How a server that was asked to stop came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It ended, as it was asked to.
    Asked,
    /// It did not end in time and was killed.
    Killed,
}

/// A server that runs, or has run.
#[derive(Debug)]
pub struct Process {
    name: String,
    file: PathBuf,
    identity: Identity,
    pidfd: OwnedFd,
}

/// Starts the server and writes down which process it is.
///
/// Errors: see [`Error`]; nothing is then left running.
pub fn spawn(spec: &ProcessSpec) -> Result<Process, Error> {
    let mount_point = spec.state_dir.join("mount");
    let directory = directory(&spec.state_dir);
    for dir in [&mount_point, &directory] {
        fs::create_dir_all(dir).map_err(|source| file_error("create", dir, source))?;
    }
    let open = fs::File::options().create(true).append(true).open(&spec.output);
    let output = open.map_err(|source| file_error("open", &spec.output, source))?;
    let file = directory.join(&spec.name);
    let mut group = match &spec.bounds {
        Some(bounds) => Some(bound(bounds, &spec.name)?),
        None => None,
    };
    let filter = spec.filtered.then(Filter::compile);
    let streams = spec.streams.as_deref();
    let plan = Plan {
        root: &spec.root,
        mount_point: &mount_point,
        network: &spec.network,
        host_name: &spec.name,
        id: spec.id,
        outside: if spec.as_owner { 0 } else { outside_id() },
        program: &spec.program,
        input: streams.map(|[input, _, _]| input.as_fd()),
        output: streams.map_or(output.as_fd(), |[_, output, _]| output.as_fd()),
        errors: streams.map(|[_, _, errors]| errors.as_fd()),
        limits: &spec.limits,
        group: group.as_ref(),
        filter: filter.as_ref(),
        die_with_parent: spec.die_with_parent,
        record: Some(&file),
        image: None,
        kept: &[],
        trusted: false,
    };
    // A process that failed a step is dead, so a file that says which one it was means nobody.
    let Caged { identity, pidfd, .. } = cage::launch(&plan).inspect_err(|_| {
        group.iter_mut().for_each(|group| drop(group.remove()));
    })?;
    Ok(Process { name: spec.name.clone(), file, identity, pidfd })
}

fn bound(bounds: &Bounds, name: &str) -> Result<ControlGroup, Error> {
    let refused = |source| file_error("make a control group for", Path::new(name), source);
    bounds.groups.existing(name).remove().map_err(refused)?;
    let group = bounds.groups.create(name, &bounds.allowance).map_err(refused)?;
    group.bound_cpu(bounds.cpu_millis).map_err(refused)?;
    Ok(group)
}

/// The running process of this name, whoever started it; `None` when it has ended.
///
/// Errors: its file or `/proc` cannot be read.
pub fn find(state_dir: &Path, name: &str) -> Result<Option<Process>, Error> {
    let file = directory(state_dir).join(name);
    let loaded = Identity::load(&file).map_err(|source| file_error("read", &file, source))?;
    let Some(identity) = loaded else { return Ok(None) };
    let Ok(pidfd) = sys::pidfd_open(identity.pid) else { return Ok(None) };
    let alive = identity.alive().map_err(|source| file_error("look up", &file, source))?;
    Ok(alive.then(|| Process { name: name.to_owned(), file, identity, pidfd }))
}

/// Gives a directory and all that is in it to the user that servers are from outside, so that they may write it.
///
/// Errors: it cannot be walked, or its owner cannot be changed.
pub fn give(path: &Path) -> Result<(), Error> {
    let id = outside_id();
    let metadata = fs::symlink_metadata(path).map_err(|source| file_error("look at", path, source))?;
    std::os::unix::fs::lchown(path, Some(id), Some(id))
        .map_err(|source| file_error("give away", path, source))?;
    if metadata.is_dir() {
        let entries = fs::read_dir(path).map_err(|source| file_error("list", path, source))?;
        for entry in entries {
            give(&entry.map_err(|source| file_error("list", path, source))?.path())?;
        }
    }
    Ok(())
}

impl Process {
    /// Its process id in the world's pid namespace.
    pub fn pid(&self) -> i32 {
        self.identity.pid
    }

    /// Whether it still runs.
    ///
    /// Errors: `/proc` cannot be read.
    pub fn alive(&self) -> Result<bool, Error> {
        sys::reap(self.pidfd.as_fd(), false).ok();
        self.identity.alive().map_err(|source| file_error("look up", &self.file, source))
    }

    /// Waits at most `patience` for its end; answers whether it has ended.
    ///
    /// Errors: the kernel cannot wait.
    pub fn ended_within(&self, patience: Duration) -> Result<bool, Error> {
        let ended = world::ended_within(&self.pidfd, patience);
        let ended = ended.map_err(|source| Error::Signal { name: self.name.clone(), source })?;
        if ended {
            sys::reap(self.pidfd.as_fd(), false).ok();
        }
        Ok(ended)
    }

    /// Sends it a signal number, as from [signal(7)](https://man7.org/linux/man-pages/man7/signal.7.html).
    ///
    /// Errors: it has ended.
    pub fn signal(&self, signal: i32) -> Result<(), Error> {
        let sent = sys::pidfd_send_signal(self.pidfd.as_fd(), signal);
        sent.map_err(|source| Error::Signal { name: self.name.clone(), source })
    }

    /// Asks it with `signal` to end (PostgreSQL: SIGINT, which ends its clients' connections first), and kills it
    /// with all its children when it has not after `grace`. Answers which of the two it took.
    ///
    /// Errors: it does not end, or its file cannot be removed.
    pub fn stop(self, signal: i32, grace: Duration) -> Result<Stopped, Error> {
        match self.signal(signal) {
            Err(Error::Signal { source: Errno::ESRCH, .. }) => {}
            outcome => outcome?,
        }
        if self.ended_within(grace)? {
            self.forget().map(|()| Stopped::Asked)
        } else {
            self.kill().map(|()| Stopped::Killed)
        }
    }

    /// Kills it with all its children, which are in a pid namespace of their own.
    ///
    /// Errors: it does not end, or its file cannot be removed.
    pub fn kill(self) -> Result<(), Error> {
        match self.signal(libc::SIGKILL) {
            Err(Error::Signal { source: Errno::ESRCH, .. }) => {}
            outcome => outcome?,
        }
        if self.ended_within(KILL_PATIENCE)? {
            self.forget()
        } else {
            Err(Error::Endures { name: self.name })
        }
    }

    fn forget(&self) -> Result<(), Error> {
        match fs::remove_file(&self.file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(file_error("remove", &self.file, source))
            }
            _ => Ok(()),
        }
    }
}

fn directory(state_dir: &Path) -> PathBuf {
    state_dir.join("processes")
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { action, path: path.to_owned(), source }
}
