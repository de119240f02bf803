//! A place for code that nobody trusts: it sees only what it is given, is nobody, may do little, and dies with the
//! daemon.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::errno::Errno;

pub use crate::cage::{Limit, Program};
pub use crate::cgroup::Allowance;
pub use crate::fit::{Fitting, Mount};
pub use crate::root::{Access, Root};
pub use crate::step::{Failure, Step, Trace};
pub use crate::zygote::{Zygote, ZygoteSpec};

use crate::cage::{self, Caged, Plan};
use crate::cgroup::{ControlGroup, ControlGroups};
use crate::filter::Filter;
pub use crate::freeze::Freezer;
use crate::identity::Identity;
pub use crate::init::Ends;
use crate::init::{Request, Role};
use crate::{fit, init, sys, world};

/// The user and group that the code is inside.
pub const USER_ID: u32 = 993;
/// How long a killed sandbox may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(10);
/// What the program itself, its libraries and the pages of its stacks need beside the memory it asks for, where
/// only a resource limit bounds memory.
const DATA_HEADROOM_BYTES: u64 = 32 << 20;
/// Process 1, which counts like any other.
const OWN_TASKS: u64 = 1;

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
    /// What to run, with paths as they are inside; without one it waits for [`Sandbox::run`] or a copy of a
    /// [`Zygote`].
    pub program: Option<Program>,
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
    /// A parked interpreter could not leave a copy.
    #[error("cannot copy the parked interpreter")]
    Copy {
        /// What the kernel answered.
        source: Errno,
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
    init: OwnedFd,
}

/// How a sandbox's program ended.
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
    tasks: u64,
    /// To process 1.
    line: UnixStream,
    /// What a program may be given as its descriptor 3: our end, and until it has a program, its end.
    socket: Option<UnixStream>,
    entrance: Option<Entrance>,
    /// Standard output and standard error together.
    pub output: Option<OwnedFd>,
    /// The same of programs beside the one that the sandbox is for.
    pub output_beside: Option<OwnedFd>,
    ends: Ends,
    /// How long each step took.
    pub trace: Trace,
    exit: Option<Exit>,
}

/// What a copy of a parked interpreter takes with it.
#[derive(Debug)]
struct Entrance {
    output: OwnedFd,
    socket: UnixStream,
}

impl Error {
    pub(crate) fn prepare(object: &str, source: io::Error) -> Error {
        Error::Prepare { object: object.to_owned(), source }
    }
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
        let init = init::image().map_err(|source| prepare("init", source))?;
        Ok(Builder { mount_point, groups, filter: Filter::compile(), init })
    }

    /// What bounds memory and tasks on this machine, in words.
    pub fn bounds(&self) -> &'static str {
        self.groups.describe()
    }

    pub(crate) fn mount_point(&self) -> &Path {
        &self.mount_point
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Makes a sandbox and starts its program. The sandbox dies with the calling *thread*, so call it from one
    /// that lives as long as the daemon.
    ///
    /// Errors: see [`Error`]; nothing is then left.
    pub fn build(&self, spec: &SandboxSpec) -> Result<Sandbox, Error> {
        let mut sandbox = self.empty(spec)?;
        if let Some(program) = &spec.program {
            let began = std::time::Instant::now();
            sandbox.run(program, false)?;
            if let Some((_, exec)) = sandbox.trace.0.last_mut() {
                *exec += began.elapsed();
            }
        }
        Ok(sandbox)
    }

    /// A sandbox with its process 1 and nothing else.
    fn empty(&self, spec: &SandboxSpec) -> Result<Sandbox, Error> {
        let pipe = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC);
        let (output, input) = pipe.map_err(|source| prepare("output", source.into()))?;
        let beside = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC);
        let (output_beside, input_beside) = beside.map_err(|source| prepare("output", source.into()))?;
        let pair = || UnixStream::pair().map_err(|source| prepare("line", source));
        let ((line, its_line), (socket, its_socket)) = (pair()?, pair()?);
        let allowance = Allowance { tasks: spec.allowance.tasks + OWN_TASKS, ..spec.allowance };
        let group = self.groups.create(&spec.name, &allowance);
        let mut group = group.map_err(|source| prepare(&spec.name, source))?;
        let mut limits = limits(spec.open_files, spec.allowance.tasks);
        if !self.groups.bounds_memory() && spec.program.is_some() {
            limits.push(Limit::Data(spec.allowance.memory_bytes + DATA_HEADROOM_BYTES));
        }
        let kept = [its_line.as_fd(), its_socket.as_fd(), input_beside.as_fd()];
        let descriptors = kept.map(|end| end.as_raw_fd().to_string().into());
        let program =
            Program { path: "/init".into(), args: descriptors.into(), env: Vec::new(), cwd: "/".into() };
        let plan = Plan {
            root: &spec.root,
            mount_point: &self.mount_point,
            network: &spec.network,
            host_name: &spec.host_name,
            id: USER_ID,
            outside: cage::outside_id(),
            program: &program,
            input: None,
            output: input.as_fd(),
            errors: None,
            limits: &limits,
            group: Some(&group),
            filter: Some(&self.filter),
            die_with_parent: true,
            record: None,
            image: Some(self.init.as_fd()),
            kept: &kept,
            trusted: false,
        };
        match cage::launch(&plan) {
            Ok(Caged { identity, pidfd, trace }) => Ok(Sandbox {
                name: spec.name.clone(),
                identity,
                pidfd,
                group,
                memory_bytes: spec.allowance.memory_bytes,
                out_of_memory: Arc::default(),
                tasks: spec.allowance.tasks,
                line,
                socket: Some(socket),
                entrance: Some(Entrance { output: input, socket: its_socket }),
                output: Some(output),
                output_beside: Some(output_beside),
                ends: Ends::default(),
                trace,
                exit: None,
            }),
            Err(failure) => {
                group.remove().ok();
                Err(failure.into())
            }
        }
    }
}

