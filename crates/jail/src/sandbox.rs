//! A place for code that nobody trusts: it sees only what it is given, is nobody, may do little, and dies with the
//! daemon.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::errno::Errno;

pub use crate::cage::{Limit, Program};
pub use crate::cgroup::Allowance;
pub use crate::root::{Access, Root};
pub use crate::step::{Failure, Step, Trace};

use crate::cage::{self, Caged, Plan};
use crate::cgroup::{ControlGroup, ControlGroups};
use crate::filter::Filter;
use crate::identity::Identity;
use crate::{sys, world};

/// The user and group that the code is inside.
pub const USER_ID: u32 = 993;
/// How long a killed sandbox may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(10);
/// What the program itself, its libraries and the pages of its stacks need beside the memory it asks for, where
/// only a resource limit bounds memory.
const DATA_HEADROOM_BYTES: u64 = 32 << 20;

/// A sandbox to make.
#[derive(Debug, Clone)]
pub struct SandboxSpec {
    /// Its name, unique among living ones: its control group's name.
    pub name: String,
    /// Its host name.
    pub host_name: String,
    /// The network namespace it lives in, as a path.
    pub network: PathBuf,
    /// All the files it sees. Start from [`Root::userland`].
    pub root: Root,
    /// What to run, with paths as they are inside.
    pub program: Program,
    /// Memory and tasks. Processor time is bounded later, see [`Sandbox::bound_cpu`].
    pub allowance: Allowance,
    /// Open descriptors.
    pub open_files: u64,
}

/// Why a sandbox could not be made or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A step of locking it up failed; nothing is left of it.
    #[error(transparent)]
    Step(#[from] Failure),
    /// Its mount point or output could not be made.
    #[error("cannot prepare `{object}`")]
    Prepare {
        /// What could not be made.
        object: String,
        /// What the kernel answered.
        source: io::Error,
    },
    /// The kernel refused to signal it or wait for it.
    #[error("cannot end sandbox `{name}`")]
    End {
        /// The sandbox's name.
        name: String,
        /// What the kernel answered.
        source: Errno,
    },
}

/// Makes sandboxes; there is one for a daemon.
#[derive(Debug)]
pub struct Builder {
    mount_point: PathBuf,
    groups: ControlGroups,
    filter: Filter,
}

/// How a sandbox's first process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// A sandbox in which a program runs. Dropping it kills everything inside.
#[derive(Debug)]
pub struct Sandbox {
    name: String,
    identity: Identity,
    pidfd: OwnedFd,
    group: ControlGroup,
    memory_bytes: u64,
    out_of_memory: Arc<AtomicBool>,
    /// Standard output and standard error together.
    pub output: Option<OwnedFd>,
    /// How long each step took.
    pub trace: Trace,
    exit: Option<Exit>,
}

impl Builder {
    /// `state_dir` is the world's; `group` names the control groups of this world.
    ///
    /// Errors: the mount point cannot be made.
    pub fn new(state_dir: &Path, group: &str) -> Result<Builder, Error> {
        let mount_point = state_dir.join("mount");
        fs::create_dir_all(&mount_point)
            .map_err(|source| Error::Prepare { object: mount_point.display().to_string(), source })?;
        let groups = ControlGroups::find(group);
        let record = world::cgroup_record(state_dir);
        groups
            .record(&record)
            .map_err(|source| Error::Prepare { object: record.display().to_string(), source })?;
        Ok(Builder { mount_point, groups, filter: Filter::compile() })
    }

    /// What bounds memory and tasks on this machine, in words.
    pub fn bounds(&self) -> &'static str {
        self.groups.describe()
    }

    /// Makes a sandbox and starts its program. The sandbox dies with the calling *thread*, so call it from one
    /// that lives as long as the daemon.
    ///
    /// Errors: see [`Error`]; nothing is then left.
    pub fn build(&self, spec: &SandboxSpec) -> Result<Sandbox, Error> {
        let pipe = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC);
        let (output, input) = pipe.map_err(|source| prepare("output", source.into()))?;
        let group = self.groups.create(&spec.name, &spec.allowance);
        let mut group = group.map_err(|source| prepare(&spec.name, source))?;
        let limits = self.limits(spec);
        let plan = Plan {
            root: &spec.root,
            mount_point: &self.mount_point,
            network: &spec.network,
            host_name: &spec.host_name,
            id: USER_ID,
            outside: cage::outside_id(),
            program: &spec.program,
            input: None,
            output: input.as_fd(),
            errors: None,
            limits: &limits,
            group: Some(&group),
            filter: Some(&self.filter),
            die_with_parent: true,
            record: None,
        };
        match cage::launch(&plan) {
            Ok(Caged { identity, pidfd, trace }) => Ok(Sandbox {
                name: spec.name.clone(),
                identity,
                pidfd,
                group,
                memory_bytes: spec.allowance.memory_bytes,
                out_of_memory: Arc::default(),
                output: Some(output),
                trace,
                exit: None,
            }),
            Err(failure) => {
                group.remove().ok();
                Err(failure.into())
            }
        }
    }

    fn limits(&self, spec: &SandboxSpec) -> Vec<Limit> {
        let mut limits = vec![Limit::OpenFiles(spec.open_files), Limit::Core(0), Limit::Locked(64 << 10)];
        limits.push(Limit::Tasks(spec.allowance.tasks));
        if !self.groups.bounds_memory() {
            limits.push(Limit::Data(spec.allowance.memory_bytes + DATA_HEADROOM_BYTES));
        }
        limits
    }
}

