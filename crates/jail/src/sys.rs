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

// What follows is also called between a clone and the start of a program, so it allocates nothing.

/// Clones the calling thread into a process of its own in new `namespaces`, which sees a copy of all memory and
/// may not touch anything another thread could have been changing: no allocation, no lock. `None` in the child.
pub fn clone_process(namespaces: i32) -> nix::Result<Option<(i32, OwnedFd)>> {
    let mut pidfd: RawFd = -1;
    // SAFETY: clone_args is plain data for which all zeroes is valid.
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = (namespaces | libc::CLONE_PIDFD) as u64;
    args.pidfd = &raw mut pidfd as u64;
    args.exit_signal = libc::SIGCHLD as u64;
    // SAFETY: without CLONE_VM the child has its own copy of the stack, on which it goes on as after a fork; the
    // kernel writes one descriptor to `pidfd`, which outlives the call.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &args, size_of::<libc::clone_args>()) };
    match Errno::result(pid)? {
        0 => Ok(None),
        pid => Ok(Some((pid as i32, own(pidfd)))),
    }
}

/// Collects the ended process behind `pidfd` if it is a child of this one; answers its wait status as waitid
/// gives it: how it ended, and the exit code or signal.
pub fn reap(pidfd: BorrowedFd<'_>, block: bool) -> nix::Result<Option<(i32, i32)>> {
    // SAFETY: siginfo_t is plain data for which all zeroes is valid.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = libc::WEXITED | if block { 0 } else { libc::WNOHANG };
    let fd = pidfd.as_raw_fd() as libc::id_t;
    // SAFETY: the kernel writes to `info`, which outlives the call.
    Errno::result(unsafe { libc::waitid(libc::P_PIDFD, fd, &mut info, options) })?;
    // SAFETY: waitid has filled the fields for SIGCHLD, or left zeroes.
    let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
    Ok((pid != 0).then_some((info.si_code, status)))
}

/// Microseconds of a clock that only goes forward.
pub fn now_micros() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes to `now`, which outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1000
}

/// Writes all bytes to a socket; answers whether there is still somebody to read them.
pub fn write_all(fd: RawFd, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        // SAFETY: the buffer is valid for its length.
        let count = unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) };
        match bytes.get(count.max(0) as usize..) {
            Some(rest) if count > 0 => bytes = rest,
            _ => return false,
        }
    }
    true
}

/// Writes all bytes in one call, as the kernel's own files want it.
pub fn write_once(fd: RawFd, bytes: &[u8]) -> nix::Result<()> {
    // SAFETY: the buffer is valid for its length.
    Errno::result(unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) }).map(drop)
}

/// Waits for one byte; ends the process when the other side is gone, for then nobody wants it.
pub fn wait_byte(fd: RawFd) {
    let mut byte = 0_u8;
    // SAFETY: one byte is written to a buffer of one byte.
    if unsafe { libc::read(fd, (&raw mut byte).cast(), 1) } != 1 {
        exit_now(1);
    }
}

pub fn set_host_name(name: &CStr) -> nix::Result<()> {
    // SAFETY: a string and its length.
    Errno::result(unsafe { libc::sethostname(name.as_ptr(), name.count_bytes()) }).map(drop)
}

/// Mounts made here are seen nowhere else.
pub fn make_private() -> nix::Result<()> {
    let none = std::ptr::null();
    // SAFETY: a string that ends in a null byte, and null pointers where the call allows them.
    let result =
        unsafe { libc::mount(none, c"/".as_ptr(), none, libc::MS_REC | libc::MS_PRIVATE, std::ptr::null()) };
    Errno::result(result).map(drop)
}

pub fn mount_memory(path: &CStr, options: &CStr, flags: libc::c_ulong) -> nix::Result<()> {
    mount(c"tmpfs", path, flags, options)
}

pub fn mount_proc(path: &CStr) -> nix::Result<()> {
    mount(c"proc", path, libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC, c"")
}

