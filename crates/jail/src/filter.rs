//! The system calls that locked-up code may make. What is not listed answers EPERM; a filter cannot be taken off
//! again ([seccomp(2)](https://man7.org/linux/man-pages/man2/seccomp.2.html)).

use std::collections::BTreeMap;

use libc as c;
use nix::errno::Errno;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: seccompiler::TargetArch = seccompiler::TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: seccompiler::TargetArch = seccompiler::TargetArch::aarch64;

/// Files, by descriptor and by path, as far as the mounts let them.
#[rustfmt::skip]
const FILES: &[i64] = &[
    c::SYS_read, c::SYS_write, c::SYS_readv, c::SYS_writev, c::SYS_pread64, c::SYS_pwrite64, c::SYS_preadv,
    c::SYS_pwritev, c::SYS_preadv2, c::SYS_pwritev2, c::SYS_openat, c::SYS_openat2, c::SYS_close,
    c::SYS_close_range, c::SYS_lseek, c::SYS_fstat, c::SYS_newfstatat, c::SYS_statx, c::SYS_fstatfs,
    c::SYS_statfs, c::SYS_ftruncate, c::SYS_truncate, c::SYS_fallocate, c::SYS_fsync, c::SYS_fdatasync,
    c::SYS_sync, c::SYS_syncfs, c::SYS_sync_file_range, c::SYS_fadvise64, c::SYS_readahead, c::SYS_flock,
    c::SYS_fcntl, c::SYS_ioctl, c::SYS_dup, c::SYS_dup3, c::SYS_pipe2, c::SYS_splice, c::SYS_tee, c::SYS_vmsplice,
    c::SYS_sendfile, c::SYS_copy_file_range, c::SYS_getdents64, c::SYS_getcwd, c::SYS_chdir, c::SYS_fchdir,
    c::SYS_mkdirat, c::SYS_unlinkat, c::SYS_renameat2, c::SYS_linkat, c::SYS_symlinkat, c::SYS_readlinkat,
    c::SYS_faccessat, c::SYS_faccessat2, c::SYS_fchmod, c::SYS_fchmodat, c::SYS_fchown, c::SYS_fchownat,
    c::SYS_utimensat, c::SYS_umask, c::SYS_mknodat, c::SYS_memfd_create,
    c::SYS_getxattr, c::SYS_lgetxattr, c::SYS_fgetxattr, c::SYS_setxattr, c::SYS_lsetxattr, c::SYS_fsetxattr,
    c::SYS_listxattr, c::SYS_llistxattr, c::SYS_flistxattr, c::SYS_removexattr, c::SYS_lremovexattr,
    c::SYS_fremovexattr, c::SYS_inotify_init1, c::SYS_inotify_add_watch, c::SYS_inotify_rm_watch,
];

/// Waiting for descriptors.
#[rustfmt::skip]
const WAITING: &[i64] = &[
    c::SYS_ppoll, c::SYS_pselect6, c::SYS_epoll_create1, c::SYS_epoll_ctl, c::SYS_epoll_pwait,
    c::SYS_epoll_pwait2, c::SYS_eventfd2, c::SYS_signalfd4, c::SYS_timerfd_create, c::SYS_timerfd_settime,
    c::SYS_timerfd_gettime, c::SYS_io_setup, c::SYS_io_submit, c::SYS_io_getevents,
    c::SYS_io_cancel, c::SYS_io_destroy,
];

/// Sockets, once `socket` itself has said which.
#[rustfmt::skip]
const SOCKETS: &[i64] = &[
    c::SYS_bind, c::SYS_listen, c::SYS_accept, c::SYS_accept4, c::SYS_connect, c::SYS_shutdown,
    c::SYS_getsockname, c::SYS_getpeername, c::SYS_getsockopt, c::SYS_setsockopt, c::SYS_sendto, c::SYS_recvfrom,
    c::SYS_sendmsg, c::SYS_recvmsg, c::SYS_sendmmsg, c::SYS_recvmmsg,
];

