//! A parked interpreter, whose copies are programs that have started already. It is moat's own code in an
//! interpreter of the machine, sees the userland and nothing else, has no network, and holds no secret; it has one
//! thread and keeps its capabilities, because a copy of it enters the sandbox by itself: the control group, the
//! namespaces, the identity, the limits, no capabilities, the filter, in the order of [`crate::step::Step`], and only
//! then leaves a copy of its own there, which waits for the function.
//!
//! What it needs to know is in its variable `MOAT_ZYGOTE`; orders come over the descriptor that is named there.

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::cage::{self, Caged, Limit, Plan, Program};
use crate::root::Root;
use crate::sandbox::{Builder, Error, Sandbox, USER_ID};
use crate::sys;

/// A copy takes about a millisecond; a machine that is busy, longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A parked interpreter to be.
#[derive(Debug, Clone)]
pub struct ZygoteSpec {
    /// The files that it sees; its copies see those of their sandboxes.
    pub root: Root,
    /// The interpreter; its variable `MOAT_ZYGOTE` is added.
    pub program: Program,
    /// Open descriptors of a copy.
    pub open_files: u64,
    /// Tasks that a copy's user may have.
    pub tasks: u64,
}

/// A parked interpreter. Dropping it ends it; its copies live on.
#[derive(Debug)]
pub struct Zygote {
    line: UnixStream,
    pidfd: OwnedFd,
    pid: i32,
    copies: u32,
}

impl Builder {
    /// Starts a parked interpreter, which dies with the calling thread, as sandboxes do. It need not be waited for:
    /// the first copy is late by what is left of its start.
    ///
    /// Errors: see [`Error`]; nothing is then left.
    pub fn zygote(&self, spec: &ZygoteSpec) -> Result<Zygote, Error> {
        let (line, theirs) = UnixStream::pair().map_err(|source| Error::prepare("line", source))?;
        let null = std::fs::File::options().write(true).open("/dev/null");
        let null = null.map_err(|source| Error::prepare("/dev/null", source))?;
        let mut program = spec.program.clone();
        program.env.push(("MOAT_ZYGOTE".into(), self.knowledge(spec, theirs.as_raw_fd()).into()));
        let plan = Plan {
            root: &spec.root,
            mount_point: self.mount_point(),
            network: Path::new("/proc/self/ns/net"),
            host_name: "zygote",
            id: USER_ID,
            outside: 0,
            program: &program,
            input: None,
            output: null.as_fd(),
            errors: None,
            limits: &[Limit::Core(0)],
            group: None,
            filter: None,
            die_with_parent: true,
            record: None,
            image: None,
            kept: &[theirs.as_fd()],
            trusted: true,
        };
        let Caged { identity, pidfd, .. } = cage::launch(&plan)?;
        line.set_read_timeout(Some(PATIENCE)).map_err(|source| Error::prepare("line", source))?;
        Ok(Zygote { line, pidfd, pid: identity.pid, copies: 0 })
    }

    /// The descriptor of orders, the user inside, the last capability, limits, and the filter, a word for each.
    fn knowledge(&self, spec: &ZygoteSpec, line: RawFd) -> String {
        let limits = cage::limit_numbers(&crate::sandbox::limits(spec.open_files, spec.tasks));
        let limits: Vec<String> =
            limits.iter().map(|(resource, value)| format!("{resource}:{value}")).collect();
        let filter: String = self.filter().bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{line} {USER_ID} {} {} {filter}", cage::last_capability(), limits.join(","))
    }
}

impl Zygote {
    /// Leaves a copy in a sandbox that has no program yet. The copy's descriptor 3 is the sandbox's socket.
    ///
    /// Errors: the copy could not be made; the sandbox is of no use then, and the parked interpreter perhaps neither.
    pub fn copy_into(&mut self, sandbox: &mut Sandbox) -> Result<(), Error> {
        let failed = |source: Errno| Error::Copy { source };
        {
            let fds = sandbox.entrance().ok_or(failed(Errno::EBUSY))?;
            let order = [IoSlice::new(b"copy\n")];
            let rights = [ControlMessage::ScmRights(&fds)];
            sendmsg::<()>(self.line.as_raw_fd(), &order, &rights, MsgFlags::MSG_NOSIGNAL, None)
                .map_err(failed)?;
        }
        let mut answer = [0; 4];
        std::io::Read::read_exact(&mut self.line, &mut answer)
            .map_err(|error| failed(Errno::from_raw(error.raw_os_error().unwrap_or(libc::EPIPE))))?;
        match i32::from_ne_bytes(answer) {
            0 => {}
            errno => return Err(failed(Errno::from_raw(errno))),
        }
        self.copies += 1;
        sandbox.adopt()
    }

    /// How many copies it has made. They share what the interpreter drew at its start, such as the seed of its
    /// hashes, so none should make too many.
    pub fn copies(&self) -> u32 {
        self.copies
    }

    /// Its process id in the world's pid namespace.
    pub fn pid(&self) -> i32 {
        self.pid
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        sys::pidfd_send_signal(self.pidfd.as_fd(), libc::SIGKILL).ok();
        sys::reap(self.pidfd.as_fd(), true).ok();
    }
}
