//! Large immutable bytes, such as function code, in files named by their SHA-256.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("{step} `{path}`: {source}")]
    Io { step: &'static str, path: PathBuf, source: std::io::Error },
    #[error("blob `{0}` does not hold what its name says")]
    Corrupt(Digest),
    #[error("the runtime ended while a blob was written")]
    Cancelled,
}

/// The SHA-256 of a blob, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) struct Blobs {
    dir: PathBuf,
    next_temporary: AtomicU64,
}

impl Blobs {
    /// Opens the folder and sweeps what an interrupted write left.
    pub(crate) fn open(dir: PathBuf) -> std::io::Result<Self> {
        fs::create_dir_all(&dir)?;
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "tmp") {
                fs::remove_file(path)?;
            }
        }
        Ok(Self { dir, next_temporary: AtomicU64::new(0) })
    }

    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest::of(bytes);
        let path = self.dir.join(digest.as_str());
        if path.exists() {
            return Ok(digest);
        }
        let temporary = self.dir.join(format!("{}.tmp", self.next_temporary.fetch_add(1, Ordering::Relaxed)));
        let io = |step, path: &Path| {
            let path = path.to_owned();
            move |source| BlobError::Io { step, path, source }
        };
        let mut file = File::create(&temporary).map_err(io("create", &temporary))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io("write", &temporary))?;
        fs::rename(&temporary, &path).map_err(io("rename", &path))?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(io("sync", &self.dir))?;
        Ok(digest)
    }

    pub(crate) fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let path = self.dir.join(digest.as_str());
        let bytes = fs::read(&path).map_err(|source| BlobError::Io { step: "read", path, source })?;
        if Digest::of(&bytes) == *digest { Ok(bytes) } else { Err(BlobError::Corrupt(digest.clone())) }
    }

    pub(crate) fn remove(&self, digest: &Digest) -> Result<(), BlobError> {
        let path = self.dir.join(digest.as_str());
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(BlobError::Io { step: "remove", path, source })
            }
            _ => Ok(()),
        }
    }
}
