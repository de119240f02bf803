//! What moat keeps in a data directory, for the commands that carry it away, bring it or remove it.
//! They touch nothing but these names: the directory may be somebody's home.

use crate::dirs::DataDir;
use crate::failure::Failure;
use jail::world;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// What a moat is, beside its programs.
pub const STATE: [&str; 8] =
    ["moat.db", "moat.db-wal", "moat.db-shm", "blobs", "code", "rds", "key", "ca.pem"];
/// What is made again at each start, or tells of the past only.
const DERIVED: [&str; 6] = ["sandbox-ca.pem", "moat.log", "address", "console", "run", "store.lock"];

/// While this is held no moat starts on the data directory.
pub struct Idle {
    _lock: Option<File>,
}

impl Idle {
    /// Fails when a moat, or what is left of one, runs on the data directory.
    pub fn of(data: &DataDir) -> Result<Self, Failure> {
        let dir = data.path()?;
        let running = || {
            let hint = format!("moat down --data-dir {}", dir.display());
            Failure::new(format!("moat is running on `{}`", dir.display())).hint(hint)
        };
        if dir.join("run").exists() && world::find(&data.run_dir()?)?.is_some() {
            return Err(running());
        }
        match File::open(dir.join("store.lock")) {
            Ok(lock) => lock.try_lock().map_err(|_| running()).map(|()| Self { _lock: Some(lock) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { _lock: None }),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a moat keeps its state there.
pub fn is_there(dir: &Path) -> bool {
    dir.join("moat.db").exists()
}

/// Removes everything that a moat made there, and the directory if that was all.
pub fn remove(dir: &Path) -> Result<(), Failure> {
    for name in STATE.iter().chain(&DERIVED) {
        let path = dir.join(name);
        let removed = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("cannot remove `{}`: {error}", path.display())));
            }
            _ => {}
        }
    }
    // What somebody else put there stays.
    let _ = fs::remove_dir(dir);
    Ok(())
}

/// The service that a table belongs to: its name up to the first separator.
pub fn service(table: &str) -> &str {
    match table.split(['.', '_', '/']).next().unwrap_or(table) {
        "access" => "iam",
        "server" => "account",
        service => service,
    }
}
