//! Kernel switches of a network namespace. `/proc/sys/net` shows the namespace of the thread that opens it.

use std::fs;
use std::io;
use std::path::Path;

/// A switch could not be set.
#[derive(Debug, thiserror::Error)]
#[error("cannot set `net.{key}` to `{value}`")]
pub struct SysctlError {
    key: String,
    value: String,
    source: io::Error,
}

/// Sets `net.<key>` (written with slashes) in the calling thread's namespace.
pub fn set(key: &str, value: &str) -> Result<(), SysctlError> {
    let path = Path::new("/proc/sys/net").join(key);
    fs::write(path, value).map_err(|source| SysctlError {
        key: key.to_string(),
        value: value.to_string(),
        source,
    })
}

/// What a namespace is for decides its switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Forwards between interfaces; sources are checked by the rules, not by reverse path.
    Router,
    /// Forwards for environments whose addresses must match the link they come from.
    Hub,
    /// Only has an address.
    Leaf,
    /// Made by an earlier daemon: to be prepared again before it is relied on.
    Unknown,
}

/// Switches a fresh namespace as its role wants. Interfaces made later inherit from `default`.
pub fn prepare(role: Role) -> Result<(), SysctlError> {
    let forward = if matches!(role, Role::Router | Role::Hub) { "1" } else { "0" };
    let reverse_path = if role == Role::Hub { "1" } else { "0" };
    set("ipv4/ip_forward", forward)?;
    for scope in ["all", "default"] {
        let key = |name: &str| format!("ipv4/conf/{scope}/{name}");
        set(&key("rp_filter"), if scope == "all" { "0" } else { reverse_path })?;
        set(&key("accept_redirects"), "0")?;
        set(&key("send_redirects"), "0")?;
    }
    disable_ipv6()
}

/// Kernels without IPv6 have nothing to switch off.
fn disable_ipv6() -> Result<(), SysctlError> {
    if !Path::new("/proc/sys/net/ipv6").exists() {
        return Ok(());
    }
    set("ipv6/conf/all/disable_ipv6", "1")?;
    set("ipv6/conf/default/disable_ipv6", "1")
}
