//! The world: the namespaces in which networks, databases and functions live, owned by a tiny process, the keeper.
//!
//! ```text
//!  host        moat up ── the front: waits, passes signals on, opens sockets on the host's network
//!                 │ forks                      ▲ asks for sockets
//!  ───────────────┼────────────────────────────┼───────── user, pid, mount, network, ipc, uts ─────
//!  world       keeper (pid 1: reaps)        daemon (dies with the front)      database (a child of
//!                 └────────────────────────────────────────────────────────── the keeper's, if need be)
//! ```
//!
//! Kill the daemon and everything else goes on; the next `moat up` finds the keeper and joins it. End the keeper
//! and the kernel ends every process and frees every namespace, so nothing can be left behind.
//!
//! A process that means to enter must have one thread, because a user namespace cannot be joined with more
//! ([setns(2)](https://man7.org/linux/man-pages/man2/setns.2.html)).

mod front;
mod keeper;

use std::fs::{self, TryLockError};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sched::CloneFlags;

use crate::cgroup;
use crate::identity::Identity;
use crate::sys;
use crate::userns::Forbidden;
pub use front::{Outside, OutsideSocket};

/// How long a new daemon waits for the one before it to finish dying.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
/// How long the keeper may take to end before it is killed.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// Which world to enter.
#[derive(Debug, Clone)]
pub struct WorldSpec {
    /// A directory on the host, one for each data directory; made when it is missing.
    pub run_dir: PathBuf,
    /// Whether the daemon goes on when the front dies. In the foreground it must not.
    pub outlive_front: bool,
}

/// `enter` returns twice, once in each process.
#[derive(Debug)]
pub enum Entered {
    /// This process is the daemon, inside the world, with one thread.
    Daemon(World),
    /// This process is the front, and the daemon has ended with this exit code (128 + n when signal n ended it).
    Front(i32),
}

/// What the daemon holds of the world it is in.
#[derive(Debug)]
pub struct World {
    /// A directory that is empty at the keeper's birth, dies with it, and is invisible on the host.
    pub state_dir: PathBuf,
    /// Whether the keeper was started for this daemon; otherwise what an earlier one left is still there.
    pub fresh: bool,
    /// Opens sockets on the host's network.
    pub outside: Outside,
    /// The descriptors given to `enter`, in the same order.
    pub passed: Vec<OwnedFd>,
    _lock: fs::File,
}

/// Why the world could not be entered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine gives ordinary users no user namespace.
    #[error("user namespaces are not allowed: {reason}; to allow them: {}", reason.fix())]
    UserNamespaces {
        /// Which of its switches is off.
        reason: Forbidden,
    },
    /// Another daemon is in this world already.
    #[error("moat is already running for `{}`", run_dir.display())]
    AlreadyRunning {
        /// The directory that both were started for.
        run_dir: PathBuf,
    },
    /// One step failed.
    #[error("cannot {step} `{object}`")]
    Step {
        /// What was being done.
        step: &'static str,
        /// What it was done to.
        object: String,
        /// What the kernel answered.
        source: io::Error,
    },
    /// The keeper, which has no one else to tell, failed a step of its own.
    #[error("the keeper cannot {report}")]
    Keeper {
        /// The step, what it was done to, and the kernel's answer.
        report: String,
    },
}

