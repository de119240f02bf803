//! Process 1 of a sandbox: starts the programs it is ordered to start, the one that the sandbox is for and others
//! beside it, reaps what they leave behind, says how they ended, and signals them when it is told to: it alone can
//! reach all of them at once. It is started with three descriptors, named by its arguments: the line to the daemon, a
//! socket that a program may be given as its descriptor 3, and where the programs beside write.
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
    pub const KILL: usize = 62;
    pub const SIGPROCMASK: usize = 14;
    pub const FCNTL: usize = 72;
    pub const CHDIR: usize = 80;
    pub const PRCTL: usize = 157;
    pub const EXIT_GROUP: usize = 231;
    pub const PPOLL: usize = 271;
    pub const SIGNALFD4: usize = 289;
    pub const DUP3: usize = 292;
}
#[cfg(target_arch = "aarch64")]
mod call {
    pub const READ: usize = 63;
    pub const WRITE: usize = 64;
    pub const CLONE: usize = 220;
    pub const EXECVE: usize = 221;
    pub const WAIT4: usize = 260;
    pub const KILL: usize = 129;
    pub const SIGPROCMASK: usize = 135;
    pub const FCNTL: usize = 25;
    pub const CHDIR: usize = 49;
    pub const PRCTL: usize = 167;
    pub const EXIT_GROUP: usize = 94;
    pub const PPOLL: usize = 73;
    pub const SIGNALFD4: usize = 74;
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
const EXECUTE_BESIDE: u32 = 4;
/// Orders without an answer, each for all processes or for the program.
const STOP_ALL: u32 = 5;
const CONTINUE_ALL: u32 = 6;
const TERMINATE: u32 = 7;
const KILL: u32 = 8;
/// Kills the program beside whose number is the second word.
const KILL_BESIDE: u32 = 9;
const STARTED: u32 = 1;
const NOT_STARTED: u32 = 2;
const EXITED: u32 = 3;
const KILLED: u32 = 4;
/// How a program beside ended: its number in the upper half, then 1 and the signal or 0 and the exit code.
const BESIDE_ENDED: u32 = 5;

/// The process that a parked interpreter leaves here is the third: this one, the one that leaves it, itself.
const ADOPTED: isize = 3;
/// Programs beside the one that the sandbox is for.
const BESIDE: usize = 10;
const SIGKILL: usize = 9;
const SIGTERM: usize = 15;
const SIGCHLD: usize = 17;
const SIGCONT: usize = 18;
const SIGSTOP: usize = 19;
const SIG_BLOCK: usize = 0;
const SIG_SETMASK: usize = 2;
/// The kernel's signal sets have a bit for each signal, from the first on.
const SET_BYTES: usize = 8;
const CHILDREN: u64 = 1 << (SIGCHLD - 1);
const SFD_CLOEXEC_NONBLOCK: usize = 0o2_004_000;
const POLLIN: u16 = 1;
const EVERYBODY: usize = usize::MAX;
const WNOHANG: usize = 1;
const CLONE_VFORK: usize = 0x4000;
const F_SETFD: usize = 2;
const FD_CLOEXEC: usize = 1;
const PR_SET_DUMPABLE: usize = 4;
const PR_SET_NAME: usize = 15;
const EINTR: isize = -4;

const BUFFER: usize = 512 << 10;
const POINTERS: usize = 16 << 10;
static mut ORDER: [u8; BUFFER] = [0; BUFFER];
static mut LIST: [*const u8; POINTERS] = [null(); POINTERS];

extern "C" fn begin(stack: *const usize) -> ! {
    // SAFETY: the kernel puts the arguments' count and addresses there, and whoever starts this gives three.
    let [line, socket, output] = unsafe { [2, 3, 4].map(|at| number(*stack.add(at) as *const u8)) };
    // Nobody inside may look into the process that reports on them.
    system(call::PRCTL, PR_SET_DUMPABLE, 0, 0, 0);
    system(call::PRCTL, PR_SET_NAME, c"init".as_ptr() as usize, 0, 0);
    for fd in [line, socket, output] {
        system(call::FCNTL, fd, F_SETFD, FD_CLOEXEC, 0);
    }
    let children = CHILDREN;
    system(call::SIGPROCMASK, SIG_BLOCK, &raw const children as usize, 0, SET_BYTES);
    let ended =
        system(call::SIGNALFD4, EVERYBODY, &raw const children as usize, SET_BYTES, SFD_CLOEXEC_NONBLOCK);
    if ended < 0 {
        leave();
    }
    let mut family = Family { line, socket, output, program: 0, beside: [0; BESIDE], count: 0 };
    let mut waiting = [
        Awaited { fd: line as i32, wanted: POLLIN, seen: 0 },
        Awaited { fd: ended as i32, wanted: POLLIN, seen: 0 },
    ];
    loop {
        // It may come back without either; then nothing is seen.
        if system(call::PPOLL, addr_of_mut!(waiting) as usize, waiting.len(), 0, 0) < 0 {
            continue;
        }
        let [orders, ends] = &waiting;
        let (order, end) = (orders.seen != 0, ends.seen != 0);
        if end {
            // What the kernel counts here is how often, not who.
            let mut told = [0_u8; 128];
            system(call::READ, ended as usize, addr_of_mut!(told) as usize, told.len(), 0);
            // Before it is known which one is the program, its end must not be lost.
            if family.program != 0 || family.count > 0 {
                family.reap();
            }
        }
        if order {
            family.obey();
        }
    }
}

/// As ppoll(2) takes it.
#[repr(C)]
struct Awaited {
    fd: i32,
    wanted: u16,
    seen: u16,
}

/// The processes whose ends are reported.
struct Family {
    line: usize,
    socket: usize,
    output: usize,
    program: isize,
    beside: [isize; BESIDE],
    count: usize,
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

impl Family {
    fn obey(&mut self) {
        let mut head = [0_u32; 4];
        hear(self.line, addr_of_mut!(head) as usize, 16);
        let [order, length, arguments, variables] = head;
        match order {
            STOP_ALL => signal(EVERYBODY, SIGSTOP),
            CONTINUE_ALL => signal(EVERYBODY, SIGCONT),
            TERMINATE if self.program > 0 => signal(self.program as usize, SIGTERM),
            KILL if self.program > 0 => signal(self.program as usize, SIGKILL),
            KILL_BESIDE => {
                if let Some(child) = self.beside.get(length as usize).filter(|child| **child > 0) {
                    signal(*child as usize, SIGKILL);
                }
            }
            ADOPT => {
                self.program = ADOPTED;
                say(self.line, STARTED, 0);
                // It may have ended already.
                self.reap();
            }
            EXECUTE | EXECUTE_WITH_SOCKET | EXECUTE_BESIDE => {
                self.start(order, length as usize, arguments as usize, variables as usize);
            }
            _ => {}
        }
    }

