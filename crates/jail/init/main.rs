//! Process 1 of a sandbox: starts the program it is ordered to start, reaps what the program leaves behind, and says
//! how the program ended. It is started with two descriptors, named by its arguments: the line to the daemon, and a
//! socket that a program may be given as its descriptor 3.
//!
//! It has no library and allocates nothing, because one waits in every sandbox: a few pages each. `src/init.rs` is
//! the daemon's side of the conversation.

#![no_std]
#![no_main]

use core::arch::{asm, global_asm};
use core::ptr::{addr_of_mut, null};

#[cfg(target_arch = "x86_64")]
mod call {
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const CLONE: usize = 56;
    pub const EXECVE: usize = 59;
    pub const WAIT4: usize = 61;
    pub const FCNTL: usize = 72;
    pub const CHDIR: usize = 80;
    pub const PRCTL: usize = 157;
    pub const EXIT_GROUP: usize = 231;
    pub const DUP3: usize = 292;
}
#[cfg(target_arch = "aarch64")]
mod call {
    pub const READ: usize = 63;
    pub const WRITE: usize = 64;
    pub const CLONE: usize = 220;
    pub const EXECVE: usize = 221;
    pub const WAIT4: usize = 260;
    pub const FCNTL: usize = 25;
    pub const CHDIR: usize = 49;
    pub const PRCTL: usize = 167;
    pub const EXIT_GROUP: usize = 94;
    pub const DUP3: usize = 24;
}

#[cfg(target_arch = "x86_64")]
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "mov rdi, rsp", "and rsp, -16", "call {begin}", "ud2", begin = sym begin);
#[cfg(target_arch = "aarch64")]
global_asm!(".globl _start", "_start:", "mov x29, #0", "mov x30, #0", "mov x0, sp", "bl {begin}", "brk #1", begin = sym begin);

#[cfg(target_arch = "x86_64")]
fn system(number: usize, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result: isize;
    // SAFETY: what is passed by address is static or the kernel's own, and lives for the length of the call.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
             in("r8") 0, in("r9") 0, lateout("rcx") _, lateout("r11") _);
    }
    result
}
#[cfg(target_arch = "aarch64")]
fn system(number: usize, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result: isize;
    // SAFETY: what is passed by address is static or the kernel's own, and lives for the length of the call.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d,
             in("x4") 0, in("x5") 0);
    }
    result
}

const EXECUTE: u32 = 1;
const EXECUTE_WITH_SOCKET: u32 = 2;
const ADOPT: u32 = 3;
const STARTED: u32 = 1;
const NOT_STARTED: u32 = 2;
const EXITED: u32 = 3;
const KILLED: u32 = 4;

/// The process that a parked interpreter leaves here is the third: this one, the one that leaves it, itself.
const ADOPTED: isize = 3;
const SIGCHLD: usize = 17;
const CLONE_VFORK: usize = 0x4000;
const F_SETFD: usize = 2;
const FD_CLOEXEC: usize = 1;
const PR_SET_DUMPABLE: usize = 4;
const PR_SET_NAME: usize = 15;
const ECHILD: isize = -10;
const EINTR: isize = -4;

const BUFFER: usize = 512 << 10;
const POINTERS: usize = 16 << 10;
static mut ORDER: [u8; BUFFER] = [0; BUFFER];
static mut LIST: [*const u8; POINTERS] = [null(); POINTERS];

extern "C" fn begin(stack: *const usize) -> ! {
    // SAFETY: the kernel puts the arguments' count and addresses there, and whoever starts this gives two.
    let (line, socket) = unsafe { (number(*stack.add(2) as *const u8), number(*stack.add(3) as *const u8)) };
    // Nobody inside may look into the process that reports on them.
    system(call::PRCTL, PR_SET_DUMPABLE, 0, 0, 0);
    system(call::PRCTL, PR_SET_NAME, c"init".as_ptr() as usize, 0, 0);
    system(call::FCNTL, line, F_SETFD, FD_CLOEXEC, 0);
    system(call::FCNTL, socket, F_SETFD, FD_CLOEXEC, 0);
    let program = obey(line, socket);
    reap(line, program)
}

fn number(mut text: *const u8) -> usize {
    let mut value = 0;
    // SAFETY: an argument ends in a null byte.
    unsafe {
        while *text != 0 {
            value = value * 10 + (*text).wrapping_sub(b'0') as usize;
            text = text.add(1);
        }
    }
    value
}

