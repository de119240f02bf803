//! The daemon's side of the conversation with a sandbox's process 1, `init/main.rs`: an order, its answer, and at the
//! end how the program ended.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::errno::Errno;

use crate::cage::Program;
use crate::sandbox::Exit;
use crate::sys;

/// Process 1 as a program; `build.rs` has made it.
const IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/init"));

const EXECUTE: u32 = 1;
const EXECUTE_WITH_SOCKET: u32 = 2;
const ADOPT: u32 = 3;
const STARTED: u32 = 1;
const NOT_STARTED: u32 = 2;
const EXITED: u32 = 3;
const KILLED: u32 = 4;
/// An order is obeyed in a fraction of a millisecond; on a machine that swaps, in more.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program as a file without a name.
pub(crate) fn image() -> io::Result<OwnedFd> {
    sys::sealed_image(c"init", IMAGE)
}

/// Has `program` started; with `socket` its descriptor 3 is the socket that process 1 was given for it.
pub(crate) fn execute(line: &mut UnixStream, program: &Program, socket: bool) -> Result<(), Errno> {
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
    let order = if socket { EXECUTE_WITH_SOCKET } else { EXECUTE };
    let count = |length: usize| u32::try_from(length).map_err(|_| Errno::E2BIG);
    let head = [order, count(body.len())?, count(program.args.len() + 1)?, count(program.env.len())?];
    give(line, &head, &body)
}

/// Tells it that a program has been left to it, whose end it is to report.
pub(crate) fn adopt(line: &mut UnixStream) -> Result<(), Errno> {
    give(line, &[ADOPT, 0, 0, 0], &[])
}

fn give(line: &mut UnixStream, head: &[u32; 4], body: &[u8]) -> Result<(), Errno> {
    let failed = |error: io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EPIPE));
    let mut order: Vec<u8> = head.iter().flat_map(|word| word.to_ne_bytes()).collect();
    order.extend_from_slice(body);
    line.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    line.write_all(&order).map_err(failed)?;
    match hear(line).map_err(failed)? {
        (STARTED, _) => Ok(()),
        (NOT_STARTED, errno) => Err(Errno::from_raw(errno as i32)),
        _ => Err(Errno::EPROTO),
    }
}

/// How the program ended, when process 1 has ended; `None` when it was killed before it could say.
pub(crate) fn exit(line: &mut UnixStream) -> Option<Exit> {
    line.set_nonblocking(true).ok()?;
    loop {
        match hear(line).ok()? {
            (EXITED, code) => return Some(Exit::Code(code as i32)),
            (KILLED, signal) => return Some(Exit::Signal(signal as i32)),
            _ => {}
        }
    }
}

fn hear(line: &mut UnixStream) -> io::Result<(u32, u32)> {
    let mut bytes = [0; 8];
    line.read_exact(&mut bytes)?;
    let [a, b, c, d, e, f, g, h] = bytes;
    Ok((u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h])))
}