/// What holds for each process by itself.
pub(crate) fn limits(open_files: u64, tasks: u64) -> Vec<Limit> {
    let tasks = tasks + OWN_TASKS;
    vec![Limit::OpenFiles(open_files), Limit::Core(0), Limit::Locked(64 << 10), Limit::Tasks(tasks)]
}

fn prepare(object: &str, source: io::Error) -> Error {
    Error::Prepare { object: object.to_owned(), source }
}

impl Sandbox {
    /// Starts a program. With `socket` its descriptor 3 is the other end of [`Sandbox::socket`].
    ///
    /// Errors: it has one already, or the program cannot be started; the sandbox is of no use then.
    pub fn run(&mut self, program: &Program, socket: bool) -> Result<(), Error> {
        let object = || program.path.display().to_string();
        let role = if socket { Role::MainWithSocket } else { Role::Main };
        let outcome = match self.entrance.take() {
            Some(_) => init::execute(&mut self.line, &mut self.ends, program, role),
            None => Err(Errno::EBUSY),
        };
        outcome.map_err(|source| Failure { step: Step::Exec, object: object(), source }.into())
    }

    /// Starts a program beside the one that the sandbox is for, before or after it. It writes to
    /// [`Sandbox::output_beside`], and its end is among [`Sandbox::ends`], under the number that counts from 0.
    ///
    /// Errors: the program cannot be started; the sandbox is of no use then.
    pub fn run_beside(&mut self, program: &Program) -> Result<(), Error> {
        let outcome = init::execute(&mut self.line, &mut self.ends, program, Role::Beside);
        let object = || program.path.display().to_string();
        outcome.map_err(|source| Failure { step: Step::Exec, object: object(), source }.into())
    }

    /// How its programs ended so far. While one lives, the sandbox does.
    pub fn ends(&mut self) -> &Ends {
        init::listen(&self.line, &mut self.ends);
        &self.ends
    }

    /// Becomes readable when there is news for [`Sandbox::ends`].
    ///
    /// Errors: no descriptors are left.
    pub fn news(&self) -> Result<OwnedFd, Error> {
        self.line.as_fd().try_clone_to_owned().map_err(|source| prepare(&self.name, source))
    }

    /// Asks the program to end, by SIGTERM.
    ///
    /// Errors: process 1 is gone.
    pub fn terminate(&self) -> Result<(), Error> {
        init::ask(&self.line, Request::Terminate).map_err(|source| prepare(&self.name, source))
    }

    /// Kills the program, and not those beside it.
    ///
    /// Errors: process 1 is gone.
    pub fn kill_program(&self) -> Result<(), Error> {
        init::ask(&self.line, Request::Kill).map_err(|source| prepare(&self.name, source))
    }

    /// Kills a program beside, by its number.
    ///
    /// Errors: process 1 is gone.
    pub fn kill_beside(&self, number: u32) -> Result<(), Error> {
        init::ask(&self.line, Request::KillBeside(number)).map_err(|source| prepare(&self.name, source))
    }

