//! A whole moat: the real program with a data directory of its own.

use crate::Client;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// What the program prints first, followed by its address.
const READY: &str = "moat is ready at http://";

/// A running moat. Dropping it stops the program and everything in its world, and removes its
/// data.
pub struct World {
    data: TempDir,
    child: Child,
    address: SocketAddr,
}

impl World {
    /// Starts a moat that does not wait for the disk.
    pub fn start() -> Self {
        Self::start_with(&["--ephemeral"])
    }

    /// Starts a moat with further arguments of `moat up`.
    pub fn start_with(arguments: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a directory for the data");
        let (child, address) = launch(data.path(), arguments);
        Self { data, child, address }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// A client with the root key.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Kills the program as `kill -9` does and starts it again on the same data; databases and
    /// rules of its world stay in between.
    pub fn kill_and_restart(&mut self, arguments: &[&str]) {
        self.child.kill().expect("the program can be killed");
        self.child.wait().expect("the program has ended");
        (self.child, self.address) = launch(self.data.path(), arguments);
    }

    /// Runs another command of the program on this world's data, such as `why`.
    pub fn run(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(program())
            .args(arguments)
            .env("MOAT_DATA_DIR", self.data.path())
            .output()
            .expect("the program runs")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The keeper outlives the daemon by design, so the world is taken down before.
        let _ = Command::new(program())
            .args(["down", "--data-dir"])
            .arg(self.data.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(data: &Path, arguments: &[&str]) -> (Child, SocketAddr) {
    let mut child = Command::new(program())
        .args(["up", "--port", "0", "--data-dir"])
        .arg(data)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("start {}: {e}", program().display()));
    let mut line = String::new();
    let stdout = child.stdout.take().expect("standard output is a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("the program says where it listens");
    let address = line.trim().strip_prefix(READY).and_then(|text| text.parse().ok());
    match address {
        Some(address) => (child, address),
        None => {
            let _ = child.kill();
            let status = child.wait();
            panic!("moat did not start ({status:?}): `{line}`");
        }
    }
}

/// `$MOAT_BIN`, else the program built beside the test.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("MOAT_BIN") {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("the test knows its own path");
    let folder = test.ancestors().find(|p| p.file_name().is_some_and(|n| n == "deps"));
    folder.and_then(Path::parent).expect("tests are built in a folder named deps").join("moat")
}