    fn start(&mut self, order: u32, length: usize, arguments: usize, variables: usize) {
        let beside = order == EXECUTE_BESIDE;
        if length > BUFFER || arguments + variables + 2 > POINTERS || (beside && self.count == BESIDE) {
            say(self.line, NOT_STARTED, 7);
            leave();
        }
        hear(self.line, addr_of_mut!(ORDER) as usize, length);
        // A child that shares nothing but waits in line: this process goes on when the program has started.
        let child = system(call::CLONE, CLONE_VFORK | SIGCHLD, 0, 0, 0);
        if child == 0 {
            let given = if order == EXECUTE_WITH_SOCKET { Some(self.socket) } else { None };
            let output = if beside { Some(self.output) } else { None };
            execute(self.line, given, output, [length, arguments, variables]);
        }
        if child < 0 {
            say(self.line, NOT_STARTED, -child as u32);
            leave();
        }
        if !beside {
            self.program = child;
        } else if let Some(place) = self.beside.get_mut(self.count) {
            *place = child;
            self.count += 1;
        }
        say(self.line, STARTED, 0);
        forget(length);
    }

    /// Collects everybody who has ended. Without its program, and with nobody beside, the sandbox is done.
    fn reap(&mut self) {
        loop {
            let mut status = 0_i32;
            let ended = system(call::WAIT4, EVERYBODY, addr_of_mut!(status) as usize, WNOHANG, 0);
            if ended <= 0 {
                return;
            }
            let signal = (status & 0x7f) as u32;
            let code = (status >> 8 & 0xff) as u32;
            if ended == self.program {
                self.program = -1;
                if signal == 0 {
                    say(self.line, EXITED, code);
                } else {
                    say(self.line, KILLED, signal);
                }
            }
            let found = self.beside.iter().position(|child| *child == ended);
            if let Some(number) = found {
                if let Some(place) = self.beside.get_mut(number) {
                    *place = -1;
                }
                let how = if signal == 0 { code } else { 1 << 8 | signal };
                say(self.line, BESIDE_ENDED, (number as u32) << 16 | how);
            }
            if self.program == -1 && !self.beside.iter().any(|child| *child > 0) {
                leave();
            }
        }
    }
}

fn signal(whom: usize, which: usize) {
    system(call::KILL, whom, which, 0, 0);
}

/// The strings of an order: where to start, the program, its arguments, its variables; each ends in a null byte.
fn execute(line: usize, given: Option<usize>, output: Option<usize>, counts: [usize; 3]) -> ! {
    let [length, arguments, variables] = counts;
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
    if let Some(output) = output {
        system(call::DUP3, output, 1, 0, 0);
        system(call::DUP3, output, 2, 0, 0);
    }
    let nobody = 0_u64;
    system(call::SIGPROCMASK, SIG_SETMASK, &raw const nobody as usize, 0, SET_BYTES);
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

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    leave()
}
