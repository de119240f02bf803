//! The first process of a machine: it runs the user data, or one program, takes in orphans, passes
//! signals on, and ends everything when it ends, because the kernel does
//! ([pid_namespaces(7)](https://man7.org/linux/man-pages/man7/pid_namespaces.7.html)).

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const STATUS_DIR: &str = "/.moat/status";
const USER_DATA: &str = "/var/lib/cloud/user-data.txt";
const SCRIPT: &str = "/var/lib/cloud/part-001";
/// Says that the user data has been run: that happens at the first boot only.
const DONE: &str = "/var/lib/cloud/user-data.done";
/// How long processes may take to end when the machine shuts down.
const SHUT_DOWN_PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
/// As a shell says that it finds no program, and that one cannot be run.
const NOT_FOUND: i32 = 127;
const NOT_RUNNABLE: i32 = 126;
/// What a program has to know how to handle itself; the rest is passed on.
const OWN: [Signal; 1] = [Signal::SIGCHLD];

/// What the first process is to do.
#[derive(Debug, Clone)]
pub enum Job {
    Boot,
    Program { command: Vec<String>, cwd: PathBuf, status: String },
}

/// Does it; the machine's exit code.
pub fn run(job: &Job) -> i32 {
    // Blocked before anything is started, so that none is lost; children begin with an empty mask.
    let all = SigSet::all();
    let _ = all.thread_block();
    match job {
        Job::Boot => {
            boot();
            serve(&all, None)
        }
        Job::Program { command, cwd, status } => {
            let code = match start(command, cwd) {
                Ok(child) => serve(&all, Some(child)),
                Err((code, error)) => {
                    let _ = writeln!(io::stderr(), "moat: {error}");
                    code
                }
            };
            let _ = fs::write(Path::new(STATUS_DIR).join(status), format!("{code}\n"));
            code
        }
    }
}

fn start(command: &[String], cwd: &Path) -> Result<Pid, (i32, String)> {
    let Some((program, args)) = command.split_first() else {
        return Err((NOT_RUNNABLE, "no program is named".to_owned()));
    };
    let cwd = if cwd.is_dir() { cwd } else { Path::new("/") };
    let started = spawn(Command::new(program).args(args).current_dir(cwd).process_group(0));
    let child = started.map_err(|error| {
        let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUNNABLE };
        (code, format!("cannot run `{program}`: {error}"))
    })?;
    Ok(Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX)))
}

/// Starts a program from a thread that blocks no signal, since a child inherits what is blocked.
fn spawn(command: &mut Command) -> io::Result<Child> {
    std::thread::scope(|scope| {
        let started = scope.spawn(|| {
            let _ = SigSet::empty().thread_set_mask();
            command.spawn()
        });
        started.join().unwrap_or_else(|_| Err(io::Error::other("the thread panicked")))
    })
}

/// Runs the user data, as cloud-init does a script.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
fn boot() {
    let text = fs::read(USER_DATA).unwrap_or_default();
    if text.is_empty() || Path::new(DONE).exists() {
        return say("booted");
    }
    let _ = fs::write(DONE, "");
    if !text.starts_with(b"#!") {
        return say("the user data is not a script (`#!`); moat runs no other kind");
    }
    let prepared = fs::write(SCRIPT, &text)
        .and_then(|()| fs::set_permissions(SCRIPT, fs::Permissions::from_mode(0o700)));
    if let Err(error) = prepared {
        return say(&format!("the user data cannot be written: {error}"));
    }
    say("running the user data");
    if let Err(error) = spawn(Command::new(SCRIPT).current_dir("/").process_group(0)) {
        say(&format!("the user data cannot be run: {error}"));
    }
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "moat-init: {text}");
}

/// Takes in whoever ends and passes signals on, until the one child does, or the machine is told to
/// shut down.
fn serve(all: &SigSet, child: Option<Pid>) -> i32 {
    // What ended while it was being started gave its signal to a thread that is gone.
    if let Some(code) = reap(child) {
        return code;
    }
    loop {
        let signal = match all.wait() {
            Ok(signal) => signal,
            Err(_) => continue,
        };
        if OWN.contains(&signal) {
            if let Some(code) = reap(child) {
                return code;
            }
            continue;
        }
        match child {
            Some(child) => drop(kill(Pid::from_raw(-child.as_raw()), signal)),
            None if matches!(signal, Signal::SIGTERM | Signal::SIGINT | Signal::SIGPWR) => {
                say("shutting down");
                return shut_down();
            }
            None => {}
        }
    }
}

/// The child's exit code, if it is among those that have ended.
fn reap(child: Option<Pid>) -> Option<i32> {
    let mut code = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, status)) if Some(pid) == child => code = Some(status),
            Ok(WaitStatus::Signaled(pid, signal, _)) if Some(pid) == child => {
                code = Some(128 + signal as i32)
            }
            Ok(WaitStatus::StillAlive) | Err(_) => return code,
            Ok(_) => {}
        }
    }
}

fn shut_down() -> i32 {
    // Everybody but this process.
    let everybody = Pid::from_raw(-1);
    let _ = kill(everybody, Signal::SIGTERM);
    let deadline = Instant::now() + SHUT_DOWN_PATIENCE;
    while Instant::now() < deadline {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => std::thread::sleep(PAUSE),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    0
}
