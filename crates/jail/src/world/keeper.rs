//! The keeper: pid 1 of the world. It owns the namespaces by being in them, reaps orphans, and ends when told;
//! whatever else it did would be one more reason for it to die.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid};

use super::{Error, Named};
use crate::sys;
use crate::userns::{Forbidden, map_self_to_root};

/// How much the state directory may hold; it holds mount points and small files.
const STATE_OPTIONS: &str = "mode=0700,size=64m";

/// Where the world's own files are, under the directory on the host.
pub(super) fn state_dir(run_dir: &Path) -> PathBuf {
    run_dir.join("world")
}

/// A keeper that is being born. Dropping it before `release` ends the keeper.
pub(super) struct Birth {
    reports: fs::File,
    go: OwnedFd,
    midwife: Pid,
}

impl Birth {
    /// Forks the process that will leave for the new namespaces and fork the keeper there.
    pub(super) fn begin(run_dir: &Path) -> Result<Birth, Error> {
        let (reports, report) =
            nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).named("open a pipe to", "keeper")?;
        let (wait, go) =
            nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).named("open a pipe to", "keeper")?;
        let state_dir = state_dir(run_dir);
        fs::create_dir_all(&state_dir).named("create", state_dir.display())?;
        match sys::fork_single_threaded().named("start the keeper of", run_dir.display())? {
            Some(midwife) => Ok(Birth { reports: reports.into(), go, midwife: Pid::from_raw(midwife) }),
            None => {
                drop((reports, go));
                leave(&state_dir, fs::File::from(report), fs::File::from(wait))
            }
        }
    }

    /// Waits until the keeper has set up its world; answers its process id on the host.
    pub(super) fn ready(&mut self) -> Result<i32, Error> {
        let mut text = String::new();
        self.reports.read_to_string(&mut text).named("hear from", "keeper")?;
        waitpid(self.midwife, None).named("wait for process", self.midwife)?;
        if let Some(failure) = text.lines().find_map(|line| line.strip_prefix("cannot ")) {
            return Err(Error::Keeper { report: failure.to_owned() });
        }
        if text.lines().any(|line| line == "forbidden") {
            return Err(Error::UserNamespaces { reason: Forbidden::find() });
        }
        let ready = text.lines().any(|line| line == "ready");
        let pid = text.lines().find_map(|line| line.strip_prefix("pid ")?.parse().ok());
        pid.filter(|_| ready).ok_or_else(|| Error::Keeper { report: "say why it died".to_owned() })
    }

    /// Lets the keeper live on without its parent.
    pub(super) fn release(self) -> io::Result<()> {
        fs::File::from(self.go).write_all(b"go")
    }
}

/// Leaves for new namespaces, forks the keeper as the first process of the new pid namespace, and goes.
fn leave(state_dir: &Path, mut report: fs::File, wait: fs::File) -> ! {
    let outcome = leave_host().and_then(|()| sys::fork_single_threaded().named("start the keeper", ""));
    match outcome {
        Ok(Some(keeper)) => say(&mut report, &format!("pid {keeper}\n")),
        Ok(None) => keep(state_dir, report, wait),
        Err(Error::UserNamespaces { .. }) => say(&mut report, "forbidden\n"),
        Err(error) => say(&mut report, &in_words(&error)),
    }
    sys::exit_now(0)
}

/// A user namespace first, unless the caller is privileged without it: in it the rest is allowed.
fn leave_host() -> Result<(), Error> {
    let (uid, gid) = (Uid::effective(), Gid::effective());
    let forbidden = || Error::UserNamespaces { reason: Forbidden::Unknown };
    if !(uid.is_root() && sys::has_sys_admin()) {
        unshare(CloneFlags::CLONE_NEWUSER).map_err(|_| forbidden())?;
        map_self_to_root(uid.as_raw(), gid.as_raw()).map_err(|_| forbidden())?;
        // AppArmor lets the namespace come into being and then denies what it is for.
        unshare(CloneFlags::CLONE_NEWUTS).map_err(|_| forbidden())?;
    }
    let all = CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    unshare(all).named("leave for new namespaces from", "host")
}

/// The keeper's whole life.
fn keep(state_dir: &Path, mut report: fs::File, mut wait: fs::File) -> ! {
    SigSet::all().thread_block().ok();
    if let Err(error) = set_up(state_dir) {
        say(&mut report, &in_words(&error));
        sys::exit_now(1);
    }
    say(&mut report, "ready\n");
    drop(report);
    let mut go = [0; 2];
    if wait.read_exact(&mut go).is_err() || let_go_of_everything().is_err() {
        sys::exit_now(1);
    }
    reap_until_told();
    sys::exit_now(0)
}

fn set_up(state_dir: &Path) -> Result<(), Error> {
    nix::unistd::setsid().named("start a session for", "keeper")?;
    sys::set_name(c"moat-keeper").named("name", "keeper")?;
    nix::unistd::sethostname("moat").named("name the host", "moat")?;
    nix::unistd::chdir("/").named("change to", "/")?;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).named("make private", "/")?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), "/proc", Some("proc"), flags, none).named("mount", "/proc")?;
    mount(Some("tmpfs"), state_dir, Some("tmpfs"), MsFlags::MS_NOSUID, Some(STATE_OPTIONS))
        .named("mount", state_dir.display())?;
    sys::loopback_up().named("bring up", "lo")
}

/// Nothing of the terminal, the listening socket or the lock may stay open in a process that outlives them all.
fn let_go_of_everything() -> nix::Result<()> {
    let null = nix::fcntl::open("/dev/null", nix::fcntl::OFlag::O_RDWR, nix::sys::stat::Mode::empty())?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    nix::unistd::dup2_stderr(&null)?;
    std::mem::forget(null);
    sys::close_from(3)
}

/// Every signal is blocked, so they queue up here; the first to end a process is SIGTERM, and with pid 1 the
/// kernel ends all the others.
fn reap_until_told() {
    let awaited = SigSet::all();
    loop {
        match awaited.wait() {
            Ok(Signal::SIGTERM) => return,
            Ok(Signal::SIGCHLD) => reap(),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

fn reap() {
    while let Ok(status) = waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
        if status == WaitStatus::StillAlive {
            return;
        }
    }
}

/// The reader may be gone, which the keeper finds out when it waits to be let go.
fn say(report: &mut fs::File, text: &str) {
    report.write_all(text.as_bytes()).ok();
}

fn in_words(error: &Error) -> String {
    match error {
        Error::Step { step, object, source } => format!("cannot {step} `{object}`: {source}\n"),
        other => format!("cannot {other}\n"),
    }
}