fn mount(kind: &CStr, path: &CStr, flags: libc::c_ulong, options: &CStr) -> nix::Result<()> {
    // SAFETY: strings that end in a null byte and outlive the call.
    let result =
        unsafe { libc::mount(kind.as_ptr(), path.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast()) };
    Errno::result(result).map(drop)
}

const AT_EMPTY_PATH: i32 = 0x1000;
const AT_RECURSIVE: i32 = 0x8000;
const OPEN_TREE_CLONE: i32 = 1;
const MOVE_MOUNT_F_EMPTY_PATH: i32 = 4;
const MOUNT_ATTR_RDONLY: u64 = 1;
const MOUNT_ATTR_NOSUID: u64 = 2;
const MOUNT_ATTR_NODEV: u64 = 4;
const MOUNT_ATTR_NOEXEC: u64 = 8;

/// What mount_setattr is to set and to clear; the rest stays as it is.
#[repr(C)]
#[derive(Default)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// Shows `source`, with everything mounted below it, at `path`. The attributes are set on a copy that is not yet
/// anywhere, so that there is no moment at which it can be written.
pub fn bind(source: &CStr, path: &CStr, read_only: bool, device: bool) -> nix::Result<()> {
    attach(&detached(source, read_only, device)?, path)
}

/// A copy of `source`, with everything mounted below it, that is not yet anywhere.
pub fn detached(source: &CStr, read_only: bool, device: bool) -> nix::Result<OwnedFd> {
    let flags = OPEN_TREE_CLONE | libc::O_CLOEXEC | AT_RECURSIVE;
    // SAFETY: a string that ends in a null byte and outlives the call.
    let tree =
        Errno::result(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, source.as_ptr(), flags) })?;
    let tree = own(tree as RawFd);
    let read_only = if read_only { MOUNT_ATTR_RDONLY } else { 0 };
    let kind = if device { MOUNT_ATTR_NOEXEC } else { MOUNT_ATTR_NODEV };
    let attributes = MOUNT_ATTR_NOSUID | read_only | kind;
    set_attributes(tree.as_raw_fd(), c"", AT_EMPTY_PATH | AT_RECURSIVE, attributes)?;
    Ok(tree)
}

/// Puts a copy where it is to be seen, in the mount namespace of the calling thread.
pub fn attach(tree: &OwnedFd, path: &CStr) -> nix::Result<()> {
    // SAFETY: strings that end in a null byte and outlive the call; the descriptor is open.
    let moved = unsafe {
        let (from, to) = (c"".as_ptr(), path.as_ptr());
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            from,
            libc::AT_FDCWD,
            to,
            MOVE_MOUNT_F_EMPTY_PATH,
        )
    };
    Errno::result(moved).map(drop)
}

/// Changes the options of the file system in memory that is mounted at `path`.
pub fn remount_memory(path: &CStr, options: &CStr) -> nix::Result<()> {
    mount(c"tmpfs", path, libc::MS_REMOUNT | libc::MS_NOSUID | libc::MS_NODEV, options)
}

fn set_attributes(dir: RawFd, path: &CStr, flags: i32, set: u64) -> nix::Result<()> {
    let attributes = MountAttributes { set, ..MountAttributes::default() };
    let size = size_of::<MountAttributes>();
    // SAFETY: a string and a struct that outlive the call, and the struct's size.
    let result =
        unsafe { libc::syscall(libc::SYS_mount_setattr, dir, path.as_ptr(), flags, &attributes, size) };
    Errno::result(result).map(drop)
}

/// Makes the mount at `path`, but not those below it, read-only.
pub fn seal(path: &CStr) -> nix::Result<()> {
    set_attributes(libc::AT_FDCWD, path, 0, MOUNT_ATTR_RDONLY)
}

/// Makes the current directory, a mount, the root; the old root is first put over it and then taken off.
pub fn pivot_here() -> nix::Result<()> {
    // SAFETY: strings that end in a null byte.
    Errno::result(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) })?;
    // SAFETY: as above.
    Errno::result(unsafe { libc::umount2(c".".as_ptr(), libc::MNT_DETACH) })?;
    change_directory(c"/")
}

