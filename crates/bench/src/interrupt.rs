//! What runs is written down, so that Ctrl-C takes it along. A panic does so by unwinding.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::signal::unix::{SignalKind, signal};

/// The exit code of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: i32 = 130;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Running {
    Process(i32),
    World { program: PathBuf, data_dir: PathBuf },
    Directory(PathBuf),
}

static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends what it stands for when it is dropped; a process its owner ends, who alone knows whether
/// the number is still that process's.
#[derive(Debug)]
pub struct Guard(Running);

impl Guard {
    pub fn new(what: Running) -> Self {
        running().push(what.clone());
        Self(what)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !matches!(self.0, Running::Process(_)) {
            end(&self.0);
        }
        let mut all = running();
        if let Some(at) = all.iter().position(|one| *one == self.0) {
            all.remove(at);
        }
    }
}

fn end(what: &Running) {
    match what {
        Running::Process(pid) => drop(kill(Pid::from_raw(*pid), Signal::SIGKILL)),
        Running::World { program, data_dir } => take_down(program, data_dir),
        Running::Directory(path) => drop(std::fs::remove_dir_all(path)),
    }
}

/// Ends the keeper and with it everything in the world.
fn take_down(program: &Path, data_dir: &Path) {
    let mut down = Command::new(program);
    down.args(["down", "--data-dir"]).arg(data_dir).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = down.status();
}

/// From now on a signal that ends this program ends first what it started.
pub fn watch() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let told = runtime.block_on(async {
            let mut interrupted = signal(SignalKind::interrupt())?;
            let mut terminated = signal(SignalKind::terminate())?;
            let mut hung_up = signal(SignalKind::hangup())?;
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
                _ = hung_up.recv() => {}
            }
            Ok::<_, std::io::Error>(())
        });
        if told.is_ok() {
            running().iter().rev().for_each(end);
            std::process::exit(INTERRUPTED);
        }
    });
}
