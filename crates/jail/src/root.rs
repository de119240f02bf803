//! A root file system of which only what is listed exists: built in memory, from parts of the host's that are
//! mounted read-only, and some files of its own.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Directories that hold the host's programs and libraries. Where one is a link, as `/bin` is today, so it is
/// inside; where it does not exist, so it is inside.
const USERLAND: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
/// What of the host's `/etc` programs need to find their libraries and one another.
const USERLAND_ETC: [&str; 3] = ["/etc/ld.so.cache", "/etc/ld.so.conf.d", "/etc/alternatives"];
/// Devices that give nothing away. There is no terminal.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Files of `/proc` that tell of keys which the user of an ordinary user's moat, whom the locked-up code is, has
/// outside: `keyrings(7)` makes a session's keyring follow to every child.
const HIDDEN: [&str; 2] = ["keys", "key-users"];

/// What may be done with a part of the host's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and, if the file's mode says so, executed.
    ReadOnly,
    /// Written too, by the rules of the files' owners and modes.
    Writable,
}

/// A root to be. Paths inside are absolute; missing parents are made.
#[derive(Debug, Clone, Default)]
pub struct Root {
    entries: Vec<(PathBuf, Entry)>,
}

#[derive(Debug, Clone)]
enum Entry {
    Directory { mode: u32 },
    File { content: Vec<u8> },
    Link { target: PathBuf },
    Bind { source: PathBuf, access: Access, device: bool },
    Memory { bytes: u64, mode: u32 },
    Proc,
}

