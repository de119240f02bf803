//! A moat under measurement: the built program on a data directory of its own.

use crate::failure::Failure;
use crate::interrupt::{Guard, Running};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// What the program prints first, followed by its address.
const READY: &str = "moat is ready at http://";
/// How long a moat that was asked to stop may take before it is ended.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Moat {
    pub address: SocketAddr,
    /// From the moment before the program was started to its first line.
    pub started_in: Duration,
    data_dir: PathBuf,
    child: Child,
    _stdout: BufReader<ChildStdout>,
    // Dropped in this order, after the program has been asked to stop.
    _world: Guard,
    _front: Guard,
}

impl Moat {
    pub fn start(program: &Path, data_dir: &Path) -> Result<Self, Failure> {
        Self::start_with(program, data_dir, &[])
    }

    /// With more words on its command line.
    pub fn start_with(program: &Path, data_dir: &Path, words: &[String]) -> Result<Self, Failure> {
        let start = || Failure::io(format!("start {}", program.display()));
        let log_path = data_dir.with_extension("log");
        let log = File::create(&log_path).map_err(Failure::io("create the log"))?;
        let begun = Instant::now();
        let mut child = Command::new(program)
            .args(["up", "--port", "0", "--data-dir"])
            .arg(data_dir)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(start())?;
        let world = Running::World { program: program.to_owned(), data_dir: data_dir.to_owned() };
        let (world, front) = (Guard::new(world), Guard::new(Running::Process(pid(&child))));
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or(Failure::Thread)?;
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line).map_err(start())?;
        let started_in = begun.elapsed();
        let address = line.trim().strip_prefix(READY).and_then(|text| text.parse().ok());
        let address = address.ok_or_else(|| Failure::NotStarted {
            program: program.to_owned(),
            log: std::fs::read_to_string(&log_path).unwrap_or_default().trim().to_owned(),
        })?;
        Ok(Self {
            address,
            started_in,
            data_dir: data_dir.to_owned(),
            child,
            _stdout: stdout,
            _world: world,
            _front: front,
        })
    }

    /// The process that was started: it waits for the daemon, which is its child.
    pub fn front(&self) -> i32 {
        pid(&self.child)
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Pid 1 of the world.
    pub fn keeper(&self) -> Result<Option<i32>, Failure> {
        Ok(jail::world::find(&self.data_dir.join("run"))?.map(|keeper| keeper.pid()))
    }
}

impl Drop for Moat {
    /// Asks it to stop, as Ctrl-C does; what is left then ends with the guards.
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.front()), Signal::SIGTERM);
        let begun = Instant::now();
        while begun.elapsed() < STOP_PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pid(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}