pub fn change_directory(path: &CStr) -> nix::Result<()> {
    // SAFETY: a string that ends in a null byte.
    Errno::result(unsafe { libc::chdir(path.as_ptr()) }).map(drop)
}

pub fn set_umask(mask: u32) {
    // SAFETY: takes an integer.
    unsafe { libc::umask(mask) };
}

pub fn make_directory(path: &CStr, mode: u32) -> nix::Result<()> {
    // SAFETY: a string that ends in a null byte.
    match Errno::result(unsafe { libc::mkdir(path.as_ptr(), mode) }) {
        // Below a directory that is bound, what is mounted in it last time has left its place.
        Err(Errno::EEXIST) => Ok(()),
        made => made.map(drop),
    }
}

pub fn make_link(path: &CStr, target: &CStr) -> nix::Result<()> {
    // SAFETY: strings that end in a null byte.
    Errno::result(unsafe { libc::symlink(target.as_ptr(), path.as_ptr()) }).map(drop)
}

pub fn make_file(path: &CStr, mut content: &[u8]) -> nix::Result<()> {
    let flags = libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY | libc::O_CLOEXEC;
    // SAFETY: a string that ends in a null byte.
    let file = own(Errno::result(unsafe { libc::open(path.as_ptr(), flags, 0o644) })?);
    while !content.is_empty() {
        // SAFETY: the buffer is valid for its length.
        let count = unsafe { libc::write(file.as_raw_fd(), content.as_ptr().cast(), content.len()) };
        content = content.get(Errno::result(count)? as usize..).unwrap_or_default();
    }
    Ok(())
}

pub fn open_as_stdin(path: &CStr) -> nix::Result<()> {
    // SAFETY: a string that ends in a null byte.
    let file = own(Errno::result(unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) })?);
    duplicate(file.as_raw_fd(), 0)?;
    if file.as_raw_fd() == 0 {
        // It is the standard stream itself, when that was closed before.
        std::mem::forget(file);
    }
    Ok(())
}

/// Makes `to` another number for `from` that stays open when a program starts.
pub fn duplicate(from: RawFd, to: RawFd) -> nix::Result<()> {
    if from == to {
        // SAFETY: takes integers.
        return Errno::result(unsafe { libc::fcntl(from, libc::F_SETFD, 0) }).map(drop);
    }
    // SAFETY: takes integers; the streams are the child's own.
    Errno::result(unsafe { libc::dup2(from, to) }).map(drop)
}

pub fn close_on_exec_from(first: u32) -> nix::Result<()> {
    const CLOSE_RANGE_CLOEXEC: u32 = 4;
    // SAFETY: takes integers.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, CLOSE_RANGE_CLOEXEC) })
        .map(drop)
}

/// Closes every descriptor above the standard ones that is not in `kept`, which is sorted.
pub fn close_all_but(kept: &[RawFd]) -> nix::Result<()> {
    let mut from = 3_u32;
    for fd in kept.iter().filter_map(|fd| u32::try_from(*fd).ok()).filter(|fd| *fd >= 3) {
        if fd > from {
            // SAFETY: takes integers; nobody in this process uses the descriptors that are closed.
            Errno::result(unsafe { libc::syscall(libc::SYS_close_range, from, fd - 1, 0) })?;
        }
        from = from.max(fd.saturating_add(1));
    }
    // SAFETY: as above.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, from, u32::MAX, 0) }).map(drop)
}

pub fn clear_groups() -> nix::Result<()> {
    // SAFETY: a list of no groups needs no pointer. The bare call changes this thread only, which is all there is.
    Errno::result(unsafe { libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()) }).map(drop)
}

pub fn leave_user_namespace() -> nix::Result<()> {
    // SAFETY: takes an integer.
    Errno::result(unsafe { libc::unshare(libc::CLONE_NEWUSER) }).map(drop)
}

