//! How a process is locked up: everything is prepared first; then the child goes through the steps, in which it
//! may allocate nothing, because it is the copy of one thread of a process that has many
//! ([signal-safety(7)](https://man7.org/linux/man-pages/man7/signal-safety.7.html)).
//!
//! Child and parent talk over a pair of sockets: the child says which step failed and how, or, before the program
//! starts, how long each step took; the parent answers once, when it has written the user map.

mod child;

use std::ffi::{CString, OsString};
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::cgroup::ControlGroup;
use crate::filter::Filter;
use crate::identity::Identity;
use crate::root::{Act, Root, c_path};
use crate::step::{Failure, Step, Trace};
use crate::sys;

/// A resource limit that holds for each process by itself
/// ([getrlimit(2)](https://man7.org/linux/man-pages/man2/getrlimit.2.html)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Open descriptors.
    OpenFiles(u64),
    /// Processes and threads of this user namespace together.
    Tasks(u64),
    /// Private writable memory, in bytes.
    Data(u64),
    /// Size of a core dump, in bytes.
    Core(u64),
    /// Memory that may be kept from being swapped out, in bytes.
    Locked(u64),
}

/// The program to run, with paths as they are inside.
#[derive(Clone)]
pub struct Program {
    /// Absolute path of the executable.
    pub path: PathBuf,
    /// Its arguments, without the program's own name.
    pub args: Vec<OsString>,
    /// Its whole environment. Never shown, since it holds credentials.
    pub env: Vec<(OsString, OsString)>,
    /// Where it starts.
    pub cwd: PathBuf,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        let mut shown = f.debug_struct("Program");
        shown.field("path", &self.path).field("args", &self.args).field("env", &names).finish_non_exhaustive()
    }
}

/// Everything the steps need to know.
pub(crate) struct Plan<'a> {
    pub root: &'a Root,
    /// An empty directory over which the new root is built.
    pub mount_point: &'a Path,
    pub network: &'a Path,
    pub host_name: &'a str,
    /// The one user and group inside.
    pub id: u32,
    /// Who that is outside.
    pub outside: u32,
    pub program: &'a Program,
    /// Standard input; without one it is empty.
    pub input: Option<BorrowedFd<'a>>,
    pub output: BorrowedFd<'a>,
    /// Standard error; without one it is the output.
    pub errors: Option<BorrowedFd<'a>>,
    pub limits: &'a [Limit],
    pub group: Option<&'a ControlGroup>,
    pub filter: Option<&'a Filter>,
    pub die_with_parent: bool,
    /// Where to write down which process it is, before it may go on: what is never written down is never found.
    pub record: Option<&'a Path>,
    /// The program itself, where it is not a file inside; then the program's path is only its name.
    pub image: Option<BorrowedFd<'a>>,
    /// Descriptors that the program keeps, under their numbers.
    pub kept: &'a [BorrowedFd<'a>],
    /// Code of moat's own, which keeps its capabilities and the world's process ids, and has no network at all.
    pub trusted: bool,
}

/// A process that has started its program.
pub(crate) struct Caged {
    pub identity: Identity,
    pub pidfd: OwnedFd,
    pub trace: Trace,
}

pub(crate) use child::last_capability;

/// Limits as the kernel numbers them.
pub(crate) fn limit_numbers(limits: &[Limit]) -> Vec<(u32, u64)> {
    limits.iter().map(child::numbers).collect()
}

/// Runs the steps. On an error nothing is left of the child.
pub(crate) fn launch(plan: &Plan<'_>) -> Result<Caged, Failure> {
    let prepared = child::Prepared::new(plan)?;
    let (parent_end, child_end) = UnixStream::pair().map_err(|error| failure(Step::Clone, "", &error))?;
    let began = Instant::now();
    let (pid, pidfd) = match child::clone_into(&prepared, &child_end) {
        Ok(cloned) => cloned,
        Err(source) => return Err(Failure { step: Step::Clone, object: String::new(), source }),
    };
    drop(child_end);
    let clone = began.elapsed();
    // The child waits for its user map, so it cannot have ended before it is known.
    let identity = Identity::of(pid).map_err(|error| failure(Step::Clone, pid, &error));
    let outcome = identity.and_then(|identity| {
        let identity =
            identity.ok_or(Failure { step: Step::Clone, object: pid.to_string(), source: Errno::ESRCH })?;
        if let Some(file) = plan.record {
            identity.save(file).map_err(|error| failure(Step::Clone, file.display(), &error))?;
        }
        attend(plan, &prepared, pid, parent_end, clone).map(|trace| (identity, trace))
    });
    match outcome {
        Ok((identity, trace)) => Ok(Caged { identity, pidfd, trace }),
        Err(error) => {
            sys::pidfd_send_signal(pidfd.as_fd(), libc::SIGKILL).ok();
            sys::reap(pidfd.as_fd(), true).ok();
            Err(error)
        }
    }
}

