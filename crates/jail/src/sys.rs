//! The system calls that neither std nor nix offers safely. Every function here is safe to call: what the kernel
//! is given lives as long as the call, and what it returns is owned or an error.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

/// A signal to a process that cannot be confused with its successor.
pub fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> nix::Result<()> {
    // SAFETY: the descriptor is open for the length of the call and a null siginfo is allowed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    Errno::result(result).map(drop)
}

pub fn pidfd_open(pid: i32) -> nix::Result<OwnedFd> {
    // SAFETY: takes two integers; the result, when not negative, is a new descriptor that nobody else owns.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    Errno::result(result).map(|fd| {
        // SAFETY: see above.
        unsafe { OwnedFd::from_raw_fd(fd as RawFd) }
    })
}

/// Joins the named namespaces of the process behind `fd`, or the one namespace that `fd` is.
pub fn setns(fd: BorrowedFd<'_>, flags: i32) -> nix::Result<()> {
    // SAFETY: an open descriptor and an integer.
    Errno::result(unsafe { libc::setns(fd.as_raw_fd(), flags) }).map(drop)
}

/// Forks a process that has one thread, so that the child may go on using everything its parent could.
/// Answers the child's id to the parent and `None` to the child.
pub fn fork_single_threaded() -> io::Result<Option<i32>> {
    let threads = std::fs::read_dir("/proc/self/task")?.count();
    if threads != 1 {
        return Err(io::Error::other(format!("cannot fork with {threads} threads")));
    }
    // SAFETY: there is no other thread whose locks or half-made changes the child could inherit.
    let result = unsafe { libc::fork() };
    Ok(match Errno::result(result)? {
        0 => None,
        child => Some(child),
    })
}

/// Leaves at once, without running what the parent registered to run at exit.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process; nothing is left to be unsafe for.
    unsafe { libc::_exit(code) }
}

/// Brings `lo` up in the network namespace of the calling thread.
pub fn loopback_up() -> nix::Result<()> {
    // SAFETY: takes integers; the result is a new descriptor that nobody else owns.
    let socket =
        Errno::result(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: see above.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: ifreq is plain data for which all zeroes is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the request is a valid ifreq and lives for the length of the call.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &request) }).map(drop)
}

/// Closes every descriptor from `first` on.
pub fn close_from(first: u32) -> nix::Result<()> {
    // SAFETY: the caller is a process that is about to do nothing but its own work with descriptors it opens
    // later; Rust values that owned the closed ones are never used or dropped again in it.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) }).map(drop)
}

pub fn set_name(name: &CStr) -> nix::Result<()> {
    // SAFETY: a string that ends in a null byte and outlives the call.
    Errno::result(unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) }).map(drop)
}

pub fn set_death_signal(signal: i32) -> nix::Result<()> {
    // SAFETY: takes integers.
    Errno::result(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal, 0, 0, 0) }).map(drop)
}

/// Whether the calling thread holds the capability to administer its user namespace.
pub fn has_sys_admin() -> bool {
    const CAP_SYS_ADMIN: u32 = 21;
    const VERSION_3: u32 = 0x2008_0522;
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    let mut header = Header { version: VERSION_3, pid: 0 };
    let mut sets = [[0_u32; 3]; 2];
    // SAFETY: version 3 of the call reads the header and writes two triples of 32 bits.
    let result = unsafe { libc::syscall(libc::SYS_capget, &mut header, &mut sets) };
    result == 0 && sets[0][0] & (1 << CAP_SYS_ADMIN) != 0
}

/// Takes a descriptor that the kernel has just handed to this process.
pub fn own(fd: RawFd) -> OwnedFd {
    // SAFETY: callers pass only what a system call of their own has just returned and nobody else owns.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