/// Names the step and its object when the kernel refuses.
pub(crate) trait Named<T> {
    fn named(self, step: &'static str, object: impl ToString) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> Named<T> for Result<T, E> {
    fn named(self, step: &'static str, object: impl ToString) -> Result<T, Error> {
        self.map_err(|source| Error::Step { step, object: object.to_string(), source: source.into() })
    }
}

/// A living keeper.
#[derive(Debug)]
pub struct Keeper {
    identity: Identity,
    pidfd: OwnedFd,
    run_dir: PathBuf,
}

/// Enters the world of `spec`, starting its keeper when there is none.
///
/// Call it before any thread exists. `passed` are the descriptors the daemon is to have (its listening socket);
/// the front and the keeper do not keep them.
///
/// Errors: see [`Error`]; the world is then as it was before.
pub fn enter(spec: &WorldSpec, passed: Vec<OwnedFd>) -> Result<Entered, Error> {
    let run_dir = prepare_run_dir(&spec.run_dir)?;
    let lock = lock(&run_dir)?;
    let (keeper, fresh) = join(&run_dir)?;
    let (front_end, daemon_end) = front::channel()?;
    match sys::fork_single_threaded().named("start the daemon in", run_dir.display())? {
        Some(daemon) => {
            drop((lock, daemon_end, passed));
            front::wait(daemon, front_end).map(Entered::Front)
        }
        None => {
            drop(front_end);
            let outside = front::arrive(daemon_end, spec.outlive_front)?;
            join_the_rest(&keeper)?;
            let state_dir = keeper::state_dir(&run_dir);
            Ok(Entered::Daemon(World { state_dir, fresh, outside, passed, _lock: lock }))
        }
    }
}

/// Joins the keeper of `run_dir`, or a new one when there is none; says whether it is new.
fn join(run_dir: &Path) -> Result<(Keeper, bool), Error> {
    if let Some(keeper) = find(run_dir)? {
        match join_user_and_pid(&keeper) {
            Ok(()) => return Ok((keeper, false)),
            // Somebody killed it a moment ago: its namespaces are gone before it is, since it still waits for
            // everybody in them to die.
            Err(error) if is_of_the_dying(&error) => {
                let gone = ended_within(&keeper.pidfd, END_PATIENCE);
                if !gone.named("wait for the keeper", keeper.pid())? {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    let keeper = start_keeper(run_dir)?;
    join_user_and_pid(&keeper)?;
    Ok((keeper, true))
}

fn is_of_the_dying(error: &Error) -> bool {
    matches!(error, Error::Step { source, .. } if matches!(source.raw_os_error(), Some(libc::ESRCH | libc::ENOENT)))
}

/// The living keeper of `run_dir`, if there is one.
///
/// Errors: the file that names it, or `/proc`, cannot be read.
pub fn find(run_dir: &Path) -> Result<Option<Keeper>, Error> {
    let path = identity_path(run_dir);
    let Some(identity) = Identity::load(&path).named("read", path.display())? else { return Ok(None) };
    // The descriptor comes first: once it is open the number cannot pass to another process unnoticed.
    let Ok(pidfd) = sys::pidfd_open(identity.pid) else { return Ok(None) };
    let alive = identity.alive().named("look up process", identity.pid)?;
    Ok(alive.then_some(Keeper { identity, pidfd, run_dir: run_dir.to_owned() }))
}

impl Keeper {
    /// The keeper's process id on the host.
    pub fn pid(&self) -> i32 {
        self.identity.pid
    }

    /// Ends the keeper and with it every process and namespace of the world; returns when all are gone.
    ///
    /// Errors: the keeper belongs to another user.
    pub fn end(self) -> Result<(), Error> {
        self.end_process()?;
        cgroup::remove_recorded(&cgroup_record(&keeper::state_dir(&self.run_dir)));
        Ok(())
    }

    fn end_process(&self) -> Result<(), Error> {
        for signal in [libc::SIGTERM, libc::SIGKILL] {
            match sys::pidfd_send_signal(self.pidfd.as_fd(), signal) {
                Err(nix::errno::Errno::ESRCH) => return Ok(()),
                sent => sent.named("end the keeper", self.identity.pid)?,
            }
            if ended_within(&self.pidfd, END_PATIENCE).named("wait for the keeper", self.identity.pid)? {
                return Ok(());
            }
        }
        Err(io::Error::from(io::ErrorKind::TimedOut)).named("end the keeper", self.identity.pid)
    }
}

/// Whether the process behind `pidfd` ends before `patience` does.
pub(crate) fn ended_within(pidfd: &OwnedFd, patience: Duration) -> nix::Result<bool> {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // The kernel counts whole milliseconds: rounded up, since a part of one is patience too.
        let timeout = PollTimeout::try_from(left + Duration::from_micros(999)).unwrap_or(PollTimeout::MAX);
        match nix::poll::poll(&mut [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)], timeout) {
            Err(nix::errno::Errno::EINTR) => {}
            ready => return ready.map(|count| count > 0),
        }
    }
}

fn prepare_run_dir(run_dir: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(run_dir).named("create", run_dir.display())?;
    run_dir.canonicalize().named("find", run_dir.display())
}

/// Where the control groups of a world are written down: on the host, since they outlive the world's own files.
pub(crate) fn cgroup_record(state_dir: &Path) -> PathBuf {
    state_dir.with_file_name("cgroups")
}

fn identity_path(run_dir: &Path) -> PathBuf {
    run_dir.join("keeper")
}

/// One daemon for one world. A daemon that has just been killed may hold the lock for a moment longer. The lock
/// belongs to the open file, so it lasts until front and daemon have both closed it.
fn lock(run_dir: &Path) -> Result<fs::File, Error> {
    let path = run_dir.join("lock");
    let open = fs::File::options().create(true).truncate(false).write(true).open(&path);
    let file = open.named("open", path.display())?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error).named("lock", path.display()),
            Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                return Err(Error::AlreadyRunning { run_dir: run_dir.to_owned() });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Starts a keeper and writes down which process it is before letting it go on by itself.
fn start_keeper(run_dir: &Path) -> Result<Keeper, Error> {
    let mut birth = keeper::Birth::begin(run_dir)?;
    let pid = birth.ready()?;
    let identity = Identity::of(pid).named("look up process", pid)?;
    let identity = identity.ok_or_else(|| Error::Keeper { report: "stay alive".to_owned() })?;
    let path = identity_path(run_dir);
    identity.save(&path).named("write", path.display())?;
    birth.release().named("let go of the keeper", pid)?;
    find(run_dir)?.ok_or_else(|| Error::Keeper { report: "stay alive".to_owned() })
}

/// The front joins no more than it must: it stays on the host's network and sees the host's files, while the
/// process it forks next is born inside the world's pid namespace.
fn join_user_and_pid(keeper: &Keeper) -> Result<(), Error> {
    let mut flags = CloneFlags::CLONE_NEWPID;
    if !same_namespace("user", keeper.pid())? {
        flags |= CloneFlags::CLONE_NEWUSER;
    }
    sys::setns(keeper.pidfd.as_fd(), flags.bits())
        .named("join the user and pid namespaces of process", keeper.pid())
}

fn join_the_rest(keeper: &Keeper) -> Result<(), Error> {
    let flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    sys::setns(keeper.pidfd.as_fd(), flags.bits()).named("join the namespaces of process", keeper.pid())?;
    std::env::set_current_dir("/").named("change to", "/")
}

fn same_namespace(kind: &str, pid: i32) -> Result<bool, Error> {
    let of = |process: &str| {
        let path = format!("/proc/{process}/ns/{kind}");
        fs::read_link(&path).named("read", path)
    };
    Ok(of("self")? == of(&pid.to_string())?)
}
