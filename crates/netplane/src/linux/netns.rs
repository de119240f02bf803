//! Network namespaces: made on a thread of their own, kept by a bind mount, entered only by threads that then end.
//!
//! A namespace outlives the daemon because the file it is mounted on lives in the mount namespace that the keeper
//! holds. Only sockets opened inside travel to other threads.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};

use super::netlink::link;
use super::netlink::socket::{NetlinkError, NetlinkSocket};
use super::sysctl::{self, Role, SysctlError};

/// The loopback interface's number, the same in every namespace.
pub const LOOPBACK: u32 = 1;

/// A namespace could not be made, entered or removed.
#[derive(Debug, thiserror::Error)]
pub enum NetnsError {
    /// A step on the namespace itself failed.
    #[error("cannot {step} network namespace `{name}`: {source}")]
    Step {
        /// What was tried.
        step: &'static str,
        /// Which namespace.
        name: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A switch inside it could not be set.
    #[error("cannot prepare network namespace: {0}")]
    Sysctl(#[from] SysctlError),
    /// The kernel refused something inside it.
    #[error(transparent)]
    Netlink(#[from] NetlinkError),
}

/// A network namespace, with sockets to configure it as long as they are needed.
pub struct Netns {
    name: String,
    path: PathBuf,
    /// Kept only for the daemon's own namespace, which has no file elsewhere.
    own: Option<File>,
    route: Option<NetlinkSocket>,
    netfilter: Option<NetlinkSocket>,
}

fn failed(step: &'static str, name: &str) -> impl FnOnce(io::Error) -> NetnsError {
    let name = name.to_string();
    move |source| NetnsError::Step { step, name, source }
}

impl Netns {
    /// Makes a namespace and keeps it at `directory/name`.
    pub fn create(directory: &Path, name: &str, role: Role) -> Result<Netns, NetnsError> {
        let path = directory.join(name);
        on_thread(name, || {
            unshare(CloneFlags::CLONE_NEWNET).map_err(|e| failed("make", name)(e.into()))?;
            sysctl::prepare(role)?;
            let mut netns = Netns::here(name, "/proc/thread-self/ns/net".into())?;
            netns.route()?.request("bring up loopback", link::set_up(LOOPBACK))?;
            fs::write(&path, "").map_err(failed("place", name))?;
            let flags = MsFlags::MS_BIND;
            mount(Some("/proc/thread-self/ns/net"), &path, None::<&str>, flags, None::<&str>)
                .map_err(|e| failed("keep", name)(e.into()))?;
            netns.path.clone_from(&path);
            Ok(netns)
        })
    }

    /// Opens a namespace that is kept at `directory/name`.
    pub fn open(directory: &Path, name: &str) -> Result<Netns, NetnsError> {
        let path = directory.join(name);
        inside(&path, || Netns::here(name, path.clone()))?
    }

    /// The calling thread's own namespace.
    pub fn current(name: &str) -> Result<Netns, NetnsError> {
        let path = PathBuf::from("/proc/thread-self/ns/net");
        let own = File::open(&path).map_err(failed("open", name))?;
        Ok(Netns { own: Some(own), ..Netns::here(name, path)? })
    }

    fn here(name: &str, path: PathBuf) -> Result<Netns, NetnsError> {
        let route = Some(NetlinkSocket::route()?);
        Ok(Netns { name: name.to_string(), path, own: None, route, netfilter: None })
    }

    /// Links, addresses, routes.
    pub fn route(&mut self) -> Result<&mut NetlinkSocket, NetnsError> {
        if self.route.is_none() {
            self.route = Some(inside(&self.path, NetlinkSocket::route)??);
        }
        self.route.as_mut().ok_or_else(|| failed("open", &self.name)(io::ErrorKind::NotConnected.into()))
    }

    /// Rules.
    pub fn netfilter(&mut self) -> Result<&mut NetlinkSocket, NetnsError> {
        if self.netfilter.is_none() {
            self.netfilter = Some(inside(&self.path, NetlinkSocket::netfilter)??);
        }
        self.netfilter.as_mut().ok_or_else(|| failed("open", &self.name)(io::ErrorKind::NotConnected.into()))
    }

    /// Closes the sockets, which are opened again when they are needed: descriptors are few, interfaces many.
    pub fn rest(&mut self) {
        self.route = None;
        self.netfilter = None;
    }

    /// Goes by another name from now on, which was given before.
    pub fn rename(&mut self, directory: &Path, name: &str) {
        self.name = name.to_string();
        self.path = directory.join(name);
    }

    /// The namespace's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The descriptor to hand to the kernel.
    pub fn handle(&self) -> Result<File, NetnsError> {
        let opened = match &self.own {
            Some(own) => own.try_clone(),
            None => File::open(&self.path),
        };
        opened.map_err(failed("open", &self.name))
    }

    /// Stops keeping the namespace. It is gone when the last process in it is.
    pub fn remove(self) -> Result<(), NetnsError> {
        let Netns { path, name, .. } = self;
        remove(&path, &name)
    }
}

/// Gives a kept namespace another name beside its own; by which one it is opened does not matter.
pub fn give_name(directory: &Path, kept: &str, name: &str) -> Result<(), NetnsError> {
    std::os::unix::fs::symlink(kept, directory.join(name)).map_err(failed("name", name))
}

/// The name that a namespace was kept under before it was given this one.
pub fn first_name(path: &Path) -> Option<String> {
    fs::read_link(path).ok().map(|target| target.to_string_lossy().into_owned())
}

/// Stops keeping the namespace at a path, whatever it was named before.
pub fn remove(path: &Path, name: &str) -> Result<(), NetnsError> {
    if let Some(first) = first_name(path) {
        remove(&path.with_file_name(&first), &first)?;
        return fs::remove_file(path).map_err(failed("unlink", name));
    }
    match umount2(path, MntFlags::MNT_DETACH) {
        // EINVAL: the file is there but nothing is mounted on it.
        Ok(()) | Err(nix::errno::Errno::EINVAL | nix::errno::Errno::ENOENT) => {}
        Err(e) => return Err(failed("let go of", name)(e.into())),
    }
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("unlink", name)(e)),
        _ => Ok(()),
    }
}

/// Runs `work` inside the namespace kept at `path`, on a thread that ends with it.
pub fn inside<T: Send>(path: &Path, work: impl FnOnce() -> T + Send) -> Result<T, NetnsError> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let file = File::open(path).map_err(failed("open", &name))?;
    inside_of(&file, &name, work)
}

/// As [`inside`], in a namespace that is open.
pub fn inside_of<T: Send>(file: &File, name: &str, work: impl FnOnce() -> T + Send) -> Result<T, NetnsError> {
    on_thread(name, || {
        setns(file, CloneFlags::CLONE_NEWNET).map_err(|e| failed("enter", name)(e.into()))?;
        Ok(work())
    })
}

fn on_thread<T: Send>(
    name: &str,
    work: impl FnOnce() -> Result<T, NetnsError> + Send,
) -> Result<T, NetnsError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("netns".into()).spawn_scoped(scope, work);
        let thread = thread.map_err(failed("start a thread for", name))?;
        thread
            .join()
            .unwrap_or_else(|_| Err(failed("work in", name)(io::Error::other("the thread panicked"))))
    })
}
