//! Programs beside the one that a sandbox is for, and what process 1 does to all of them.

use std::fs::File;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use jail::sandbox::{Ends, Exit, Program, Sandbox};
use jail::world::World;

use super::{builder, spec};

/// Inside: two threads, each in a process of its own, that write all the time.
pub fn count() -> String {
    if unsafe { libc::fork() } == 0 {
        std::thread::spawn(tick);
    }
    tick()
}

fn tick() -> String {
    loop {
        std::io::stdout().write_all(b".").unwrap();
        std::io::stdout().flush().unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Inside: says so and ends when it is asked to, or does not heed it.
pub fn polite(deaf: bool) -> String {
    let set = unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGTERM);
        libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        set
    };
    println!("waiting");
    if deaf {
        std::thread::sleep(Duration::from_secs(60));
    }
    let mut signal = 0;
    unsafe { libc::sigwait(&set, &mut signal) };
    std::process::exit(signal)
}

fn program(attack: &str) -> Program {
    spec("program", attack).program.unwrap()
}

/// A sandbox without its program.
fn empty(world: &World, name: &str) -> Sandbox {
    let mut empty = spec(name, "");
    empty.program = None;
    builder(world).build(&empty).unwrap()
}

fn ends(sandbox: &mut Sandbox, enough: impl Fn(&Ends) -> bool) -> Ends {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let ends = sandbox.ends().clone();
        if enough(&ends) || Instant::now() > deadline {
            return ends;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn eventually(otherwise: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{otherwise}");
    }
}

/// Takes what has been written so far; how much.
fn written(pipe: &mut File) -> usize {
    let flags = nix::fcntl::OFlag::O_NONBLOCK;
    nix::fcntl::fcntl(&*pipe, nix::fcntl::FcntlArg::F_SETFL(flags)).unwrap();
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).ok();
    bytes.len()
}

pub fn programs_beside_end_by_themselves(world: &World) {
    let mut sandbox = empty(world, "beside");
    sandbox.run_beside(&program("exit 3")).unwrap();
    sandbox.run_beside(&program("family")).unwrap();
    assert_eq!(ends(&mut sandbox, |ends| !ends.beside.is_empty()).beside, [(0, Exit::Code(3))]);
    sandbox.run(&program("list /tmp"), false).unwrap();
    let found = ends(&mut sandbox, |ends| ends.program.is_some());
    assert_eq!(found.program, Some(Exit::Code(0)));
    assert_eq!(sandbox.wait(Duration::ZERO).unwrap(), None, "one beside lives on, and with it the sandbox");
    sandbox.kill_beside(1).unwrap();
    assert_eq!(sandbox.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(0)));
    assert_eq!(sandbox.ends().beside.last(), Some(&(1, Exit::Signal(9))));
    let text = |pipe: Option<std::os::fd::OwnedFd>| {
        let mut text = String::new();
        File::from(pipe.unwrap()).read_to_string(&mut text).unwrap();
        text
    };
    assert_eq!(text(sandbox.output.take()), "\n");
    assert!(text(sandbox.output_beside.take()).starts_with("born\n"));
    let mut missing = program("exit 0");
    missing.path = "/var/task/absent".into();
    assert!(empty(world, "missing").run_beside(&missing).is_err());
}

pub fn a_program_is_asked_to_end_before_it_is_killed(world: &World) {
    for (attack, expected) in [("polite", Exit::Code(15)), ("polite deaf", Exit::Signal(9))] {
        let mut sandbox = builder(world).build(&spec("polite", attack)).unwrap();
        let mut pipe = File::from(sandbox.output.take().unwrap());
        pipe.read_exact(&mut [0; 8]).unwrap();
        sandbox.terminate().unwrap();
        let patience = if attack == "polite" { Duration::from_secs(60) } else { Duration::from_millis(300) };
        let heeded = sandbox.wait(patience).unwrap().is_some();
        assert_eq!(heeded, expected == Exit::Code(15));
        if !heeded {
            sandbox.kill_program().unwrap();
        }
        assert_eq!(sandbox.wait(Duration::from_secs(60)).unwrap(), Some(expected));
    }
}

pub fn a_frozen_sandbox_does_nothing(world: &World) {
    let mut sandbox = builder(world).build(&spec("frozen", "count")).unwrap();
    let mut pipe = File::from(sandbox.output.take().unwrap());
    let freezer = sandbox.freezer().unwrap();
    pipe.read_exact(&mut [0; 20]).unwrap();
    for _ in 0..3 {
        freezer.freeze().unwrap();
        // Whatever is in the middle of something ends it first.
        eventually("something goes on", || {
            written(&mut pipe);
            // On a busy machine what goes on may be silent, too, but not time and again.
            (0..3).all(|_| {
                std::thread::sleep(Duration::from_millis(100));
                written(&mut pipe) == 0
            })
        });
        freezer.thaw().unwrap();
        let mut count = 0;
        eventually("nothing goes on", || {
            std::thread::sleep(Duration::from_millis(5));
            count += written(&mut pipe);
            count > 10
        });
    }
}

pub fn a_frozen_sandbox_can_be_killed(world: &World) {
    let mut sandbox = builder(world).build(&spec("killed", "count")).unwrap();
    let mut pipe = File::from(sandbox.output.take().unwrap());
    pipe.read_exact(&mut [0; 20]).unwrap();
    sandbox.freezer().unwrap().freeze().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let begun = Instant::now();
    assert_eq!(sandbox.kill().unwrap(), Some(Exit::Signal(9)));
    assert!(begun.elapsed() < Duration::from_secs(60));
    pipe.read_to_end(&mut Vec::new()).unwrap();
}
