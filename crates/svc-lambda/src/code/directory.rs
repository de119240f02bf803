//! Code that is a directory of the host and runs as it is there: what is saved runs at the next invocation. Function
//! code is hostile and so may be whoever calls the API, so that nothing of the host is shown to a function but what
//! the operator named, read-only. docs/design/0018-hot-reload.md

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// What a request names as its bucket whose key is a directory of the host.
pub const BUCKET: &str = "hot-reload";
/// The smallest archive there is: a function that has no package has this one.
pub const EMPTY_PACKAGE: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// Files that are looked at for changes.
const FILES: usize = 20_000;
/// What changes without the code changing, and is not looked into.
const PASSED_OVER: [&str; 3] = [".git", "__pycache__", ".DS_Store"];

#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("`{0}` is not an absolute path")]
    Relative(PathBuf),
    #[error("`{path}` cannot be opened: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{0}` is not a directory")]
    NotDirectory(PathBuf),
    #[error("`{0}` may not be run from: start moat with --hot-reload DIR, or run moat dev FUNCTION DIR")]
    NotAllowed(PathBuf),
    #[error("`{0}` holds more than {FILES} files")]
    TooMany(PathBuf),
}

/// The directories that the operator lets functions run from, with what is below them.
#[derive(Debug, Default)]
pub struct Directories {
    allowed: RwLock<BTreeSet<PathBuf>>,
}

impl Directories {
    pub fn of(allowed: &[PathBuf]) -> Self {
        Self { allowed: RwLock::new(allowed.iter().cloned().collect()) }
    }

    /// Lets functions run from one more directory, for as long as this moat runs.
    pub fn allow(&self, directory: PathBuf) {
        self.allowed.write().unwrap_or_else(PoisonError::into_inner).insert(directory);
    }

    /// Where a path leads, if functions may run from there. Asked at every start: a link may lead elsewhere by now.
    pub fn open(&self, path: &Path) -> Result<PathBuf, DirectoryError> {
        let real = real(path)?;
        let allowed = self.allowed.read().unwrap_or_else(PoisonError::into_inner);
        match allowed.iter().any(|root| real.starts_with(root)) {
            true => Ok(real),
            false => Err(DirectoryError::NotAllowed(path.to_owned())),
        }
    }
}

/// The directory that a path leads to, without links.
pub fn real(path: &Path) -> Result<PathBuf, DirectoryError> {
    if !path.is_absolute() {
        return Err(DirectoryError::Relative(path.to_owned()));
    }
    let unreadable = |source| DirectoryError::Unreadable { path: path.to_owned(), source };
    let real = path.canonicalize().map_err(unreadable)?;
    if !real.is_dir() {
        return Err(DirectoryError::NotDirectory(path.to_owned()));
    }
    fs::read_dir(&real).map_err(unreadable)?;
    Ok(real)
}

/// A number that is another one after every save. Blocking file I/O.
pub fn edition(directory: &Path) -> Result<u64, DirectoryError> {
    let (mut sum, mut left, mut waiting) = (0u64, FILES, vec![directory.to_owned()]);
    while let Some(next) = waiting.pop() {
        let unreadable = |source| DirectoryError::Unreadable { path: next.clone(), source };
        for entry in fs::read_dir(&next).map_err(unreadable)?.flatten() {
            if PASSED_OVER.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            // What goes meanwhile is missing at the next look.
            let Ok(found) = entry.metadata() else { continue };
            left = left.checked_sub(1).ok_or_else(|| DirectoryError::TooMany(directory.to_owned()))?;
            let mut hasher = DefaultHasher::new();
            let changed = if found.is_dir() { (0, 0) } else { (found.mtime(), found.mtime_nsec()) };
            (entry.path(), found.ino(), found.mode(), changed).hash(&mut hasher);
            if !found.is_dir() {
                found.len().hash(&mut hasher);
            }
            // In whatever order the directory lists them.
            sum = sum.wrapping_add(hasher.finish());
            if found.is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    Ok(sum)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_what_the_operator_named_may_be_run_from() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for name in ["code/f", "code-of-others", "secret"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        fs::write(root.join("code/file"), "").unwrap();
        symlink(root.join("secret"), root.join("code/link")).unwrap();
        symlink(root.join("code/f"), root.join("inward")).unwrap();
        let directories = Directories::of(&[root.join("code")]);
        let open = |name: &str| directories.open(&root.join(name)).map_err(|e| e.to_string());
        assert_eq!(open("code/f"), Ok(root.join("code/f")));
        assert_eq!(open("code"), Ok(root.join("code")));
        assert_eq!(open("inward"), Ok(root.join("code/f")));
        for refused in ["code-of-others", "secret", "code/link", "code/f/../../secret", "code/..", "."] {
            assert!(open(refused).is_err_and(|e| e.contains("may not be run from")), "{refused}");
        }
        assert!(open("code/file").is_err_and(|e| e.ends_with("is not a directory")));
        assert!(open("nowhere").is_err_and(|e| e.contains("cannot be opened")));
        assert!(matches!(directories.open(Path::new("etc")), Err(DirectoryError::Relative(_))));
        assert!(Directories::default().open(&root).is_err());
        directories.allow(root.join("secret"));
        assert_eq!(open("code/link"), Ok(root.join("secret")));
    }

    #[test]
    fn every_save_is_another_edition() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let mut seen = BTreeSet::from([edition(dir.path()).unwrap()]);
        let mut is_another = |what: &str| {
            let now = edition(dir.path()).unwrap();
            assert_eq!(edition(dir.path()).unwrap(), now, "it is the same while nothing changes");
            assert!(seen.insert(now), "{what}");
        };
        fs::write(path("app.py"), "1").unwrap();
        is_another("a new file");
        fs::write(path("app.py"), "22").unwrap();
        is_another("a longer file");
        fs::write(path("app.py.new"), "33").unwrap();
        fs::rename(path("app.py.new"), path("app.py")).unwrap();
        is_another("a file put in the place of another");
        fs::create_dir(path("lib")).unwrap();
        fs::write(path("lib/a.py"), "").unwrap();
        is_another("a file below");
        fs::rename(path("lib/a.py"), path("lib/b.py")).unwrap();
        is_another("another name");
        fs::remove_dir_all(path("lib")).unwrap();
        fs::create_dir(path("__pycache__")).unwrap();
        fs::remove_dir(path("__pycache__")).unwrap();
        let now = edition(dir.path()).unwrap();
        fs::create_dir(path("__pycache__")).unwrap();
        fs::write(path("__pycache__/app.pyc"), "").unwrap();
        assert_eq!(edition(dir.path()).unwrap(), now, "what Python keeps for itself is no code");
    }
}
