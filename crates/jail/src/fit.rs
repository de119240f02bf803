//! What is put into a sandbox that has been made before it was known for whom: mounts over directories and files
//! that it has, and the size of its files in memory. Done from outside, by a thread that enters the sandbox's mount
//! namespace and never comes back: no code inside ever has the right to mount.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use crate::root::{Access, c_path};
use crate::sys;

/// A part of the host's files, to be seen inside at a path that exists there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// As the daemon sees it.
    pub source: PathBuf,
    /// As it will be seen inside.
    pub path: PathBuf,
    /// What may be done with it.
    pub access: Access,
}

/// What fits a sandbox to its purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitting {
    /// In this order.
    pub mounts: Vec<Mount>,
    /// File systems in memory that get another size, in bytes.
    pub sizes: Vec<(PathBuf, u64)>,
}

struct Prepared {
    trees: Vec<(OwnedFd, CString)>,
    sizes: Vec<(CString, CString)>,
}

pub(crate) fn fit(sandbox: BorrowedFd<'_>, fitting: &Fitting) -> io::Result<()> {
    let prepared = prepare(fitting)?;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("fit".to_owned());
        let fitting = thread.spawn_scoped(scope, || apply(sandbox, &prepared))?;
        fitting.join().unwrap_or_else(|_| Err(io::Error::other("the thread ended")))
    })
}

/// Sources are found while the host's files are still in sight.
fn prepare(fitting: &Fitting) -> io::Result<Prepared> {
    let mut trees = Vec::new();
    for Mount { source, path, access } in &fitting.mounts {
        let tree = sys::detached(&c_path(source)?, *access == Access::ReadOnly, false)?;
        trees.push((tree, c_path(path)?));
    }
    let mut sizes = Vec::new();
    for (path, bytes) in &fitting.sizes {
        sizes.push((c_path(path)?, CString::new(format!("size={bytes}"))?));
    }
    Ok(Prepared { trees, sizes })
}

fn apply(sandbox: BorrowedFd<'_>, prepared: &Prepared) -> io::Result<()> {
    sys::own_directories()?;
    sys::setns(sandbox.as_fd(), libc::CLONE_NEWNS)?;
    for (tree, path) in &prepared.trees {
        sys::attach(tree, path)?;
    }
    for (path, options) in &prepared.sizes {
        sys::remount_memory(path, options)?;
    }
    Ok(())
}
