//! The command's end of the socket by which it gives its streams and signals to a program inside.

use crate::dirs::DataDir;
use crate::failure::Failure;
use instances::{Asked, Mount, Program, visible};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, IoSlice, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is passed on to the program.
const SIGNALS: [i32; 6] = [1, 2, 3, 10, 12, 15];

/// A line to a running moat.
pub struct Terminal {
    stream: BufReader<UnixStream>,
    /// What signed calls name it by.
    pub token: String,
}

impl Terminal {
    /// Offers a program with this command's own streams.
    pub fn offer(data: &DataDir, program: &Program) -> Result<Self, Failure> {
        let (input, output, errors) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        let stream = open(data)?;
        let opening = json!({ "program": program });
        say(&stream, &opening, &[input.as_fd(), output.as_fd(), errors.as_fd()])?;
        Self::of(stream, true)
    }

    /// A line without a program.
    pub fn bare(data: &DataDir) -> Result<Self, Failure> {
        let stream = open(data)?;
        say(&stream, &json!({}), &[])?;
        Self::of(stream, false)
    }

    fn of(stream: UnixStream, passes_signals: bool) -> Result<Self, Failure> {
        let mut stream = BufReader::new(stream);
        let told = heard(&mut stream)?;
        match told.get("token").and_then(Value::as_str) {
            Some(token) => {
                if !passes_signals {
                    return Ok(Self { token: token.to_owned(), stream });
                }
                let writer = stream.get_ref().try_clone()?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                // From here on signals are the program's.
                let watched = runtime.block_on(async { watched() });
                std::thread::spawn(move || runtime.block_on(pass_signals(writer, watched)));
                Ok(Self { token: token.to_owned(), stream })
            }
            None => Err(refusal(&told)),
        }
    }

    /// Passes signals on until the program has ended; its exit code.
    pub fn attend(mut self) -> Result<u8, Failure> {
        let told = heard(&mut self.stream)?;
        match told.get("exit").and_then(Value::as_i64) {
            Some(code) => Ok(u8::try_from(code & 0xff).unwrap_or(1)),
            None => Err(refusal(&told)),
        }
    }
}

/// Asks for a connection that a line was allowed, and gives it what it is to be connected to.
pub fn pass_on(data: &DataDir, token: &str, near: BorrowedFd<'_>) -> Result<(), Failure> {
    let stream = open(data)?;
    say(&stream, &json!({ "forward": token }), &[near])?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let told: Value = serde_json::from_str(&line).unwrap_or_default();
    if told.get("error").is_some() { Err(refusal(&told)) } else { Ok(()) }
}

/// The signals that are passed on, caught.
fn watched() -> Vec<(i32, Signal)> {
    let caught =
        SIGNALS.iter().filter_map(|number| Some((*number, signal(SignalKind::from_raw(*number)).ok()?)));
    caught.collect()
}

async fn pass_signals(mut line: UnixStream, mut watched: Vec<(i32, Signal)>) {
    loop {
        let mut next = Box::pin(std::future::poll_fn(|context| {
            for (number, stream) in &mut watched {
                if stream.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*number);
                }
            }
            std::task::Poll::Pending
        }));
        let number = next.as_mut().await;
        if line.write_all(format!("{}\n", json!({ "signal": number })).as_bytes()).is_err() {
            return;
        }
    }
}

fn open(data: &DataDir) -> Result<UnixStream, Failure> {
    let dir = data.path()?;
    let not_running = || Failure::new("moat is not running").hint("moat up -d");
    let held = std::fs::File::open(&dir).map_err(|_| not_running())?;
    // A path may be longer than a socket's address; this way it never is.
    let at = format!("/proc/self/fd/{}/{}", held.as_raw_fd(), server::TERMINAL);
    UnixStream::connect(at).map_err(|_| not_running())
}

fn say(stream: &UnixStream, value: &Value, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
    let text = format!("{value}\n");
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(fds));
    }
    let sent = sendmsg(stream, &[IoSlice::new(text.as_bytes())], &mut control, SendFlags::empty())?;
    let mut stream = stream;
    stream.write_all(text.as_bytes().get(sent..).unwrap_or_default())?;
    Ok(())
}

fn heard(stream: &mut BufReader<UnixStream>) -> Result<Value, Failure> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(Failure::new("moat has ended").hint("moat up -d"));
    }
    Ok(serde_json::from_str(&line)?)
}

fn refusal(told: &Value) -> Failure {
    Failure::new(told.get("error").and_then(Value::as_str).unwrap_or("moat did not answer as expected"))
}

/// The program of a command line, as it is run from here: with this working directory, and this
/// environment without what belongs to moat or AWS, which an instance has of its own.
pub fn program(command: Vec<String>, env: &[String], mounts: &[String]) -> Result<Program, Failure> {
    let cwd = std::env::current_dir()?;
    let found = command.first().and_then(|name| find(name, &cwd));
    let mut shown = visible(&cwd, found.as_deref());
    let mut asked = Asked::default();
    for mount in mounts {
        asked.mounts.push(mount_of(mount)?);
    }
    shown.extend(asked.mounts.iter().cloned());
    let own = |name: &str| {
        let aws = name.starts_with("AWS_") || name.starts_with("MOAT_");
        // The host's proxy is out of reach.
        !(aws || CERTIFICATES.contains(&name) || name.to_ascii_lowercase().ends_with("_proxy"))
    };
    let mut variables: Vec<(String, String)> = std::env::vars().filter(|(name, _)| own(name)).collect();
    for given in env {
        let (name, value) = given.split_once('=').ok_or_else(|| {
            Failure::new(format!("`{given}` is not NAME=VALUE")).hint("moat run --env NAME=VALUE …")
        })?;
        variables.retain(|(known, _)| known != name);
        asked.env.push((name.to_owned(), value.to_owned()));
        variables.push((name.to_owned(), value.to_owned()));
    }
    Ok(Program { command, env: variables, cwd, mounts: shown, asked })
}

/// Where the host's certificates are is not where an instance's are.
const CERTIFICATES: [&str; 5] =
    ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

fn mount_of(text: &str) -> Result<Mount, Failure> {
    let (path, writable) = match text.strip_suffix(":rw") {
        Some(path) => (path, true),
        None => (text, false),
    };
    let path = std::path::absolute(path)?;
    if !path.exists() {
        return Err(Failure::new(format!("`{}` does not exist", path.display())));
    }
    Ok(Mount { path, writable })
}

/// Where the shell would find a program.
fn find(name: &str, cwd: &Path) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(cwd.join(name));
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}
