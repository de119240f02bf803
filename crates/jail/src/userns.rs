//! User namespaces: what lets an ordinary user own all the others
//! ([user_namespaces(7)](https://man7.org/linux/man-pages/man7/user_namespaces.7.html)), and why a machine may
//! refuse them.

use std::fmt;
use std::fs;
use std::io;

/// Why this machine gives an ordinary user no user namespace, with the command that changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// Debian's and Ubuntu's switch is off.
    Unprivileged,
    /// AppArmor takes away the capabilities of user namespaces made by programs without a profile.
    AppArmor,
    /// The machine's quota of user namespaces is zero.
    Quota,
    /// None of the switches is off: a container's system call filter or a security module refuses.
    Unknown,
}

impl Forbidden {
    /// Which switch is off.
    pub fn find() -> Forbidden {
        let reads = |path, value| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
        if reads("/proc/sys/kernel/unprivileged_userns_clone", "0") {
            Forbidden::Unprivileged
        } else if reads("/proc/sys/user/max_user_namespaces", "0") {
            Forbidden::Quota
        } else if reads("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
            Forbidden::AppArmor
        } else {
            Forbidden::Unknown
        }
    }

    /// The command that allows user namespaces, to be run by an administrator.
    pub fn fix(self) -> &'static str {
        match self {
            Forbidden::Unprivileged => "sudo sysctl -w kernel.unprivileged_userns_clone=1",
            Forbidden::AppArmor => "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
            Forbidden::Quota => "sudo sysctl -w user.max_user_namespaces=15000",
            Forbidden::Unknown => "run moat outside the container, or as root",
        }
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Forbidden::Unprivileged => "kernel.unprivileged_userns_clone is 0",
            Forbidden::AppArmor => "kernel.apparmor_restrict_unprivileged_userns is 1",
            Forbidden::Quota => "user.max_user_namespaces is 0",
            Forbidden::Unknown => "a container or a security module refuses them",
        })
    }
}

/// Maps the one user and group the caller had outside to root inside, for the calling process, which has just
/// left for a new user namespace. An unprivileged process may map nothing else, and must give up setgroups first.
pub fn map_self_to_root(outside_uid: u32, outside_gid: u32) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {outside_uid} 1\n"))?;
    fs::write("/proc/self/gid_map", format!("0 {outside_gid} 1\n"))
}

/// Lets the calling process, which must have one thread, do with its user's files whatever their modes say, as root
/// may: what ran locked up may have left some that nobody may read. Root needs nothing.
///
/// Errors: the machine gives no user namespaces.
pub fn own_all_files() -> io::Result<()> {
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    if uid.is_root() {
        return Ok(());
    }
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER)?;
    map_self_to_root(uid.as_raw(), gid.as_raw())
}
