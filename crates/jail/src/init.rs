//! The daemon's side of the conversation with a sandbox's process 1, `init/main.rs`: orders, the answers of those that
//! have one, and how programs ended.

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

use crate::cage::Program;
use crate::sandbox::Exit;
use crate::sys;

/// Process 1 as a program; `build.rs` has made it.
const IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/init"));

const EXECUTE: u32 = 1;
const EXECUTE_WITH_SOCKET: u32 = 2;
const ADOPT: u32 = 3;
const EXECUTE_BESIDE: u32 = 4;
const STOP_ALL: u32 = 5;
const CONTINUE_ALL: u32 = 6;
const TERMINATE: u32 = 7;
const KILL: u32 = 8;
const KILL_BESIDE: u32 = 9;
const STARTED: u32 = 1;
const NOT_STARTED: u32 = 2;
const EXITED: u32 = 3;
const KILLED: u32 = 4;
const BESIDE_ENDED: u32 = 5;
/// An order is obeyed in a fraction of a millisecond; on a machine that swaps, in more.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program as a file without a name.
pub(crate) fn image() -> io::Result<OwnedFd> {
    sys::sealed_image(c"init", IMAGE)
}

/// As what a program is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one that the sandbox is for.
    Main,
    /// The same, and its descriptor 3 is the socket that process 1 was given for it.
    MainWithSocket,
    /// One beside it, which writes to an output of its own.
    Beside,
}

/// What can be asked of process 1 without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// Nobody goes on, process 1 excepted.
    StopAll,
    /// Everybody goes on.
    ContinueAll,
    /// SIGTERM for the program.
    Terminate,
    /// SIGKILL for the program.
    Kill,
    /// SIGKILL for the program beside of this number.
    KillBeside(u32),
}

/// How programs ended, as far as it has been heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends {
    /// The one that the sandbox is for.
    pub program: Option<Exit>,
    /// Those beside it: their number, in the order of their start, and how.
    pub beside: Vec<(u32, Exit)>,
}

impl Ends {
    fn hear(&mut self, kind: u32, value: u32) {
        match kind {
            EXITED => self.program = Some(Exit::Code(value as i32)),
            KILLED => self.program = Some(Exit::Signal(value as i32)),
            BESIDE_ENDED => {
                let code = (value & 0xff) as i32;
                let exit = if value & 0x100 == 0 { Exit::Code(code) } else { Exit::Signal(code) };
                self.beside.push((value >> 16, exit));
            }
            _ => {}
        }
    }
}

/// Has `program` started.
pub(crate) fn execute(
    line: &mut UnixStream,
    ends: &mut Ends,
    program: &Program,
    role: Role,
) -> Result<(), Errno> {
    let mut body = Vec::new();
    let mut add = |parts: &[&[u8]]| {
        parts.iter().for_each(|part| body.extend_from_slice(part));
        body.push(0);
    };
    let path = program.path.as_os_str().as_bytes();
    add(&[program.cwd.as_os_str().as_bytes()]);
    add(&[path]);
    add(&[path]);
    program.args.iter().for_each(|arg| add(&[arg.as_bytes()]));
    program.env.iter().for_each(|(name, value)| add(&[name.as_bytes(), b"=", value.as_bytes()]));
    let strings = 3 + program.args.len() + program.env.len();
    if body.iter().filter(|byte| **byte == 0).count() != strings {
        // A null byte in one of them would shift all that follow.
        return Err(Errno::EINVAL);
    }
    let order = match role {
        Role::Main => EXECUTE,
        Role::MainWithSocket => EXECUTE_WITH_SOCKET,
        Role::Beside => EXECUTE_BESIDE,
    };
    let count = |length: usize| u32::try_from(length).map_err(|_| Errno::E2BIG);
    let head = [order, count(body.len())?, count(program.args.len() + 1)?, count(program.env.len())?];
    give(line, ends, &head, &body)
}

/// Tells it that a program has been left to it, whose end it is to report.
pub(crate) fn adopt(line: &mut UnixStream, ends: &mut Ends) -> Result<(), Errno> {
    give(line, ends, &[ADOPT, 0, 0, 0], &[])
}

/// Asks for something that has no answer.
pub(crate) fn ask(mut line: &UnixStream, request: Request) -> io::Result<()> {
    let head = match request {
        Request::StopAll => [STOP_ALL, 0, 0, 0],
        Request::ContinueAll => [CONTINUE_ALL, 0, 0, 0],
        Request::Terminate => [TERMINATE, 0, 0, 0],
        Request::Kill => [KILL, 0, 0, 0],
        Request::KillBeside(number) => [KILL_BESIDE, number, 0, 0],
    };
    line.write_all(&words(&head))
}

fn words(head: &[u32; 4]) -> Vec<u8> {
    head.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

fn give(line: &mut UnixStream, ends: &mut Ends, head: &[u32; 4], body: &[u8]) -> Result<(), Errno> {
    let failed = |error: io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EPIPE));
    let mut order = words(head);
    order.extend_from_slice(body);
    line.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    line.write_all(&order).map_err(failed)?;
    loop {
        let mut bytes = [0; 8];
        line.read_exact(&mut bytes).map_err(failed)?;
        match message(bytes) {
            (STARTED, _) => return Ok(()),
            (NOT_STARTED, errno) => return Err(Errno::from_raw(errno as i32)),
            // A program that was started before may end at any time.
            (kind @ (EXITED | KILLED | BESIDE_ENDED), value) => ends.hear(kind, value),
            _ => return Err(Errno::EPROTO),
        }
    }
}

/// Takes what has been said since, without waiting.
pub(crate) fn listen(line: &UnixStream, ends: &mut Ends) {
    let mut bytes = [0; 8];
    while let Ok(8) = recv(line.as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT) {
        let (kind, value) = message(bytes);
        ends.hear(kind, value);
    }
}

fn message(bytes: [u8; 8]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = bytes;
    (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_heard_in_any_order() {
        let (mut theirs, ours) = UnixStream::pair().unwrap();
        let mut ends = Ends::default();
        listen(&ours, &mut ends);
        assert_eq!(ends, Ends::default());
        for (kind, value) in [(BESIDE_ENDED, 2 << 16 | 7), (EXITED, 3), (BESIDE_ENDED, 1 << 8 | 9)] {
            theirs.write_all(&[kind, value].map(u32::to_ne_bytes).concat()).unwrap();
        }
        listen(&ours, &mut ends);
        let beside = vec![(2, Exit::Code(7)), (0, Exit::Signal(9))];
        assert_eq!(ends, Ends { program: Some(Exit::Code(3)), beside });
    }
}