/// Becomes user and group `id`. The bare calls change this thread only, which is all there is after a clone.
pub fn become_id(id: u32) -> nix::Result<()> {
    // SAFETY: takes integers.
    Errno::result(unsafe { libc::syscall(libc::SYS_setresgid, id, id, id) })?;
    // SAFETY: takes integers.
    Errno::result(unsafe { libc::syscall(libc::SYS_setresuid, id, id, id) }).map(drop)
}

/// A limit never rises above what is allowed already.
pub fn set_limit(resource: libc::__rlimit_resource_t, value: u64) -> nix::Result<()> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes to `now`, which outlives the call.
    Errno::result(unsafe { libc::getrlimit(resource, &mut now) })?;
    let value = value.min(now.rlim_max);
    let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: the kernel reads from `limit`, which outlives the call.
    Errno::result(unsafe { libc::setrlimit(resource, &limit) }).map(drop)
}

/// Gives up every capability, and with the bounding set and no_new_privs every way to get one back.
pub fn drop_capabilities(last: u32) -> nix::Result<()> {
    for capability in 0..=last {
        // SAFETY: takes integers.
        Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) })?;
    }
    let header = [0x2008_0522_u32, 0];
    let none = [[0_u32; 3]; 2];
    // SAFETY: version 3 of the call reads the header and two triples of 32 bits.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, &none) })?;
    // SAFETY: takes integers.
    Errno::result(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }).map(drop)
}

/// Handlers go when a program starts; ignored signals and the mask would stay.
pub fn reset_signals() -> nix::Result<()> {
    // SAFETY: a default disposition is always valid, and SIGPIPE is the one signal that Rust programs ignore.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // SAFETY: sigset_t is plain data; sigemptyset makes it a valid empty set, which outlives the call.
    let result = unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut())
    };
    Errno::result(result).map(drop)
}

/// Starts a program; comes back only with the reason why not. Both lists end in a null pointer.
pub fn execute(path: &CStr, argv: &[*const libc::c_char], envp: &[*const libc::c_char]) -> Errno {
    // SAFETY: the caller's lists end in null pointers, and the strings they point to outlive the call.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    Errno::last()
}

/// As `execute`, with a program that is not a file of the root.
pub fn execute_image(image: RawFd, argv: &[*const libc::c_char], envp: &[*const libc::c_char]) -> Errno {
    // SAFETY: as for `execute`; an empty path is allowed with the flag and means the descriptor itself.
    unsafe {
        let (path, argv, envp) = (c"".as_ptr(), argv.as_ptr(), envp.as_ptr());
        libc::syscall(libc::SYS_execveat, image, path, argv, envp, AT_EMPTY_PATH);
    }
    Errno::last()
}

/// A file without a name that holds `content` and cannot be changed any more.
pub fn sealed_image(name: &CStr, content: &[u8]) -> io::Result<OwnedFd> {
    // SAFETY: a string that ends in a null byte; the result is a new descriptor that nobody else owns.
    let image = own(Errno::result(unsafe {
        libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING)
    })?);
    let mut file = std::fs::File::from(image);
    io::Write::write_all(&mut file, content)?;
    let seals = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    // SAFETY: takes integers.
    Errno::result(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) })?;
    Ok(file.into())
}

/// Gives the calling thread a working directory and a root of its own, apart from the other threads'.
pub fn own_directories() -> nix::Result<()> {
    // SAFETY: takes an integer.
    Errno::result(unsafe { libc::unshare(libc::CLONE_FS) }).map(drop)
}

/// Sets another process's limit.
pub fn set_limit_of(pid: i32, resource: libc::__rlimit_resource_t, value: u64) -> nix::Result<()> {
    let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: the kernel reads from `limit`, which outlives the call, and need not write the old one.
    Errno::result(unsafe { libc::prlimit(pid, resource, &limit, std::ptr::null_mut()) }).map(drop)
}

/// Puts a system call filter on the calling thread for good; it must be unable to gain privileges.
pub fn set_filter(program: &[libc::sock_filter]) -> nix::Result<()> {
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    // SAFETY: the kernel reads the program, whose length is given, and leaves it as it is.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &program) };
    Errno::result(result).map(drop)
}
