//! The system calls that locked-up code may make. What is not listed answers EPERM; a filter cannot be taken off
//! again ([seccomp(2)](https://man7.org/linux/man-pages/man2/seccomp.2.html)).
//!
//! The program is written here rather than by a library because it is on the way of every cold start: the kernel
//! tries each system call's number on it when it is put on, and a search tree answers in a tenth of the time that
//! a list takes.

use std::ops::RangeInclusive;

use libc as c;
use nix::errno::Errno;

/// This processor's mark in `seccomp_data.arch`
/// ([audit.h](https://github.com/torvalds/linux/blob/master/include/uapi/linux/audit.h)).
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

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
const NAMESPACES: u32 = (c::CLONE_NEWNS
    | c::CLONE_NEWCGROUP
    | c::CLONE_NEWUTS
    | c::CLONE_NEWIPC
    | c::CLONE_NEWUSER
    | c::CLONE_NEWPID
    | c::CLONE_NEWNET) as u32;

/// The kinds of socket a program needs: local, IPv4, IPv6; and, below, netlink for the list of one's addresses.
/// Not packets, not the kernel's cryptography, not virtual machines' sockets, all doors with a history.
const FAMILIES: [i32; 3] = [c::AF_UNIX, c::AF_INET, c::AF_INET6];

/// Execution domains that only exist to run other systems' binaries are left out; these are queries and the
/// switch that debuggers and some runtimes use for stable addresses.
const PERSONALITIES: [u32; 3] = [0, 0xffff_ffff, 0x0004_0000];

/// A program for the kernel.
#[derive(Debug, Clone)]
pub struct Filter(Vec<c::sock_filter>);

const ALLOW: u32 = c::SECCOMP_RET_ALLOW;
const REFUSE: u32 = c::SECCOMP_RET_ERRNO | c::EPERM as u32;
const MISSING: u32 = c::SECCOMP_RET_ERRNO | c::ENOSYS as u32;
const KILL: u32 = c::SECCOMP_RET_KILL_PROCESS;

/// Where things are in what the program is shown; of an argument, the lower half.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const fn argument(index: u32) -> u32 {
    16 + 8 * index + if cfg!(target_endian = "big") { 4 } else { 0 }
}

impl Filter {
    /// Writes the program for this machine's processor.
    pub fn compile() -> Filter {
        let mut program = vec![load(ARCH), jump(c::BPF_JEQ, ARCHITECTURE, 1, 0), give(KILL), load(NUMBER)];
        program.extend([jump(c::BPF_JEQ, c::SYS_clone3 as u32, 0, 1), give(MISSING)]);
        case(
            &mut program,
            c::SYS_clone,
            vec![load(argument(0)), jump(c::BPF_JSET, NAMESPACES, 0, 1), give(REFUSE), give(ALLOW)],
        );
        case(&mut program, c::SYS_personality, one_of(argument(0), &PERSONALITIES));
        case(&mut program, c::SYS_socket, sockets());
        search(&mut program, &ranges(allowed()));
        Filter(program)
    }

    /// The program as the kernel reads it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let words = |each: &c::sock_filter| {
            let [a, b] = each.code.to_ne_bytes();
            let [w, x, y, z] = each.k.to_ne_bytes();
            [a, b, each.jt, each.jf, w, x, y, z]
        };
        self.0.iter().flat_map(words).collect()
    }

    /// Puts the filter on the calling thread. Asks the kernel for nothing but that, so it may be called after a
    /// clone.
    pub(crate) fn put_on(&self) -> Result<(), Errno> {
        crate::sys::set_filter(&self.0)
    }
}

fn allowed() -> Vec<u32> {
    let groups = [FILES, WAITING, SOCKETS, MEMORY, PROCESSES, SIGNALS_AND_CLOCKS, LEGACY];
    let mut numbers: Vec<u32> = groups.into_iter().flatten().map(|number| *number as u32).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Neighbours together.
fn ranges(numbers: Vec<u32>) -> Vec<RangeInclusive<u32>> {
    let mut ranges: Vec<RangeInclusive<u32>> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some(last) if *last.end() + 1 == number => *last = *last.start()..=number,
            _ => ranges.push(number..=number),
        }
    }
    ranges
}

/// A search tree: the lower half of the ranges, then the upper.
fn search(program: &mut Vec<c::sock_filter>, ranges: &[RangeInclusive<u32>]) {
    match ranges {
        [] => program.push(give(REFUSE)),
        [range] => program.extend([
            jump(c::BPF_JGE, *range.start(), 0, 1),
            jump(c::BPF_JGT, *range.end(), 0, 1),
            give(REFUSE),
            give(ALLOW),
        ]),
        _ => {
            let (low, high) = ranges.split_at(ranges.len() / 2);
            let mut lower = Vec::new();
            search(&mut lower, low);
            let pivot = high.first().map_or(0, |range| *range.start());
            // A far jump, because a conditional one reaches 255 instructions only.
            program.extend([jump(c::BPF_JGE, pivot, 0, 1), skip(lower.len())]);
            program.append(&mut lower);
            search(program, high);
        }
    }
}

/// What is to be done for one number; `body` always ends in an answer.
fn case(program: &mut Vec<c::sock_filter>, number: i64, mut body: Vec<c::sock_filter>) {
    program.extend([jump(c::BPF_JEQ, number as u32, 1, 0), skip(body.len())]);
    program.append(&mut body);
}