/// The parent's side of the steps.
fn attend(
    plan: &Plan<'_>,
    prepared: &child::Prepared,
    pid: i32,
    mut line: UnixStream,
    clone: Duration,
) -> Result<Trace, Failure> {
    if !plan.trusted {
        hear(&mut line, prepared)?;
        map(pid, plan.id, plan.outside).map_err(|error| failure(Step::User, pid, &error))?;
        proceed(&mut line)?;
    }
    let times = hear(&mut line, prepared)?;
    let starting = Instant::now();
    // The line closes when the program starts; anything that still comes is the reason why it did not.
    match line.read(&mut [0; 1]) {
        Ok(0) => {}
        _ => return Err(exec_failure(&mut line, plan)),
    }
    let mut steps = vec![(Step::Clone, clone)];
    let timed = Step::ALL.into_iter().zip(times.micros);
    steps.extend(timed.skip(1).map(|(step, micros)| (step, Duration::from_micros(micros.into()))));
    if let Some(exec) = steps.last_mut() {
        exec.1 = starting.elapsed();
    }
    Ok(Trace(steps))
}

fn proceed(line: &mut UnixStream) -> Result<(), Failure> {
    line.write_all(b"!").map_err(|error| failure(Step::User, "", &error))
}

/// One message from the child: a failed step, or the times of those that are done.
fn hear(line: &mut UnixStream, prepared: &child::Prepared) -> Result<child::Report, Failure> {
    let mut bytes = [0; child::REPORT_BYTES];
    line.read_exact(&mut bytes).map_err(|error| failure(Step::Clone, "the child said nothing", &error))?;
    let report = child::Report::decode(&bytes);
    match report.failed.and_then(Step::numbered) {
        None => Ok(report),
        Some(step) => {
            let source = Errno::from_raw(report.errno as i32);
            Err(Failure { step, object: prepared.object(step, report.index as usize), source })
        }
    }
}

fn exec_failure(line: &mut UnixStream, plan: &Plan<'_>) -> Failure {
    // The first byte, the step's number, has been read.
    let mut rest = [0; child::REPORT_BYTES - 1];
    let errno = match line.read_exact(&mut rest) {
        Ok(()) => child::Report::decode_rest(&rest).errno as i32,
        Err(error) => error.raw_os_error().unwrap_or(libc::EIO),
    };
    let object = plan.program.path.display().to_string();
    Failure { step: Step::Exec, object, source: Errno::from_raw(errno) }
}

fn failure(step: Step, object: impl ToString, error: &io::Error) -> Failure {
    let source = Errno::from_raw(error.raw_os_error().unwrap_or(libc::EINVAL));
    Failure { step, object: object.to_string(), source }
}

/// Gives the child's user namespace its one user and one group.
fn map(pid: i32, inside: u32, outside: u32) -> io::Result<()> {
    fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
    fs::write(format!("/proc/{pid}/uid_map"), format!("{inside} {outside} 1\n"))?;
    fs::write(format!("/proc/{pid}/gid_map"), format!("{inside} {outside} 1\n"))
}

/// Whom locked-up code is from outside, where `/proc/self/uid_map` offers a choice: a number far from any
/// account's.
const NOBODYS: u64 = 2_000_000_993;

/// The user and group, seen from the calling process, that locked-up processes are: somebody without any rights
/// for root, and the only one there is, the caller, for an ordinary user. Files that such a process is to write
/// must belong to it.
pub fn outside_id() -> u32 {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    most_remote(&map)
}

fn most_remote(map: &str) -> u32 {
    let ranges = map.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let first: u64 = fields.next()?.parse().ok()?;
        let count: u64 = fields.nth(1)?.parse().ok()?;
        Some(first..first + count)
    });
    let candidates = ranges.filter_map(|range| match NOBODYS {
        far if range.contains(&far) => Some(far),
        _ => range.end.checked_sub(1),
    });
    candidates.max().and_then(|id| u32::try_from(id).ok()).unwrap_or(0)
}

fn c_string(text: &std::ffi::OsStr) -> io::Result<CString> {
    Ok(CString::new(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locked_up_code_is_nobody_for_root_and_the_caller_for_an_ordinary_user() {
        assert_eq!(most_remote("         0          0 4294967295\n"), 2_000_000_993);
        assert_eq!(most_remote("         0       1000          1\n"), 0);
        assert_eq!(most_remote("0 1000 1\n1 100000 65536\n"), 65_536);
    }

    #[test]
    fn an_environment_is_not_shown() {
        let env = vec![("AWS_SECRET_ACCESS_KEY".into(), "hush".into())];
        let program = Program { path: "/bin/true".into(), args: vec![], env, cwd: "/".into() };
        assert!(!format!("{program:?}").contains("hush"));
    }
}
