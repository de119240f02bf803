//! Kernel switches of a network namespace. `/proc/sys/net` shows the namespace of the thread that opens it.

use std::fs;
use std::io;
use std::path::Path;

/// A switch could not be set.
#[derive(Debug, thiserror::Error)]
pub enum SysctlError {
    /// The kernel refused.
    #[error("cannot set `net.{key}` to `{value}`: {source}")]
    Refused {
        /// The switch.
        key: String,
        /// What it was to be.
        value: String,
        /// Why.
        source: io::Error,
    },
    /// The kernel was built, or started, without IPv6.
    #[error("this kernel has no IPv6 (`/proc/sys/net/ipv6` is not there), which this network needs")]
    NoIpv6,
}

/// A link gets no link-local address of its own accord.
const NO_ADDRESS: &str = "1";

/// Sets `net.<key>` (written with slashes) in the calling thread's namespace.
pub fn set(key: &str, value: &str) -> Result<(), SysctlError> {
    let path = Path::new("/proc/sys/net").join(key);
    fs::write(path, value).map_err(|source| SysctlError::Refused {
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

/// Whether the kernel knows IPv6.
pub fn has_ipv6() -> bool {
    Path::new("/proc/sys/net/ipv6/conf").exists()
}

/// Switches IPv6 off in the calling thread's namespace, as it is where nothing has an address of it. Kernels without
/// it have nothing to switch off.
pub fn disable_ipv6() -> Result<(), SysctlError> {
    if !has_ipv6() {
        return Ok(());
    }
    set("ipv6/conf/all/disable_ipv6", "1")?;
    set("ipv6/conf/default/disable_ipv6", "1")
}

/// Switches IPv6 on, with the addresses and routes that it is given and no others: none is made up for a link, and
/// nobody's advertisements or redirects are believed.
pub fn enable_ipv6(role: Role) -> Result<(), SysctlError> {
    if !has_ipv6() {
        return Err(SysctlError::NoIpv6);
    }
    let own_conf = "/proc/sys/net/ipv6/conf/eth0";
    let scopes = ["all", "default", "eth0"];
    for scope in scopes.iter().filter(|scope| **scope != "eth0" || Path::new(own_conf).exists()) {
        let key = |name: &str| format!("ipv6/conf/{scope}/{name}");
        set(&key("forwarding"), if role == Role::Router { "1" } else { "0" })?;
        for switch in ["accept_ra", "autoconf", "accept_redirects", "accept_dad"] {
            set(&key(switch), "0")?;
        }
        set(&key("addr_gen_mode"), NO_ADDRESS)?;
    }
    set("ipv6/conf/default/disable_ipv6", "0")?;
    set("ipv6/conf/all/disable_ipv6", "0")
}