fn prepare(object: &str, source: io::Error) -> Error {
    Error::Prepare { object: object.to_owned(), source }
}

impl Sandbox {
    /// The first process's id in the world's pid namespace.
    pub fn pid(&self) -> i32 {
        self.identity.pid
    }

    /// Becomes readable when the first process, and with it every other, has ended.
    pub fn ended(&self) -> std::os::fd::BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// How it ended, if it ends within `patience`.
    ///
    /// Errors: the kernel cannot wait.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<Exit>, Error> {
        if self.exit.is_none()
            && world::ended_within(&self.pidfd, patience).map_err(|source| self.end(source))?
        {
            let status = sys::reap(self.pidfd.as_fd(), true).map_err(|source| self.end(source))?;
            self.exit = status.map(|(code, status)| match code {
                libc::CLD_EXITED => Exit::Code(status),
                _ => Exit::Signal(status),
            });
        }
        Ok(self.exit)
    }

    /// Kills everything inside and waits until it is gone. Killing twice is once.
    ///
    /// Errors: the kernel cannot wait.
    pub fn kill(&mut self) -> Result<Option<Exit>, Error> {
        if self.exit.is_none() {
            match sys::pidfd_send_signal(self.pidfd.as_fd(), libc::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(source) => return Err(self.end(source)),
            }
        }
        self.wait(KILL_PATIENCE)
    }

    /// The most memory it ever used, in bytes: of all its processes together where a control group counts them,
    /// otherwise of the first process.
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        self.group.peak_memory_bytes().or_else(|| status_bytes(self.identity.pid, "VmHWM:"))
    }

    /// Whether one of its processes was killed for want of memory, by the kernel or by its guard.
    pub fn ran_out_of_memory(&self) -> bool {
        self.out_of_memory.load(Ordering::Relaxed) || self.group.ran_out_of_memory()
    }

    /// Bounds processor time from now on, in thousandths of one processor; answers whether anything bounds it
    /// here. A start is quicker unbounded.
    ///
    /// Errors: the limit cannot be written.
    pub fn bound_cpu(&self, millis: u64) -> Result<bool, Error> {
        self.group.bound_cpu(millis).map_err(|source| prepare(&self.name, source))
    }

    /// What watches the memory of its programs apart from that of its files.
    ///
    /// Errors: no descriptors are left.
    pub fn memory_guard(&self) -> Result<MemoryGuard, Error> {
        let pidfd = self.pidfd.try_clone().map_err(|source| prepare(&self.name, source))?;
        Ok(MemoryGuard {
            pid: self.identity.pid,
            pidfd,
            statistics: self.group.memory_statistics(),
            bytes: self.memory_bytes,
            out_of_memory: Arc::clone(&self.out_of_memory),
        })
    }

    fn end(&self, source: Errno) -> Error {
        Error::End { name: self.name.clone(), source }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill().ok();
        self.group.remove().ok();
    }
}

/// Kills a sandbox whose programs use more memory than they may. The kernel itself bounds the sum of programs and
/// files in memory only, which is more than the programs alone may have.
#[derive(Debug)]
pub struct MemoryGuard {
    pid: i32,
    pidfd: OwnedFd,
    statistics: Option<PathBuf>,
    bytes: u64,
    out_of_memory: Arc<AtomicBool>,
}

impl MemoryGuard {
    /// Looks once; answers whether the sandbox still runs.
    pub fn look(&self) -> bool {
        if world::ended_within(&self.pidfd, Duration::ZERO).unwrap_or(true) {
            return false;
        }
        let used = match &self.statistics {
            Some(file) => anonymous(file),
            None => status_bytes(self.pid, "RssAnon:"),
        };
        if used.is_none_or(|used| used <= self.bytes) {
            return true;
        }
        self.out_of_memory.store(true, Ordering::Relaxed);
        sys::pidfd_send_signal(self.pidfd.as_fd(), libc::SIGKILL).ok();
        false
    }
}

/// Memory that is not files', by either version's name for it.
fn anonymous(statistics: &Path) -> Option<u64> {
    let text = fs::read_to_string(statistics).ok()?;
    text.lines().find_map(|line| {
        let (name, bytes) = line.split_once(' ')?;
        ["rss", "anon"].contains(&name).then(|| bytes.parse().ok())?
    })
}

fn status_bytes(pid: i32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
