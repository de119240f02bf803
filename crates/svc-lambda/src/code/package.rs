//! A deployment package: a zip archive within Lambda's limits whose names stay inside.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html>

use crate::quota;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;

/// Why an archive is no deployment package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("the package has {0} bytes")]
    Zipped(usize),
    #[error("the unpacked package is larger than {} bytes", quota::UNZIPPED_BYTES)]
    Unzipped,
    #[error("the archive has {0} entries")]
    Entries(usize),
    #[error("the entry `{0}` leads outside of the package")]
    Outside(String),
    #[error("the archive cannot be read: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("an entry cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// One entry, its bytes still in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative, without `..`.
    pub path: PathBuf,
    pub kind: EntryKind,
    index: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    Directory,
    File {
        /// Permission bits of the archive, where it has some.
        mode: Option<u32>,
    },
    /// Relative, and inside of the package when followed from its place.
    Symlink(PathBuf),
}

/// An archive whose directory was checked.
#[derive(Debug)]
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    entries: Vec<Entry>,
}

impl<'a> Package<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, PackageError> {
        if bytes.len() > quota::ZIPPED_BYTES {
            return Err(PackageError::Zipped(bytes.len()));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        if archive.len() > quota::PACKAGE_ENTRIES {
            return Err(PackageError::Entries(archive.len()));
        }
        let entries = (0..archive.len()).map(|i| entry(&mut archive, i)).collect::<Result<_, _>>()?;
        Ok(Self { archive, entries })
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads every entry once: sizes that lie and checksums that do not match end here.
    /// The bytes of all of them.
    pub fn verify(&mut self) -> Result<u64, PackageError> {
        let mut left = quota::UNZIPPED_BYTES;
        for index in 0..self.archive.len() {
            left -= self.copy(index, left, &mut std::io::sink())?;
        }
        Ok(quota::UNZIPPED_BYTES - left)
    }

    /// Writes one file's bytes to `to`.
    pub fn extract(&mut self, entry: &Entry, to: &mut impl std::io::Write) -> Result<u64, PackageError> {
        self.copy(entry.index, quota::UNZIPPED_BYTES, to)
    }

    fn copy(&mut self, index: usize, limit: u64, to: &mut impl std::io::Write) -> Result<u64, PackageError> {
        let file = self.archive.by_index(index)?;
        let copied = std::io::copy(&mut file.take(limit.saturating_add(1)), to)?;
        if copied > limit { Err(PackageError::Unzipped) } else { Ok(copied) }
    }
}

fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Entry, PackageError> {
    let mut file = archive.by_index(index)?;
    let outside = || PackageError::Outside(file.name().to_owned());
    let path = file.enclosed_name().as_deref().and_then(inside).ok_or_else(outside)?;
    if path.as_os_str().is_empty() && !file.is_dir() {
        return Err(outside());
    }
    let kind = if file.is_dir() {
        EntryKind::Directory
    } else if file.is_symlink() {
        let mut target = String::new();
        let name = file.name().to_owned();
        (&mut file).take(4096).read_to_string(&mut target)?;
        EntryKind::Symlink(link_target(&path, &target).ok_or(PackageError::Outside(name))?)
    } else {
        EntryKind::File { mode: file.unix_mode().map(|mode| mode & 0o777) }
    };
    Ok(Entry { path, kind, index })
}

/// The path with nothing but names in it; none when it climbs out of where it starts.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

fn link_target(link: &Path, target: &str) -> Option<PathBuf> {
    let target = Path::new(target);
    let resolved = link.parent().unwrap_or(Path::new("")).join(target);
    (!target.is_absolute() && inside(&resolved).is_some()).then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(write: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        write(&mut zip);
        zip.finish().unwrap().into_inner()
    }

    fn file(name: &str) -> Vec<u8> {
        archive(|zip| {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"x").unwrap();
        })
    }

    fn link(at: &str, target: &str) -> Vec<u8> {
        archive(|zip| zip.add_symlink(at, target, SimpleFileOptions::default()).unwrap())
    }

    #[test]
    fn names_that_lead_outside_are_refused() {
        for name in ["../x", "/etc/passwd", "a/../../x"] {
            let bytes = file(name);
            let opened = Package::open(&bytes);
            // The reader may make an absolute name relative, which is as good as refusing it.
            let harmless = opened.as_ref().is_ok_and(|p| p.entries().iter().all(|e| e.path.is_relative()));
            assert!(
                matches!(opened, Err(PackageError::Outside(_))) || (harmless && name.starts_with('/')),
                "{name}"
            );
        }
        for (at, target) in [("a", "/etc/passwd"), ("a", "../x"), ("d/a", "../../x")] {
            let bytes = link(at, target);
            assert!(matches!(Package::open(&bytes), Err(PackageError::Outside(_))), "{at} -> {target}");
        }
        assert!(Package::open(&link("d/a", "../x")).is_ok());
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        for bytes in [&b""[..], b"not a zip", b"PK\x03\x04truncated"] {
            assert!(matches!(Package::open(bytes), Err(PackageError::Zip(_))));
        }
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let mut broken = archive(|zip| {
            zip.start_file("a", stored).unwrap();
            zip.write_all(b"content").unwrap();
        });
        // One byte of the content, so that only the checksum can tell.
        let at = broken.windows(7).position(|w| w == b"content").unwrap();
        broken[at] = b'C';
        let verified = Package::open(&broken).and_then(|mut p| p.verify());
        assert!(verified.is_err());
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused() {
        let chunk = vec![0u8; 1024 * 1024];
        let bytes = archive(|zip| {
            zip.start_file("big", SimpleFileOptions::default()).unwrap();
            for _ in 0..=250 {
                zip.write_all(&chunk).unwrap();
            }
        });
        assert!(bytes.len() < 1024 * 1024);
        let verified = Package::open(&bytes).and_then(|mut p| p.verify());
        assert!(matches!(verified, Err(PackageError::Unzipped)));
    }
}
