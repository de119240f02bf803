//! What moat keeps in a data directory, for the commands that carry it away, bring it or remove it.
//! They touch nothing but these names: the directory may be somebody's home.

use crate::dirs::DataDir;
use crate::failure::Failure;
use jail::world;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What a moat is, beside its programs.
pub const STATE: [&str; 9] =
    ["moat.db", "moat.db-wal", "moat.db-shm", "blobs", "code", "rds", "instances", "key", "ca.pem"];
/// What is made again at each start, or tells of the past only.
const DERIVED: [&str; 6] = ["sandbox-ca.pem", "moat.log", "address", "console", "terminal", "run"];
/// Locked by whoever uses the state.
const LOCK: &str = "store.lock";
/// Where a snapshot is unpacked. It counts for nothing until it is whole.
pub const LOADING: &str = "snapshot.loading";
/// What [`LOADING`] is renamed to when all of it is on the disk: from then on it is the state, and what
/// is not in its place yet is put there by whoever comes next.
const LOADED: &str = "snapshot.loaded";
/// In [`LOADED`], once the state before it is removed: what has one of its names then is new.
const CLEARED: &str = "cleared";

/// While this is held no moat starts on the data directory.
pub struct Idle {
    held: Option<File>,
    /// The lock, if it was made for this and goes with it.
    made: Option<PathBuf>,
}

impl Drop for Idle {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            let _ = fs::remove_file(made);
        }
    }
}

impl Idle {
    /// Fails when a moat, or what is left of one, runs on the data directory. A load that was
    /// interrupted is finished first.
    pub fn of(data: &DataDir) -> Result<Self, Failure> {
        let idle = Self::lock(data)?;
        settle(&data.path()?)?;
        Ok(idle)
    }

    /// The lock also of a directory that had none to be locked.
    pub fn or_new(self, dir: &Path) -> Result<Self, Failure> {
        if self.held.is_some() {
            return Ok(self);
        }
        let path = dir.join(LOCK);
        let lock = File::create(&path)?;
        let running = |_| Failure::new(format!("moat is running on `{}`", dir.display()));
        lock.try_lock().map_err(running)?;
        Ok(Self { held: Some(lock), made: Some(path) })
    }

    fn lock(data: &DataDir) -> Result<Self, Failure> {
        let dir = data.path()?;
        let running = || {
            let hint = format!("moat down --data-dir {}", dir.display());
            Failure::new(format!("moat is running on `{}`", dir.display())).hint(hint)
        };
        if dir.join("run").exists() && world::find(&data.run_dir()?)?.is_some() {
            return Err(running());
        }
        match File::open(dir.join(LOCK)) {
            Ok(lock) => {
                lock.try_lock().map_err(|_| running()).map(|()| Self { held: Some(lock), made: None })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { held: None, made: None }),
            Err(error) => Err(error.into()),
        }
    }
}

/// From now on this process, which has one thread yet, may carry away or remove also what an instance's
/// programs have locked. Whom that user is must be asked before.
pub fn unlock() {
    // Where it cannot be had, most directories have nothing that needs it.
    let _ = jail::userns::own_all_files();
}

/// Whether a moat keeps its state there.
pub fn is_there(dir: &Path) -> bool {
    dir.join("moat.db").exists() || is_unsettled(dir)
}

/// Whether a load was interrupted after it had become the state.
pub fn is_unsettled(dir: &Path) -> bool {
    dir.join(LOADED).exists()
}

/// Makes what was unpacked to [`LOADING`] the state, as a whole or, if this is interrupted before the
/// rename, not at all.
pub fn take_over(dir: &Path) -> Result<(), Failure> {
    let stage = dir.join(LOADING);
    sync_all(&stage)?;
    fs::rename(&stage, dir.join(LOADED))?;
    sync(dir)?;
    settle(dir)
}