impl Root {
    /// The host's programs and libraries, a `/proc` of its own, and the harmless devices.
    pub fn userland() -> Root {
        let mut root = Root::default();
        for path in USERLAND.into_iter().chain(USERLAND_ETC) {
            root.mirror(Path::new(path));
        }
        for device in DEVICES {
            let source = Path::new("/dev").join(device);
            root.push(source.clone(), Entry::Bind { source, access: Access::ReadOnly, device: true });
        }
        let streams = [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")];
        for (name, target) in streams {
            root.link(Path::new("/dev").join(name), target);
        }
        root.push("/proc", Entry::Proc);
        root
    }

    /// Shows `source` at `path`.
    pub fn bind(
        &mut self,
        source: impl Into<PathBuf>,
        path: impl Into<PathBuf>,
        access: Access,
    ) -> &mut Root {
        self.push(path, Entry::Bind { source: source.into(), access, device: false })
    }

    /// A file with this content that everybody may read.
    pub fn file(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> &mut Root {
        self.push(path, Entry::File { content: content.into() })
    }

    /// An empty directory.
    pub fn directory(&mut self, path: impl Into<PathBuf>) -> &mut Root {
        self.push(path, Entry::Directory { mode: 0o755 })
    }

    /// A symbolic link.
    pub fn link(&mut self, path: impl Into<PathBuf>, target: impl Into<PathBuf>) -> &mut Root {
        self.push(path, Entry::Link { target: target.into() })
    }

    /// An empty directory of at most `bytes`, which everybody may write and whose content is gone at the end.
    pub fn memory(&mut self, path: impl Into<PathBuf>, bytes: u64) -> &mut Root {
        self.push(path, Entry::Memory { bytes, mode: 0o1777 })
    }

    fn push(&mut self, path: impl Into<PathBuf>, entry: Entry) -> &mut Root {
        self.entries.push((path.into(), entry));
        self
    }

    fn mirror(&mut self, path: &Path) {
        let Ok(metadata) = fs::symlink_metadata(path) else { return };
        if metadata.is_symlink() {
            if let Ok(target) = fs::read_link(path) {
                self.link(path, target);
            }
        } else {
            self.bind(path, path, Access::ReadOnly);
        }
    }

    /// The acts that build the root, in an order in which every parent is made before what is in it.
    ///
    /// Errors: a path holds a null byte.
    pub(crate) fn acts(&self) -> io::Result<Vec<Act>> {
        let mut builder = Builder { acts: Vec::new(), made: BTreeSet::new() };
        for (path, entry) in &self.entries {
            builder.add(path, entry)?;
        }
        Ok(builder.acts)
    }
}

/// One thing done in the new root, whose paths are relative to it; all of it is prepared before the process is
/// cloned, because afterwards memory cannot be had safely.
#[derive(Debug)]
pub(crate) enum Act {
    Directory { path: CString, mode: u32 },
    File { path: CString, content: Vec<u8> },
    Link { path: CString, target: CString },
    Bind { source: CString, path: CString, access: Access, device: bool },
    Memory { path: CString, options: CString },
    Proc { path: CString, sysctls: CString, nothing: CString, hidden: Vec<CString> },
}

impl Act {
    /// What the act is about, for errors: the host's path where there is one.
    pub(crate) fn object(&self) -> String {
        let text = match self {
            Act::Bind { source, .. } => source,
            Act::Directory { path, .. }
            | Act::File { path, .. }
            | Act::Link { path, .. }
            | Act::Memory { path, .. }
            | Act::Proc { path, .. } => path,
        };
        text.to_string_lossy().into_owned()
    }
}

struct Builder {
    acts: Vec<Act>,
    made: BTreeSet<PathBuf>,
}

impl Builder {
    fn add(&mut self, path: &Path, entry: &Entry) -> io::Result<()> {
        let path = path.strip_prefix("/").unwrap_or(path);
        if let Some(parent) = path.parent() {
            self.directory(parent, 0o755)?;
        }
        match entry {
            Entry::Directory { mode } => self.directory(path, *mode)?,
            Entry::File { content } => {
                self.acts.push(Act::File { path: c_path(path)?, content: content.clone() });
            }
            Entry::Link { target } => {
                self.acts.push(Act::Link { path: c_path(path)?, target: c_path(target)? });
            }
            Entry::Bind { source, access, device } => self.bind(source, path, *access, *device)?,
            Entry::Memory { bytes, mode } => {
                self.directory(path, *mode)?;
                let options = CString::new(format!("size={bytes},mode={mode:o}"))?;
                self.acts.push(Act::Memory { path: c_path(path)?, options });
            }
            Entry::Proc => {
                self.directory(path, 0o555)?;
                self.acts.push(Act::Proc {
                    path: c_path(path)?,
                    sysctls: c_path(&path.join("sys"))?,
                    nothing: c_path(Path::new("dev/null"))?,
                    hidden: HIDDEN.iter().map(|name| c_path(&path.join(name))).collect::<io::Result<_>>()?,
                });
            }
        }
        Ok(())
    }

    fn bind(&mut self, source: &Path, path: &Path, access: Access, device: bool) -> io::Result<()> {
        if source.is_dir() {
            self.directory(path, 0o755)?;
        } else {
            self.acts.push(Act::File { path: c_path(path)?, content: Vec::new() });
        }
        self.acts.push(Act::Bind { source: c_path(source)?, path: c_path(path)?, access, device });
        Ok(())
    }

    fn directory(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        if path.as_os_str().is_empty() || !self.made.insert(path.to_owned()) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.directory(parent, 0o755)?;
        }
        self.acts.push(Act::Directory { path: c_path(path)?, mode });
        Ok(())
    }
}

pub(crate) fn c_path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first_and_once() {
        let mut root = Root::default();
        root.file("/etc/hosts", "x").file("/etc/ssl/certs/ca.crt", "y").memory("/tmp", 1024);
        let objects: Vec<String> = root.acts().unwrap().iter().map(Act::object).collect();
        assert_eq!(
            objects,
            ["etc", "etc/hosts", "etc/ssl", "etc/ssl/certs", "etc/ssl/certs/ca.crt", "tmp", "tmp"]
        );
    }

    #[test]
    fn a_null_byte_is_an_error_and_not_a_shorter_path() {
        let mut root = Root::default();
        root.file("/etc/a\0b", "");
        assert!(root.acts().is_err());
    }
}