/// Memory. Not `userfaultfd`, which makes races in the kernel winnable.
#[rustfmt::skip]
const MEMORY: &[i64] = &[
    c::SYS_mmap, c::SYS_munmap, c::SYS_mprotect, c::SYS_mremap, c::SYS_madvise, c::SYS_msync, c::SYS_mincore,
    c::SYS_brk, c::SYS_mlock, c::SYS_mlock2, c::SYS_munlock, c::SYS_mlockall, c::SYS_munlockall,
    c::SYS_pkey_alloc, c::SYS_pkey_free, c::SYS_pkey_mprotect, c::SYS_membarrier, c::SYS_get_mempolicy,
    c::SYS_set_mempolicy, c::SYS_mbind,
    c::SYS_shmget, c::SYS_shmat, c::SYS_shmctl, c::SYS_shmdt, c::SYS_semget, c::SYS_semop, c::SYS_semctl,
    c::SYS_semtimedop, c::SYS_msgget, c::SYS_msgsnd, c::SYS_msgrcv, c::SYS_msgctl,
    c::SYS_mq_open, c::SYS_mq_unlink, c::SYS_mq_timedsend, c::SYS_mq_timedreceive, c::SYS_mq_notify,
    c::SYS_mq_getsetattr,
];

/// Processes and threads of one's own. Not `ptrace`, `process_vm_readv` or `kcmp`, which look into others.
#[rustfmt::skip]
const PROCESSES: &[i64] = &[
    c::SYS_execve, c::SYS_execveat, c::SYS_exit, c::SYS_exit_group, c::SYS_wait4, c::SYS_waitid, c::SYS_kill,
    c::SYS_tkill, c::SYS_tgkill, c::SYS_getpid, c::SYS_getppid, c::SYS_gettid, c::SYS_getpgid, c::SYS_setpgid,
    c::SYS_getsid, c::SYS_setsid, c::SYS_getuid, c::SYS_geteuid, c::SYS_getgid, c::SYS_getegid, c::SYS_getresuid,
    c::SYS_getresgid, c::SYS_getgroups, c::SYS_setuid, c::SYS_setgid, c::SYS_setreuid, c::SYS_setregid,
    c::SYS_setresuid, c::SYS_setresgid, c::SYS_setgroups, c::SYS_setfsuid, c::SYS_setfsgid, c::SYS_capget,
    c::SYS_capset, c::SYS_prctl, c::SYS_set_tid_address, c::SYS_set_robust_list, c::SYS_get_robust_list,
    c::SYS_futex, c::SYS_futex_waitv, c::SYS_rseq, c::SYS_pidfd_open, c::SYS_pidfd_send_signal,
    c::SYS_sched_yield, c::SYS_sched_getaffinity, c::SYS_sched_setaffinity, c::SYS_sched_getparam,
    c::SYS_sched_setparam, c::SYS_sched_getscheduler, c::SYS_sched_setscheduler, c::SYS_sched_getattr,
    c::SYS_sched_setattr, c::SYS_sched_get_priority_max, c::SYS_sched_get_priority_min,
    c::SYS_sched_rr_get_interval, c::SYS_getpriority, c::SYS_setpriority, c::SYS_ioprio_get, c::SYS_ioprio_set,
    c::SYS_getrlimit, c::SYS_setrlimit, c::SYS_prlimit64, c::SYS_getrusage, c::SYS_times, c::SYS_getcpu,
    c::SYS_seccomp, c::SYS_landlock_create_ruleset, c::SYS_landlock_add_rule, c::SYS_landlock_restrict_self,
];

/// Signals, clocks that may be read but not set, and what else is harmless.
#[rustfmt::skip]
const SIGNALS_AND_CLOCKS: &[i64] = &[
    c::SYS_rt_sigaction, c::SYS_rt_sigprocmask, c::SYS_rt_sigreturn, c::SYS_rt_sigpending,
    c::SYS_rt_sigtimedwait, c::SYS_rt_sigsuspend, c::SYS_rt_sigqueueinfo, c::SYS_rt_tgsigqueueinfo,
    c::SYS_sigaltstack, c::SYS_restart_syscall, c::SYS_nanosleep, c::SYS_clock_nanosleep, c::SYS_clock_gettime,
    c::SYS_clock_getres, c::SYS_gettimeofday, c::SYS_timer_create, c::SYS_timer_settime, c::SYS_timer_gettime,
    c::SYS_timer_getoverrun, c::SYS_timer_delete, c::SYS_getitimer, c::SYS_setitimer, c::SYS_getrandom,
    c::SYS_uname, c::SYS_sysinfo,
];

