//! The socket in the data directory by which a command gives its own streams to a program inside.
//! Who can open it owns the data directory; what the program may do in AWS's terms is asked by a
//! signed call, which names the token that this socket gave.
//!
//! A line each way, in JSON. `{"program": …}` with three descriptors, or `{}` without, is answered by
//! `{"token": …}`; then `{"signal": N}` until the command is answered `{"exit": N}` or `{"error": …}`.
//! `{"forward": TOKEN}` with a connected socket is a connection to be passed on.

use base::Ids;
use instances::{Program, Streams};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, IoSliceMut, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a command's first line may hold: its environment is in there.
const MAX_LINE: usize = 4 << 20;
/// Commands at a time.
const MAX_LINES: usize = 256;
const CHUNK: usize = 16 << 10;
/// The socket's name in the data directory.
pub const SOCKET: &str = "terminal";

/// Opens a connection for a forwarder, or says why not.
pub type Forward = Box<dyn Fn() -> Result<TcpStream, String> + Send + Sync>;

/// One command that is connected.
pub struct Line {
    stream: Mutex<UnixStream>,
    pub program: Option<Program>,
    streams: Mutex<Option<Streams>>,
    signals: Mutex<VecDeque<i32>>,
    closed: AtomicBool,
    forward: Mutex<Option<Arc<Forward>>>,
}

impl Line {
    /// The command's own streams, given away once.
    pub fn take_streams(&self) -> Option<Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The next signal that the command got.
    pub fn next_signal(&self) -> Option<i32> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Whether the command has ended.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Lets the command's connections through from now on.
    pub fn allow(&self, forward: Forward) {
        *self.forward.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(forward));
    }

    pub fn exited(&self, code: i32) {
        self.tell(&json!({ "exit": code }));
    }

    pub fn failed(&self, reason: &str) {
        self.tell(&json!({ "error": reason }));
    }

    fn tell(&self, value: &Value) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        // A command that has gone hears nothing.
        let _ = stream.write_all(format!("{value}\n").as_bytes());
    }
}

/// The commands that are connected, by the tokens they have.
#[derive(Clone)]
pub struct Terminal {
    lines: Arc<Mutex<BTreeMap<String, Arc<Line>>>>,
    ids: Arc<dyn Ids>,
}

#[derive(Deserialize)]
struct Opening {
    program: Option<Program>,
    forward: Option<String>,
}

impl Terminal {
    /// Listens in the data directory until the process ends.
    pub fn listen(data_dir: &Path, ids: Arc<dyn Ids>) -> io::Result<Self> {
        let terminal = Self { lines: Arc::default(), ids };
        let path = data_dir.join(SOCKET);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // A path may be longer than a socket's address; this way it never is.
        let dir = std::fs::File::open(data_dir)?;
        let at = format!("/proc/self/fd/{}/{SOCKET}", std::os::fd::AsRawFd::as_raw_fd(&dir));
        let listener = UnixListener::bind(at)?;
        let accepting = terminal.clone();
        std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let terminal = accepting.clone();
                let attended = std::thread::Builder::new()
                    .name("terminal".to_owned())
                    .spawn(move || terminal.attend(stream));
                if let Err(error) = attended {
                    tracing::error!(%error, "attend to a command");
                }
            }
        })?;
        Ok(terminal)
    }

    /// The command that holds a token.
    pub fn line(&self, token: &str) -> Option<Arc<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn attend(&self, stream: UnixStream) {
        let (opening, fds) = match first_line(&stream) {
            Ok(heard) => heard,
            Err(error) => return tracing::debug!(%error, "hear a command"),
        };
        match opening.forward {
            Some(token) => self.forward(&token, &stream, fds),
            None => self.keep(stream, opening.program, fds),
        }
    }

    fn keep(&self, stream: UnixStream, program: Option<Program>, fds: Vec<OwnedFd>) {
        let Ok(writer) = stream.try_clone() else { return };
        let streams: Option<[OwnedFd; 3]> = fds.try_into().ok();
        let line = Arc::new(Line {
            stream: Mutex::new(writer),
            program,
            streams: Mutex::new(streams.map(Arc::new)),
            signals: Mutex::default(),
            closed: AtomicBool::new(false),
            forward: Mutex::default(),
        });
        let token = self.ids.hex(32);
        {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() >= MAX_LINES {
                return line.failed("too many commands are connected");
            }
            lines.insert(token.clone(), line.clone());
        }
        line.tell(&json!({ "token": token }));
        for text in BufReader::new(stream).lines().map_while(Result::ok) {
            let signal = serde_json::from_str::<Value>(&text).ok().and_then(|v| v.get("signal")?.as_i64());
            if let Some(signal) = signal.and_then(|signal| i32::try_from(signal).ok()) {
                line.signals.lock().unwrap_or_else(PoisonError::into_inner).push_back(signal);
            }
        }
        line.closed.store(true, Ordering::Relaxed);
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).remove(&token);
    }

    /// Passes one connection on, if the command that asks was let.
    fn forward(&self, token: &str, asking: &UnixStream, mut fds: Vec<OwnedFd>) {
        let allowed = self
            .line(token)
            .and_then(|line| line.forward.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let (Some(allowed), Some(near)) = (allowed, fds.pop()) else { return };
        match allowed() {
            Ok(far) => splice(TcpStream::from(near), far),
            Err(reason) => {
                let mut asking = asking;
                let _ = asking.write_all(format!("{}\n", json!({ "error": reason })).as_bytes());
            }
        }
    }
}

/// Copies both ways until both have ended.
fn splice(near: TcpStream, far: TcpStream) {
    let (Ok(mut near_in), Ok(mut far_out)) = (near.try_clone(), far.try_clone()) else { return };
    let (mut near_out, mut far_in) = (near, far);
    let there = std::thread::Builder::new().name("forward".to_owned()).spawn(move || {
        let _ = io::copy(&mut near_in, &mut far_out);
        let _ = far_out.shutdown(std::net::Shutdown::Write);
    });
    let _ = io::copy(&mut far_in, &mut near_out);
    let _ = near_out.shutdown(std::net::Shutdown::Write);
    if let Ok(there) = there {
        let _ = there.join();
    }
}

/// The first line, and the descriptors that came with it.
fn first_line(stream: &UnixStream) -> io::Result<(Opening, Vec<OwnedFd>)> {
    let (mut text, mut fds) = (Vec::new(), Vec::new());
    while !text.ends_with(b"\n") {
        if text.len() > MAX_LINE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut chunk = vec![0; CHUNK];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let got = recvmsg(stream, &mut [IoSliceMut::new(&mut chunk)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                fds.extend(received);
            }
        }
        if got.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.extend_from_slice(chunk.get(..got.bytes).unwrap_or_default());
    }
    Ok((serde_json::from_slice(&text)?, fds))
}