fn one_of(field: u32, values: &[u32]) -> Vec<c::sock_filter> {
    let tests = values.iter().flat_map(|value| [jump(c::BPF_JEQ, *value, 0, 1), give(ALLOW)]);
    std::iter::once(load(field)).chain(tests).chain([give(REFUSE)]).collect()
}

fn sockets() -> Vec<c::sock_filter> {
    let mut body = vec![load(argument(0)), jump(c::BPF_JEQ, c::AF_NETLINK as u32, 1, 0)];
    let route = one_of(argument(2), &[c::NETLINK_ROUTE as u32]);
    body.push(skip(route.len()));
    body.extend(route);
    body.extend(one_of(argument(0), &FAMILIES.map(|family| family as u32)));
    body
}

fn load(field: u32) -> c::sock_filter {
    c::sock_filter { code: (c::BPF_LD | c::BPF_W | c::BPF_ABS) as u16, jt: 0, jf: 0, k: field }
}

fn jump(test: u32, value: u32, then: u8, otherwise: u8) -> c::sock_filter {
    c::sock_filter { code: (c::BPF_JMP | test | c::BPF_K) as u16, jt: then, jf: otherwise, k: value }
}

fn skip(count: usize) -> c::sock_filter {
    c::sock_filter { code: (c::BPF_JMP | c::BPF_JA) as u16, jt: 0, jf: 0, k: count as u32 }
}

fn give(answer: u32) -> c::sock_filter {
    c::sock_filter { code: (c::BPF_RET | c::BPF_K) as u16, jt: 0, jf: 0, k: answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does what the kernel does with the program.
    fn answer(number: i64, arch: u32, arguments: [u64; 3]) -> u32 {
        let Filter(program) = Filter::compile();
        let (mut at, mut held) = (0, 0);
        loop {
            let c::sock_filter { code, jt, jf, k } = program[at];
            at += 1;
            let test = |holds: bool| if holds { usize::from(jt) } else { usize::from(jf) };
            match u32::from(code) {
                code if code == c::BPF_LD | c::BPF_W | c::BPF_ABS => {
                    held = match k {
                        NUMBER => number as u32,
                        ARCH => arch,
                        field => arguments[(field as usize - 16) / 8] as u32,
                    }
                }
                code if code == c::BPF_JMP | c::BPF_JA => at += k as usize,
                code if code == c::BPF_JMP | c::BPF_JEQ => at += test(held == k),
                code if code == c::BPF_JMP | c::BPF_JGE => at += test(held >= k),
                code if code == c::BPF_JMP | c::BPF_JGT => at += test(held > k),
                code if code == c::BPF_JMP | c::BPF_JSET => at += test(held & k != 0),
                code if code == c::BPF_RET => return k,
                other => panic!("instruction {other}"),
            }
        }
    }

    #[test]
    fn every_number_is_answered_as_the_lists_say() {
        let conditional = [c::SYS_clone, c::SYS_clone3, c::SYS_socket, c::SYS_personality];
        for number in (0..1000).filter(|number| !conditional.contains(number)) {
            let expected = if allowed().contains(&(number as u32)) { ALLOW } else { REFUSE };
            assert_eq!(answer(number, ARCHITECTURE, [0; 3]), expected, "{number}");
        }
    }

    #[test]
    fn arguments_decide_where_numbers_do_not() {
        let asked = |number, arguments| answer(number, ARCHITECTURE, arguments);
        assert_eq!(asked(c::SYS_clone3, [0; 3]), MISSING);
        assert_eq!(asked(c::SYS_clone, [c::CLONE_VM as u64, 0, 0]), ALLOW);
        assert_eq!(asked(c::SYS_clone, [(c::CLONE_VM | c::CLONE_NEWUSER) as u64, 0, 0]), REFUSE);
        assert_eq!(asked(c::SYS_personality, [0xffff_ffff, 0, 0]), ALLOW);
        assert_eq!(asked(c::SYS_personality, [0x0040_0000, 0, 0]), REFUSE);
        let socket = |family: i32, protocol: i32| asked(c::SYS_socket, [family as u64, 0, protocol as u64]);
        assert_eq!(socket(c::AF_INET, 6), ALLOW);
        assert_eq!(socket(c::AF_UNIX, 0), ALLOW);
        assert_eq!(socket(c::AF_NETLINK, c::NETLINK_ROUTE), ALLOW);
        assert_eq!(socket(c::AF_NETLINK, c::NETLINK_NETFILTER), REFUSE);
        assert_eq!(socket(c::AF_PACKET, 0), REFUSE);
    }

    #[test]
    fn another_processors_calls_and_the_short_pointer_variants_do_not_slip_through() {
        assert_eq!(answer(c::SYS_read, 0x4000_0003, [0; 3]), KILL);
        assert_eq!(answer(0x4000_0000, ARCHITECTURE, [0; 3]), REFUSE);
    }

    #[test]
    fn no_call_is_both_listed_and_conditional() {
        for number in [c::SYS_clone, c::SYS_clone3, c::SYS_socket, c::SYS_personality] {
            assert!(!allowed().contains(&(number as u32)));
        }
    }
}