/// What older programs call by other names on this processor.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const LEGACY: &[i64] = &[
    c::SYS_open, c::SYS_creat, c::SYS_stat, c::SYS_lstat, c::SYS_access, c::SYS_chmod, c::SYS_chown,
    c::SYS_lchown, c::SYS_mkdir, c::SYS_rmdir, c::SYS_unlink, c::SYS_rename, c::SYS_renameat, c::SYS_link,
    c::SYS_symlink, c::SYS_readlink, c::SYS_mknod, c::SYS_utime, c::SYS_utimes, c::SYS_futimesat,
    c::SYS_getdents, c::SYS_dup2, c::SYS_pipe, c::SYS_poll, c::SYS_select, c::SYS_epoll_create, c::SYS_epoll_wait,
    c::SYS_eventfd, c::SYS_signalfd, c::SYS_inotify_init, c::SYS_fork, c::SYS_vfork, c::SYS_getpgrp, c::SYS_pause,
    c::SYS_alarm, c::SYS_time, c::SYS_arch_prctl, c::SYS_socketpair,
];
#[cfg(not(target_arch = "x86_64"))]
const LEGACY: &[i64] = &[c::SYS_renameat, c::SYS_socketpair];

/// Namespaces are ours to make. `clone3` hides its flags behind a pointer that no filter can follow, so it must
/// seem not to exist; then libraries use `clone`, whose flags are looked at.
const NAMESPACES: u64 = (c::CLONE_NEWNS
    | c::CLONE_NEWCGROUP
    | c::CLONE_NEWUTS
    | c::CLONE_NEWIPC
    | c::CLONE_NEWUSER
    | c::CLONE_NEWPID
    | c::CLONE_NEWNET) as u64;

/// The kinds of socket a program needs: local, IPv4, IPv6; and, below, netlink for the list of one's addresses.
/// Not packets, not the kernel's cryptography, not virtual machines' sockets, all doors with a history.
const FAMILIES: [i32; 3] = [c::AF_UNIX, c::AF_INET, c::AF_INET6];

/// Execution domains that only exist to run other systems' binaries are left out; these are queries and the
/// switch that debuggers and some runtimes use for stable addresses.
const PERSONALITIES: [u64; 3] = [0, 0xffff_ffff, 0x0004_0000];

/// Two programs for the kernel, both of which must agree to a call.
#[derive(Debug, Clone)]
pub struct Filter {
    allowed: BpfProgram,
    absent: BpfProgram,
}

impl Filter {
    /// Compiles the filter for this machine's processor.
    ///
    /// Errors: the lists in this file contradict each other.
    pub fn compile() -> Compiled<Filter> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        for group in [FILES, WAITING, SOCKETS, MEMORY, PROCESSES, SIGNALS_AND_CLOCKS, LEGACY] {
            rules.extend(group.iter().map(|number| (*number, Vec::new())));
        }
        rules.insert(c::SYS_clone3, Vec::new());
        rules.insert(c::SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(NAMESPACES), 0)?]);
        rules.insert(c::SYS_socket, sockets()?);
        let personalities = PERSONALITIES.iter().map(|persona| when(0, SeccompCmpOp::Eq, *persona));
        rules.insert(c::SYS_personality, personalities.collect::<Result<_, _>>()?);
        let refuse = SeccompAction::Errno(Errno::EPERM as u32);
        let allowed = SeccompFilter::new(rules, refuse, SeccompAction::Allow, ARCHITECTURE)?.try_into()?;

        let missing = SeccompAction::Errno(Errno::ENOSYS as u32);
        let clone3 = BTreeMap::from([(c::SYS_clone3, Vec::new())]);
        let absent = SeccompFilter::new(clone3, SeccompAction::Allow, missing, ARCHITECTURE)?.try_into()?;
        Ok(Filter { allowed, absent })
    }

    /// Puts the filter on the calling thread. Asks the kernel for nothing but that, so it may be called after a
    /// clone.
    pub(crate) fn put_on(&self) -> Result<(), Errno> {
        for program in [&self.absent, &self.allowed] {
            seccompiler::apply_filter(program).map_err(|_| Errno::last())?;
        }
        Ok(())
    }
}

type Compiled<T> = Result<T, seccompiler::BackendError>;

fn sockets() -> Compiled<Vec<SeccompRule>> {
    let families = FAMILIES.iter().map(|family| when(0, SeccompCmpOp::Eq, *family as u64));
    let mut rules = families.collect::<Compiled<Vec<_>>>()?;
    let netlink = condition(0, SeccompCmpOp::Eq, c::AF_NETLINK as u64)?;
    let route = condition(2, SeccompCmpOp::Eq, c::NETLINK_ROUTE as u64)?;
    rules.push(SeccompRule::new(vec![netlink, route])?);
    Ok(rules)
}

fn when(argument: u8, operator: SeccompCmpOp, value: u64) -> Compiled<SeccompRule> {
    SeccompRule::new(vec![condition(argument, operator, value)?])
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Compiled<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}