/// Puts a loaded snapshot in its place. Every step can be done again.
fn settle(dir: &Path) -> Result<(), Failure> {
    let loaded = dir.join(LOADED);
    if !loaded.exists() {
        return Ok(());
    }
    let cleared = loaded.join(CLEARED);
    if !cleared.exists() {
        STATE.iter().chain(&DERIVED).try_for_each(|name| remove_entry(&dir.join(name)))?;
        sync(dir)?;
        File::create(&cleared)?.sync_all()?;
        sync(&loaded)?;
    }
    for name in STATE {
        let from = loaded.join(name);
        if fs::symlink_metadata(&from).is_ok() {
            fs::rename(&from, dir.join(name))?;
        }
    }
    sync(dir)?;
    remove_entry(&loaded)
}

/// A file or directory that was written, on the disk.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// All that is below a path, on the disk.
fn sync_all(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if found.is_dir() {
        for entry in fs::read_dir(path)? {
            sync_all(&entry?.path())?;
        }
    }
    // A link is in its directory, and has nothing else to be written.
    if found.is_symlink() { Ok(()) } else { sync(path) }
}

fn remove_entry(path: &Path) -> Result<(), Failure> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::new(format!("cannot remove `{}`: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Removes everything that a moat made there, and the directory if that was all.
pub fn remove(dir: &Path) -> Result<(), Failure> {
    let all = STATE.iter().chain(&DERIVED).chain(&[LOADING, LOCK]);
    all.copied().try_for_each(|name| remove_entry(&dir.join(name)))?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn write(dir: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// Every file below, with its text.
    fn files(dir: &Path) -> String {
        let mut found = Vec::new();
        let mut waiting = vec![dir.to_owned()];
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.push(format!("{name}={}", fs::read_to_string(&path).unwrap()));
            }
        }
        found.sort();
        found.join(" ")
    }

    const OLD: [(&str, &str); 4] =
        [("moat.db", "old"), ("moat.db-wal", "old"), ("blobs/b", "old"), ("mine", "stays")];
    const NEW: &str = "blobs/n=new moat.db=new mine=stays";

    #[test]
    fn a_load_that_was_interrupted_is_finished_from_wherever_it_was() {
        let new =
            |place: &str| [("moat.db", "new"), ("blobs/n", "new")].map(|(n, t)| (format!("{place}/{n}"), t));
        // What is on the disk at each step: what of the old is left, whether it is cleared, what is in its place.
        type Step<'a> = (&'a [(&'a str, &'a str)], bool, &'a [&'a str]);
        let steps: [Step<'_>; 6] = [
            (&OLD, false, &[]),
            (&OLD[1..], false, &[]),
            (&OLD[3..], false, &[]),
            (&OLD[3..], true, &[]),
            (&OLD[3..], true, &["moat.db"]),
            (&OLD[3..], true, &["moat.db", "blobs"]),
        ];
        for (number, (left, cleared, moved)) in steps.into_iter().enumerate() {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), left);
            write(dir.path(), &new(LOADED).each_ref().map(|(name, text)| (name.as_str(), *text)));
            if cleared {
                write(&dir.path().join(LOADED), &[(CLEARED, "")]);
            }
            for name in moved {
                fs::rename(dir.path().join(LOADED).join(name), dir.path().join(name)).unwrap();
            }
            assert!(is_there(dir.path()), "step {number}");
            settle(dir.path()).unwrap();
            let mut want: Vec<&str> = NEW.split(' ').collect();
            want.sort_unstable();
            assert_eq!(files(dir.path()), want.join(" "), "step {number}");
        }
    }

    #[test]
    fn before_the_rename_the_old_state_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &OLD);
        write(&dir.path().join(LOADING), &[("moat.db", "half")]);
        settle(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("moat.db")).unwrap(), "old");
        write(&dir.path().join(LOADING), &[("moat.db", "new"), ("blobs/n", "new")]);
        take_over(dir.path()).unwrap();
        assert_eq!(files(dir.path()), "blobs/n=new mine=stays moat.db=new");
    }
}