fn leave() -> ! {
    loop {
        system(call::EXIT_GROUP, 0, 0, 0, 0);
    }
}

fn say(line: usize, kind: u32, value: u32) {
    let words = [kind, value];
    system(call::WRITE, line, words.as_ptr() as usize, 8, 0);
}

/// Reads exactly so many bytes; ends when the daemon is gone.
fn hear(line: usize, mut to: usize, mut count: usize) {
    while count > 0 {
        let got = system(call::READ, line, to, count, 0);
        if got == EINTR {
            continue;
        }
        if got <= 0 {
            leave();
        }
        to += got as usize;
        count = count.saturating_sub(got as usize);
    }
}

/// The first order; the process whose end is to be reported.
fn obey(line: usize, socket: usize) -> isize {
    let mut head = [0_u32; 4];
    hear(line, addr_of_mut!(head) as usize, 16);
    let [order, length, arguments, variables] = head;
    if order == ADOPT {
        say(line, STARTED, 0);
        return ADOPTED;
    }
    let lists = arguments as usize + variables as usize + 2;
    if length as usize > BUFFER || lists > POINTERS || !(order == EXECUTE || order == EXECUTE_WITH_SOCKET) {
        say(line, NOT_STARTED, 7);
        leave();
    }
    hear(line, addr_of_mut!(ORDER) as usize, length as usize);
    // A child that shares nothing but waits in line: this process goes on when the program has started.
    let child = system(call::CLONE, CLONE_VFORK | SIGCHLD, 0, 0, 0);
    if child == 0 {
        let given = if order == EXECUTE_WITH_SOCKET { Some(socket) } else { None };
        execute(line, given, length as usize, arguments as usize, variables as usize);
    }
    if child < 0 {
        say(line, NOT_STARTED, -child as u32);
        leave();
    }
    say(line, STARTED, 0);
    forget(length as usize);
    child
}

/// The strings of an order: where to start, the program, its arguments, its variables; each ends in a null byte.
fn execute(line: usize, given: Option<usize>, length: usize, arguments: usize, variables: usize) -> ! {
    let order = addr_of_mut!(ORDER) as *const u8;
    let list = addr_of_mut!(LIST) as *mut *const u8;
    let mut at = 0;
    let mut next = || {
        let start = at;
        // SAFETY: within the order's length, which is within the buffer.
        while at < length && unsafe { *order.add(at) } != 0 {
            at += 1;
        }
        at += 1;
        // SAFETY: as above.
        unsafe { order.add(if start < length { start } else { length }) }
    };
    let directory = next();
    let path = next();
    let mut written = 0;
    while written < arguments {
        // SAFETY: both lists fit, as `obey` has checked; a null pointer stays between them and at the end.
        unsafe { *list.add(written) = next() };
        written += 1;
    }
    written = 0;
    while written < variables {
        // SAFETY: as above.
        unsafe { *list.add(arguments + 1 + written) = next() };
        written += 1;
    }
    if let Some(socket) = given {
        // One that is the number already only loses its mark.
        if socket == 3 {
            system(call::FCNTL, socket, F_SETFD, 0, 0);
        } else {
            system(call::DUP3, socket, 3, 0, 0);
        }
    }
    let mut failed = system(call::CHDIR, directory as usize, 0, 0, 0);
    if failed >= 0 {
        // SAFETY: within the list.
        let environment = unsafe { list.add(arguments + 1) };
        failed = system(call::EXECVE, path as usize, list as usize, environment as usize, 0);
    }
    say(line, NOT_STARTED, -failed as u32);
    leave()
}

/// Credentials are in the order.
fn forget(length: usize) {
    let order = addr_of_mut!(ORDER) as *mut u8;
    let mut at = 0;
    while at < length {
        // SAFETY: within the buffer; volatile, so that it is not left out.
        unsafe { order.add(at).write_volatile(0) };
        at += 1;
    }
}

fn reap(line: usize, program: isize) -> ! {
    loop {
        let mut status = 0_i32;
        let ended = system(call::WAIT4, usize::MAX, addr_of_mut!(status) as usize, 0, 0);
        if ended == program {
            let signal = status & 0x7f;
            if signal == 0 {
                say(line, EXITED, (status >> 8 & 0xff) as u32);
            } else {
                say(line, KILLED, signal as u32);
            }
            leave();
        }
        if ended == ECHILD {
            leave();
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    leave()
}
