//! Packages unpacked on the disk, one directory per package, which environments see at
//! `/var/task`. The directories are a cache of stored packages: any may be removed while no
//! environment uses it.
//!
//! Lambda runs the code as another user than the one that owns it, so a file that the archive
//! keeps from "others" cannot be read there; moat writes modes that have that effect.
//! <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html>

use super::overlay;
use super::package::{EntryKind, Package, PackageError};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use store::Digest;

/// Begins the names of directories that are still written.
const UNFINISHED: &str = ".unfinished-";
/// For archives that carry no Unix permissions.
const DEFAULT_MODE: u32 = 0o644;

#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error("{step} `{path}`: {source}")]
    Io { step: &'static str, path: PathBuf, source: io::Error },
}

/// The directory of unpacked packages.
#[derive(Debug)]
pub struct Unpacked {
    root: PathBuf,
    next: AtomicU64,
}

impl Unpacked {
    /// Opens the directory and removes what an interrupted run left unfinished.
    pub fn open(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        for entry in fs::read_dir(&root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self { root, next: AtomicU64::new(0) })
    }

    /// Where the package is, if it is unpacked.
    pub fn find(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.root.join(digest.as_str());
        path.is_dir().then_some(path)
    }

    /// Unpacks the package unless it is there. Blocking file I/O.
    pub fn unpack(&self, digest: &Digest, bytes: &[u8]) -> Result<PathBuf, UnpackError> {
        if let Some(path) = self.find(digest) {
            return Ok(path);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.root.join(format!("{UNFINISHED}{number}"));
        let written = write_all(&unfinished, bytes);
        let finished = self.root.join(digest.as_str());
        let moved = written.and_then(|()| match fs::rename(&unfinished, &finished) {
            // Somebody else was faster with the same package.
            Err(_) if finished.is_dir() => Ok(()),
            other => other.map_err(failed("rename", &finished)),
        });
        if unfinished.exists() {
            let _ = fs::remove_dir_all(&unfinished);
        }
        moved.map(|()| finished)
    }

    /// Where the layers' common directory is, if it is there. One layer is its own.
    pub fn find_layers(&self, digests: &[Digest]) -> Option<PathBuf> {
        let path = self.root.join(layers_name(digests));
        path.is_dir().then_some(path)
    }

    /// Lays unpacked layers over one another, in their order. Blocking file I/O.
    pub fn lay_over(&self, digests: &[Digest]) -> Result<PathBuf, UnpackError> {
        let finished = self.root.join(layers_name(digests));
        if finished.is_dir() {
            return Ok(finished);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.root.join(format!("{UNFINISHED}{number}"));
        directory(&unfinished)?;
        for digest in digests {
            let layer = self.root.join(digest.as_str());
            overlay::lay(&layer, &unfinished).map_err(failed("lay over", &layer))?;
        }
        match fs::rename(&unfinished, &finished) {
            Err(_) if finished.is_dir() => {
                let _ = fs::remove_dir_all(&unfinished);
                Ok(finished)
            }
            moved => moved.map(|()| finished.clone()).map_err(failed("rename", &finished)),
        }
    }

    /// Removes every directory but those of `keep`. Blocking file I/O.
    pub fn keep_only(&self, keep: &BTreeSet<String>) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !keep.contains(&name) && !name.starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The name of the directory of these layers together.
pub fn layers_name(digests: &[Digest]) -> String {
    if let [only] = digests {
        return only.as_str().to_owned();
    }
    let mut all = Sha256::new();
    for digest in digests {
        all.update(digest.as_str());
    }
    let hash: String = all.finalize().iter().map(|b| format!("{b:02x}")).collect();
    format!("layers-{hash}")
}

fn failed(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> UnpackError {
    let path = path.to_owned();
    move |source| UnpackError::Io { step, path, source }
}

fn write_all(root: &Path, bytes: &[u8]) -> Result<(), UnpackError> {
    let mut package = Package::open(bytes)?;
    directory(root)?;
    let entries = package.entries().to_vec();
    // Links last: no file can then be written through one.
    for entry in &entries {
        let path = root.join(&entry.path);
        match &entry.kind {
            EntryKind::Directory => directory(&path)?,
            EntryKind::File { mode } => {
                directory(path.parent().unwrap_or(root))?;
                let mode = mode_of(mode.unwrap_or(DEFAULT_MODE));
                let mut file = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(&path)
                    .map_err(failed("create", &path))?;
                package.extract(entry, &mut file)?;
                // Not by the mode above: the process's umask would narrow it.
                file.set_permissions(fs::Permissions::from_mode(mode)).map_err(failed("chmod", &path))?;
            }
            EntryKind::Symlink(_) => {}
        }
    }
    for entry in &entries {
        if let EntryKind::Symlink(target) = &entry.kind {
            let path = root.join(&entry.path);
            directory(path.parent().unwrap_or(root))?;
            symlink(target, &path).map_err(failed("link", &path))?;
        }
    }
    Ok(())
}

fn directory(path: &Path) -> Result<(), UnpackError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        directory(parent)?;
    }
    fs::create_dir(path).map_err(failed("create", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(failed("chmod", path))
}

/// What others may do is what everybody may do, writing excepted.
fn mode_of(mode: u32) -> u32 {
    let others = mode & 0o005;
    others | others << 3 | others << 6
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn package() -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, mode) in [("lambda_function.py", 0o644), ("bin/tool", 0o755), ("private", 0o600)] {
            zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.add_symlink("bin/link", "tool", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_package_is_unpacked_once_with_what_others_may_do() {
        let dir = tempfile::tempdir().unwrap();
        let unpacked = Unpacked::open(dir.path().to_owned()).unwrap();
        let bytes = package();
        let digest = Digest::of(&bytes);
        assert_eq!(unpacked.find(&digest), None);
        let path = unpacked.unpack(&digest, &bytes).unwrap();
        assert_eq!(unpacked.find(&digest), Some(path.clone()));
        for (name, mode) in [("lambda_function.py", 0o444), ("bin/tool", 0o555), ("private", 0)] {
            let metadata = fs::metadata(path.join(name)).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, mode, "{name}");
        }
        assert_eq!(fs::read_to_string(path.join("bin/link")).unwrap(), "bin/tool");
        assert_eq!(unpacked.unpack(&digest, b"not looked at").unwrap(), path);

        unpacked.keep_only(&BTreeSet::from([digest.as_str().to_owned()])).unwrap();
        assert!(path.is_dir());
        unpacked.keep_only(&BTreeSet::new()).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_was_left_unfinished_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".unfinished-7")).unwrap();
        Unpacked::open(dir.path().to_owned()).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