    /// What stops all of its processes and lets them go on.
    ///
    /// Errors: no descriptors are left.
    pub fn freezer(&self) -> Result<Freezer, Error> {
        let line = self.line.try_clone().map_err(|source| prepare(&self.name, source))?;
        Ok(Freezer::new(line, self.group.freezer()))
    }

    /// What a copy needs: process 1, the output, its socket, and the doors of the control group.
    pub(crate) fn entrance(&self) -> Option<Vec<RawFd>> {
        let Entrance { output, socket } = self.entrance.as_ref()?;
        let mut fds = vec![self.pidfd.as_raw_fd(), output.as_raw_fd(), socket.as_raw_fd()];
        fds.extend(self.group.doors().iter().map(AsRawFd::as_raw_fd));
        Some(fds)
    }

    /// A copy has been left inside.
    pub(crate) fn adopt(&mut self) -> Result<(), Error> {
        self.entrance = None;
        init::adopt(&mut self.line, &mut self.ends).map_err(|source| Error::Copy { source })
    }

    /// Our end of the socket that is a program's descriptor 3. Taken by whoever speaks to the program.
    pub fn socket(&mut self) -> Option<UnixStream> {
        self.socket.take()
    }

    /// Fits it to what it is for, when it was made before that was known.
    ///
    /// Errors: a part of the host's files is not there, or the kernel refused a mount.
    pub fn fit(&self, fitting: &Fitting) -> Result<(), Error> {
        fit::fit(self.pidfd.as_fd(), fitting).map_err(|source| prepare(&self.name, source))
    }

    /// Gives it its final memory, which may not be less than what it was made with.
    ///
    /// Errors: the limit cannot be written.
    pub fn allow(&mut self, memory_bytes: u64, scratch_bytes: u64) -> Result<(), Error> {
        self.memory_bytes = memory_bytes;
        let allowance = Allowance { memory_bytes, scratch_bytes, tasks: self.tasks };
        self.group.raise_memory(&allowance).map_err(|source| prepare(&self.name, source))?;
        if self.group.memory_statistics().is_none() {
            for pid in std::iter::once(self.identity.pid).chain(family(self.identity.pid)) {
                let limited = sys::set_limit_of(pid, libc::RLIMIT_DATA, memory_bytes + DATA_HEADROOM_BYTES);
                limited.map_err(|source| prepare(&self.name, source.into()))?;
            }
        }
        Ok(())
    }

    /// The id of process 1 in the world's pid namespace.
    pub fn pid(&self) -> i32 {
        self.identity.pid
    }

    /// The program's id there; `None` while there is none.
    pub fn program(&self) -> Option<i32> {
        family(self.identity.pid).first().copied()
    }

    /// Becomes readable when the program, and with it every other process, has ended.
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
            let own = status.map(|(code, status)| match code {
                libc::CLD_EXITED => Exit::Code(status),
                _ => Exit::Signal(status),
            });
            init::listen(&self.line, &mut self.ends);
            self.exit = self.ends.program.or(own);
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
    /// otherwise of the largest that is left.
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        self.group.peak_memory_bytes().or_else(|| {
            let family = family(self.identity.pid);
            family.into_iter().filter_map(|pid| status_bytes(pid, "VmHWM:")).max()
        })
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
            None => Some(used_by(&family(self.pid), self.bytes)),
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

/// The memory of processes that is not files'. What they share since a fork counts once; that is slow to find
/// out, so it is only when they would otherwise have more than the limit.
fn used_by(pids: &[i32], limit: u64) -> u64 {
    let all = pids.iter().filter_map(|pid| status_bytes(*pid, "RssAnon:")).sum();
    if all <= limit {
        return all;
    }
    let share =
        |pid: &i32| bytes_in(*pid, "smaps_rollup", "Pss_Anon:").or_else(|| status_bytes(*pid, "RssAnon:"));
    pids.iter().filter_map(share).sum()
}

/// The descendants of a process. Those that come and go meanwhile may be missed.
fn family(pid: i32) -> Vec<i32> {
    let mut all = Vec::new();
    let mut next = vec![pid];
    while let Some(pid) = next.pop() {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        for thread in threads {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let children: Vec<i32> = children.split_whitespace().filter_map(|id| id.parse().ok()).collect();
            next.extend(&children);
            all.extend(children);
        }
    }
    all
}

fn status_bytes(pid: i32, field: &str) -> Option<u64> {
    bytes_in(pid, "status", field)
}

fn bytes_in(pid: i32, file: &str, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
