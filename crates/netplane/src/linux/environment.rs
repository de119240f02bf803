//! The namespaces of execution environments: made ahead of need, wired to a hub when one is asked for, and put
//! back when it ends. On the request path no namespace is made as long as the pool holds one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::netns::{self, Netns, NetnsError};
use super::plane::{kept, lock};
use super::sysctl::Role;
use crate::data_plane::PlaneError;

const PREFIX: &str = "env-";
/// Addresses of environments: link-local, seen by nobody but their hub.
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 64, 0);
/// How many the range holds (169.254.64.0/18).
const ADDRESSES: u32 = 1 << 14;
/// How many wait at most: what a burst of invocations leaves beyond that is given back to the kernel.
const FREE_MAX: usize = 64;

/// An environment's namespace.
pub struct Pooled {
    /// The namespace.
    pub netns: Netns,
    /// Its address whenever it is wired.
    pub address: Ipv4Addr,
}

/// The pool.
pub struct Environments {
    directory: PathBuf,
    next: AtomicU32,
    free: Mutex<Vec<Pooled>>,
    lent: Mutex<BTreeMap<String, Pooled>>,
}

impl Environments {
    /// An empty pool. Environments of an earlier daemon are let go: they vanish with their last process.
    pub fn open(directory: &Path) -> Result<Environments, PlaneError> {
        let mut next = 0;
        for name in kept(directory)? {
            if let Some(number) = name.strip_prefix(PREFIX) {
                next = number.parse::<u32>().unwrap_or(0).wrapping_add(1).max(next);
                netns::remove(&directory.join(&name), &name)?;
            }
        }
        let (free, lent) = (Mutex::default(), Mutex::default());
        Ok(Environments { directory: directory.to_path_buf(), next: AtomicU32::new(next), free, lent })
    }

    /// Makes namespaces until this many wait in the pool.
    pub fn prepare(&self, count: usize) -> Result<(), NetnsError> {
        while lock(&self.free).len() < count {
            let pooled = self.create()?;
            lock(&self.free).push(pooled);
        }
        Ok(())
    }

    /// One from the pool, or a new one when the pool is empty.
    pub fn take(&self) -> Result<Pooled, NetnsError> {
        let pooled = lock(&self.free).pop();
        pooled.map_or_else(|| self.create(), Ok)
    }

    /// Remembers one that is in use.
    pub fn lend(&self, pooled: Pooled) {
        lock(&self.lent).insert(pooled.netns.name().to_string(), pooled);
    }

    /// One that is in use, for as long as its caller changes it.
    pub fn borrow(&self, name: &str) -> Option<Pooled> {
        lock(&self.lent).remove(name)
    }

    /// Puts one back that is in use no more and has no link.
    pub fn take_back(&self, name: &str) {
        let Some(pooled) = lock(&self.lent).remove(name) else { return };
        let mut free = lock(&self.free);
        if free.len() < FREE_MAX {
            return free.push(pooled);
        }
        drop(free);
        if let Err(error) = pooled.netns.remove() {
            tracing::warn!(namespace = %name, %error, "an environment's network namespace stays");
        }
    }

    fn create(&self) -> Result<Pooled, NetnsError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let address = Ipv4Addr::from(u32::from(FIRST_ADDRESS) + number % ADDRESSES);
        let netns = Netns::create(&self.directory, &format!("{PREFIX}{number}"), Role::Leaf)?;
        Ok(Pooled { netns, address })
    }
}
