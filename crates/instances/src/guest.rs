//! What is to run.

use jail::process::Allowance;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

/// Standard input, output and error of whoever started a program.
pub type Streams = Arc<[OwnedFd; 3]>;

/// A machine, or a program beside one.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The instance's id: its directory and its process are named so.
    pub name: String,
    /// The network namespace of its interface.
    pub network: PathBuf,
    pub host_name: String,
    pub address: Ipv4Addr,
    pub nameservers: Vec<Ipv4Addr>,
    pub search_domain: Option<String>,
    pub allowance: Allowance,
    pub cpu_millis: u64,
    pub task: Task,
}

#[derive(Debug, Clone)]
pub enum Task {
    /// Boots: runs the user data at the first boot, and stays.
    Boot { user_data: Option<Vec<u8>> },
    /// Runs one program and ends with it.
    Program {
        program: Program,
        streams: Option<Streams>,
        /// Whether it does with files what the host's user may, rather than what the machine may.
        as_owner: bool,
    },
}

/// A program of the host's user, with paths as they are on the host.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Never shown, since it may hold secrets.
    pub env: Vec<(String, String)>,
    pub cwd: PathBuf,
    pub mounts: Vec<Mount>,
    /// What of these two was asked for by name, rather than found around the command.
    pub asked: Asked,
}

/// Variables and directories that a command line names.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub env: Vec<(String, String)>,
    pub mounts: Vec<Mount>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("command", &self.command)
            .field("cwd", &self.cwd)
            .finish_non_exhaustive()
    }
}

/// A directory of the host's that a program sees, at the same place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mount {
    pub path: PathBuf,
    pub writable: bool,
}

/// How a program that is being watched ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    Ended(i32),
    Runs,
}
