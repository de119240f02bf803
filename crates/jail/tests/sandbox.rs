//! Hostile code in a sandbox. This program plays it: it starts itself again inside, with the attack as argument.

// Lints take only harnessed tests for tests. The attacks call the kernel directly, with integers and null pointers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::undocumented_unsafe_blocks)]

mod beside;
mod inside;

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use jail::sandbox::{
    Access, Allowance, Builder, Error, Exit, Fitting, Mount, Program, Root, Sandbox, SandboxSpec, Step,
};
use jail::world::World;
use nix::errno::Errno;

const MEGABYTE: u64 = 1 << 20;
const TMP_BYTES: u64 = 8 * MEGABYTE;
const MEMORY_BYTES: u64 = 128 * MEGABYTE;
const TASKS: u64 = 64;

fn main() -> ExitCode {
    if let Ok(attack) = std::env::var("MOAT_TEST_ATTACK") {
        println!("{}", play(&attack));
        return ExitCode::SUCCESS;
    }
    inside::run(&[
        ("only_what_is_given_is_there", only_what_is_given_is_there),
        ("host_files_are_not_there", host_files_are_not_there),
        ("nothing_but_tmp_can_be_written", nothing_but_tmp_can_be_written),
        ("the_code_is_nobody_without_capabilities", the_code_is_nobody_without_capabilities),
        ("other_processes_are_not_seen", other_processes_are_not_seen),
        ("no_mount_no_namespace_no_tracing", no_mount_no_namespace_no_tracing),
        ("no_raw_sockets", no_raw_sockets),
        ("no_inherited_descriptors", no_inherited_descriptors),
        ("tmp_is_bounded", tmp_is_bounded),
        ("memory_is_bounded", memory_is_bounded),
        ("the_guard_tells_programs_from_files", the_guard_tells_programs_from_files),
        ("a_fork_bomb_is_bounded", a_fork_bomb_is_bounded),
        ("a_failed_step_names_itself", a_failed_step_names_itself),
        ("exit_codes_and_signals_are_told_apart", exit_codes_and_signals_are_told_apart),
        ("process_1_cannot_be_looked_into", process_1_cannot_be_looked_into),
        ("orphans_are_reaped", orphans_are_reaped),
        ("a_sandbox_is_fitted_after_it_was_made", a_sandbox_is_fitted_after_it_was_made),
        ("a_kill_takes_all_children", a_kill_takes_all_children),
        ("a_sandbox_dies_with_its_thread", a_sandbox_dies_with_its_thread),
        ("programs_beside_end_by_themselves", beside::programs_beside_end_by_themselves),
        (
            "a_program_is_asked_to_end_before_it_is_killed",
            beside::a_program_is_asked_to_end_before_it_is_killed,
        ),
        ("a_frozen_sandbox_does_nothing", beside::a_frozen_sandbox_does_nothing),
        ("a_frozen_sandbox_can_be_killed", beside::a_frozen_sandbox_can_be_killed),
        ("steps_are_timed", steps_are_timed),
    ])
}

fn spec(name: &str, attack: &str) -> SandboxSpec {
    let mut root = Root::userland();
    root.bind(std::env::current_exe().unwrap(), "/var/task/attack", Access::ReadOnly);
    root.memory("/tmp", TMP_BYTES);
    root.file("/etc/hosts", "127.0.0.1 localhost\n");
    let env = vec![("MOAT_TEST_ATTACK".into(), attack.into()), ("HOME".into(), "/tmp".into())];
    SandboxSpec {
        name: name.to_owned(),
        host_name: "sandbox".to_owned(),
        network: inside::network(),
        root,
        program: Some(Program {
            path: "/var/task/attack".into(),
            args: Vec::new(),
            env,
            cwd: "/var/task".into(),
        }),
        allowance: Allowance { memory_bytes: MEMORY_BYTES, scratch_bytes: TMP_BYTES, tasks: TASKS },
        open_files: 1024,
    }
}

fn builder(world: &World) -> Builder {
    let group = format!("moat-test{}", world.state_dir.display().to_string().replace('/', "-"));
    Builder::new(&world.state_dir, &group).unwrap()
}

fn output(sandbox: &mut Sandbox) -> String {
    let mut text = String::new();
    File::from(sandbox.output.take().unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn attack(world: &World, attack: &str) -> String {
    let mut sandbox = builder(world).build(&spec("attack", attack)).unwrap();
    let text = output(&mut sandbox);
    assert_eq!(sandbox.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(0)), "{text}");
    text.trim_end().to_owned()
}

/// The attacks, inside. Each says in a line what it achieved.
fn play(attack: &str) -> String {
    let (verb, object) = attack.split_once(' ').unwrap_or((attack, ""));
    match verb {
        "list" => list(object),
        "read" => {
            object.split(' ').map(|path| outcome(fs::read(path).map(|_| ()))).collect::<Vec<_>>().join(" ")
        }
        "write" => object.split(' ').map(|path| outcome(fs::write(path, "x"))).collect::<Vec<_>>().join(" "),
        "status" => status(),
        "kernel" => kernel(),
        "sockets" => sockets(),
        "fill" => fill(),
        "allocate" => allocate(object.parse().unwrap()),
        "hold" => hold(object.parse().unwrap()),
        "bomb" => bomb(),
        "exit" => std::process::exit(object.parse().unwrap()),
        "crash" => {
            nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL).ok();
            // A pid namespace's first process is immune to its own signals, though not to the processor's.
            std::process::abort()
        }
        "family" => family(),
        "count" => beside::count(),
        "polite" => beside::polite(object == "deaf"),
        "orphans" => orphans(),
        "signal" => {
            let killed = Errno::result(unsafe { libc::kill(1, libc::SIGKILL) });
            std::thread::sleep(Duration::from_millis(50));
            format!("{killed:?}")
        }
        other => format!("unknown attack {other}"),
    }
}

fn outcome(result: std::io::Result<()>) -> String {
    match result {
        Ok(()) => "done".to_owned(),
        Err(error) => format!("{}", Errno::from_raw(error.raw_os_error().unwrap_or(0)))
            .split(':')
            .next()
            .unwrap()
            .to_owned(),
    }
}

fn list(path: &str) -> String {
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.join(" ")
}

fn status() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let wanted =
        ["Uid:", "Gid:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:"];
    let lines = status.lines().filter(|line| wanted.iter().any(|name| line.starts_with(name)));
    lines.map(|line| line.replace('\t', " ")).collect::<Vec<_>>().join("\n")
}

fn kernel() -> String {
    use nix::mount::{MsFlags, mount, umount};
    use nix::sched::{CloneFlags, unshare};
    let none = None::<&str>;
    let one = CString::new("x").unwrap();
    let call = |result: i64| Errno::result(result).map(drop);
    let attempts: Vec<(&str, nix::Result<()>)> = vec![
        ("mount", mount(Some("tmpfs"), "/tmp", Some("tmpfs"), MsFlags::empty(), none)),
        ("remount", mount(none, "/usr", none, MsFlags::MS_REMOUNT | MsFlags::MS_BIND, none)),
        ("umount", umount("/proc/sys")),
        ("user namespace", unshare(CloneFlags::CLONE_NEWUSER)),
        ("network namespace", unshare(CloneFlags::CLONE_NEWNET)),
        ("clone", clone_user_namespace()),
        ("clone3", call(unsafe { libc::syscall(libc::SYS_clone3, 0, 0) })),
        ("ptrace", call(unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) })),
        ("bpf", call(unsafe { libc::syscall(libc::SYS_bpf, 0, 0, 0) })),
        ("keyctl", call(unsafe { libc::syscall(libc::SYS_keyctl, 0, 0, 0) })),
        ("userfaultfd", call(unsafe { libc::syscall(libc::SYS_userfaultfd, 0) })),
        ("io_uring", call(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, 0) })),
        ("perf", call(unsafe { libc::syscall(libc::SYS_perf_event_open, 0, 0, 0, 0, 0) })),
        ("chroot", call(unsafe { libc::chroot(one.as_ptr()) }.into())),
        ("sethostname", nix::unistd::sethostname("evil")),
        ("setuid 0", nix::unistd::setuid(nix::unistd::Uid::from_raw(0))),
        ("personality", call(unsafe { libc::personality(0x0040_0000) }.into())),
    ];
    let lines = attempts.into_iter().map(|(name, result)| {
        let text = result.map_or_else(|errno| format!("{errno:?}"), |()| "done".to_owned());
        format!("{name}: {text}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn clone_user_namespace() -> nix::Result<()> {
    match Errno::result(unsafe {
        libc::syscall(libc::SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0)
    })? {
        0 => std::process::exit(0),
        _ => Ok(()),
    }
}

fn sockets() -> String {
    let kinds = [
        ("raw", libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP),
        ("packet", libc::AF_PACKET, libc::SOCK_RAW, 0x0300),
        ("vsock", libc::AF_VSOCK, libc::SOCK_STREAM, 0),
        ("algorithm", libc::AF_ALG, libc::SOCK_SEQPACKET, 0),
        ("netfilter", libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_NETFILTER),
        ("route", libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE),
        ("tcp", libc::AF_INET, libc::SOCK_STREAM, 0),
        ("tcp6", libc::AF_INET6, libc::SOCK_STREAM, 0),
        ("unix", libc::AF_UNIX, libc::SOCK_STREAM, 0),
    ];
    let lines = kinds.map(|(name, family, kind, protocol)| {
        let result = Errno::result(unsafe { libc::socket(family, kind, protocol) });
        format!("{name}: {}", result.map_or_else(|errno| format!("{errno:?}"), |_| "done".to_owned()))
    });
    lines.join("\n")
}

fn fill() -> String {
    let mut file = File::create("/tmp/full").unwrap();
    let block = vec![1_u8; MEGABYTE as usize];
    let mut written = 0;
    loop {
        match file.write_all(&block) {
            Ok(()) => written += 1,
            Err(error) => return format!("{written} {:?}", Errno::from_raw(error.raw_os_error().unwrap())),
        }
        if written > 64 {
            return "unbounded".to_owned();
        }
    }
}

fn allocate(megabytes: usize) -> String {
    let mut held = Vec::new();
    for count in 0..megabytes {
        let mut block: Vec<u8> = Vec::new();
        if block.try_reserve_exact(MEGABYTE as usize).is_err() {
            return format!("refused after {count}");
        }
        block.resize(MEGABYTE as usize, 1);
        held.push(block);
    }
    format!("allocated {}", held.len())
}

/// Fills /tmp, holds so many megabytes of memory, and says so.
fn hold(megabytes: usize) -> String {
    let filled = fill();
    let held = vec![1_u8; megabytes << 20];
    println!("{filled}");
    std::thread::sleep(Duration::from_secs(60));
    held.len().to_string()
}

fn bomb() -> String {
    let mut children = 0;
    loop {
        match Errno::result(unsafe { libc::fork() }) {
            Ok(0) => {
                std::thread::sleep(Duration::from_secs(30));
                std::process::exit(0);
            }
            Ok(_) => children += 1,
            Err(errno) => return format!("{children} {errno:?}"),
        }
        if children > 10_000 {
            return "unbounded".to_owned();
        }
    }
}

/// A child in a session of its own, with a child, that both hold on to the output.
fn family() -> String {
    for _ in 0..2 {
        if unsafe { libc::fork() } == 0 {
            nix::unistd::setsid().ok();
        }
    }
    println!("born");
    std::thread::sleep(Duration::from_secs(60));
    String::new()
}

/// Leaves a child of a child behind, which ends at once; then how many processes there are.
fn orphans() -> String {
    for _ in 0..5 {
        let child = unsafe { libc::fork() };
        if child == 0 {
            unsafe { libc::fork() };
            unsafe { libc::_exit(0) };
        }
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let pids = list("/proc").split(' ').filter(|name| name.parse::<u32>().is_ok()).count();
        if pids == 2 || std::time::Instant::now() > deadline {
            return pids.to_string();
        }
    }
}

fn process_1_cannot_be_looked_into(world: &World) {
    let outcomes = attack(world, "read /proc/1/environ /proc/1/mem /proc/1/maps /proc/1/root/etc/hosts");
    assert_eq!(outcomes, ["EACCES"; 4].join(" "));
    assert_eq!(attack(world, "write /proc/1/mem"), "EACCES");
    assert_eq!(attack(world, "signal"), "Ok(0)", "the signal is taken and ignored");
}

fn orphans_are_reaped(world: &World) {
    assert_eq!(attack(world, "orphans"), "2");
}

fn a_sandbox_is_fitted_after_it_was_made(world: &World) {
    let mut later = spec("later", "list /opt");
    let program = later.program.take().unwrap();
    later.root.directory("/opt").file("/etc/resolv.conf", "");
    let mut sandbox = builder(world).build(&later).unwrap();
    let layer = world.state_dir.join("layer");
    fs::create_dir_all(layer.join("found")).unwrap();
    let mount = |source: &std::path::Path, path: &str| Mount {
        source: source.to_owned(),
        path: path.into(),
        access: Access::ReadOnly,
    };
    let mounts = vec![mount(&layer, "/opt")];
    sandbox.fit(&Fitting { mounts, sizes: vec![("/tmp".into(), 2 * TMP_BYTES)] }).unwrap();
    sandbox.allow(2 * MEMORY_BYTES, 2 * TMP_BYTES).unwrap();
    assert!(sandbox.fit(&Fitting { mounts: vec![mount(&layer, "/absent")], sizes: Vec::new() }).is_err());
    sandbox.run(&program, false).unwrap();
    assert_eq!(output(&mut sandbox), "found\n");
    assert!(sandbox.run(&program, false).is_err(), "a sandbox has one program");
    assert_eq!(sandbox.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(0)));

    let mut larger = spec("larger", "fill");
    let program = larger.program.take().unwrap();
    let mut sandbox = builder(world).build(&larger).unwrap();
    sandbox.fit(&Fitting { mounts: Vec::new(), sizes: vec![("/tmp".into(), 2 * TMP_BYTES)] }).unwrap();
    sandbox.run(&program, false).unwrap();
    assert_eq!(output(&mut sandbox), format!("{} ENOSPC\n", 2 * TMP_BYTES / MEGABYTE));
}

fn only_what_is_given_is_there(world: &World) {
    let names = attack(world, "list /");
    for name in names.split(' ') {
        let given =
            ["bin", "dev", "etc", "lib", "lib32", "lib64", "nix", "proc", "sbin", "tmp", "usr", "var"];
        assert!(given.contains(&name), "{names}");
    }
    assert_eq!(attack(world, "list /var/task"), "attack");
    assert_eq!(attack(world, "list /dev"), "fd full null random stderr stdin stdout urandom zero");
    assert_eq!(attack(world, "list /tmp"), "");
    let etc = attack(world, "list /etc");
    assert!(
        etc.split(' ').all(|name| ["alternatives", "hosts", "ld.so.cache", "ld.so.conf.d"].contains(&name)),
        "{etc}"
    );
}

fn host_files_are_not_there(world: &World) {
    let state = world.state_dir.join("secret");
    fs::write(&state, "x").unwrap();
    let paths = format!(
        "/etc/shadow /etc/passwd /root/.profile /proc/self/root/etc/shadow /proc/self/cwd/../../../etc/passwd {} {}",
        state.display(),
        std::env::current_exe().unwrap().display()
    );
    let outcomes = attack(world, &format!("read {paths}"));
    assert!(outcomes.split(' ').all(|outcome| outcome == "ENOENT"), "{outcomes}");
}

fn nothing_but_tmp_can_be_written(world: &World) {
    assert_eq!(
        attack(world, "write /x /usr/x /var/task/x /var/task/attack /etc/hosts /dev/x"),
        ["EROFS"; 6].join(" ")
    );
    assert_eq!(attack(world, "write /tmp/x /dev/null"), "done done");
    let settings = "/proc/sys/net/ipv4/ip_forward /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname";
    assert_eq!(attack(world, &format!("write {settings}")), ["EROFS"; 3].join(" "));
}

fn the_code_is_nobody_without_capabilities(world: &World) {
    let expected = "\
Uid: 993 993 993 993
Gid: 993 993 993 993
CapInh: 0000000000000000
CapPrm: 0000000000000000
CapEff: 0000000000000000
CapBnd: 0000000000000000
CapAmb: 0000000000000000
NoNewPrivs: 1
Seccomp: 2";
    assert_eq!(attack(world, "status"), expected);
}

fn other_processes_are_not_seen(world: &World) {
    let names = attack(world, "list /proc");
    let pids: Vec<&str> = names.split(' ').filter(|name| name.parse::<u32>().is_ok()).collect();
    assert_eq!(pids, ["1", "2"], "process 1 and the program");
}

fn no_mount_no_namespace_no_tracing(world: &World) {
    for line in attack(world, "kernel").lines() {
        let (name, result) = line.split_once(": ").unwrap();
        let expected = match name {
            "clone3" => "ENOSYS",
            "setuid 0" => "EINVAL",
            _ => "EPERM",
        };
        assert_eq!(result, expected, "{name}");
    }
}

fn no_raw_sockets(world: &World) {
    for line in attack(world, "sockets").lines() {
        let (name, result) = line.split_once(": ").unwrap();
        let expected = if ["route", "tcp", "tcp6", "unix"].contains(&name) { "done" } else { "EPERM" };
        assert_eq!(result, expected, "{name}");
    }
}

fn no_inherited_descriptors(world: &World) {
    let _open = File::open("/proc/self/status").unwrap();
    // 0, 1, 2 and the directory that is being listed.
    assert_eq!(attack(world, "list /proc/self/fd"), "0 1 2 3");
}

fn tmp_is_bounded(world: &World) {
    assert_eq!(attack(world, "fill"), format!("{} ENOSPC", TMP_BYTES / MEGABYTE));
}

fn memory_is_bounded(world: &World) {
    assert_eq!(attack(world, "allocate 64"), "allocated 64");
    let builder = builder(world);
    let mut sandbox = builder.build(&spec("greedy", "allocate 1024")).unwrap();
    let text = output(&mut sandbox);
    let exit = sandbox.wait(Duration::from_secs(60)).unwrap().unwrap();
    if builder.bounds() == "resource limits" {
        let count: u64 = text.trim().strip_prefix("refused after ").unwrap().parse().unwrap();
        assert!((MEMORY_BYTES / MEGABYTE..200).contains(&count), "{text}");
    } else {
        assert_eq!((exit, sandbox.ran_out_of_memory()), (Exit::Signal(9), true), "{text}");
        assert!(sandbox.peak_memory_bytes().unwrap() <= MEMORY_BYTES + TMP_BYTES);
    }
    println!("  memory is bounded by {}", builder.bounds());
}

fn the_guard_tells_programs_from_files(world: &World) {
    for (megabytes, expected) in [(60, true), (110, false)] {
        let mut held = spec("held", &format!("hold {megabytes}"));
        held.allowance.memory_bytes = 100 * MEGABYTE;
        held.allowance.scratch_bytes = 100 * MEGABYTE;
        let mut sandbox = builder(world).build(&held).unwrap();
        let mut pipe = File::from(sandbox.output.take().unwrap());
        pipe.read_exact(&mut [0; 9]).unwrap();
        assert_eq!(
            (sandbox.memory_guard().unwrap().look(), sandbox.ran_out_of_memory()),
            (expected, !expected)
        );
        if !expected {
            assert_eq!(sandbox.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Signal(9)));
        }
    }
}

fn a_fork_bomb_is_bounded(world: &World) {
    let mut sandbox = builder(world).build(&spec("bomb", "bomb")).unwrap();
    let mut text = [0; 32];
    let mut pipe = File::from(sandbox.output.take().unwrap());
    let count = pipe.read(&mut text).unwrap();
    let text = std::str::from_utf8(&text[..count]).unwrap().trim();
    assert_eq!(text, format!("{} EAGAIN", TASKS - 1));
    sandbox.kill().unwrap();
}

fn a_failed_step_names_itself(world: &World) {
    let mut missing = spec("missing", "status");
    missing.program.as_mut().unwrap().path = PathBuf::from("/var/task/absent");
    let Err(Error::Step(failure)) = builder(world).build(&missing) else { panic!("started") };
    let described = (failure.step, failure.object.as_str(), failure.source);
    assert_eq!(described, (Step::Exec, "/var/task/absent", Errno::ENOENT));

    let mut missing = spec("missing", "status");
    missing.root.bind("/absent/source", "/opt", Access::ReadOnly);
    let Err(Error::Step(failure)) = builder(world).build(&missing) else { panic!("started") };
    let described = (failure.step, failure.object.as_str(), failure.source);
    assert_eq!(described, (Step::Root, "/absent/source", Errno::ENOENT));

    let mut missing = spec("missing", "status");
    missing.network = PathBuf::from("/absent/network");
    let Err(Error::Step(failure)) = builder(world).build(&missing) else { panic!("started") };
    assert_eq!((failure.step, failure.source), (Step::Network, Errno::ENOENT));
    let children = fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    assert_eq!(children.trim(), "", "a failed step left a process");
}

fn exit_codes_and_signals_are_told_apart(world: &World) {
    let mut exits = builder(world).build(&spec("exits", "exit 7")).unwrap();
    assert_eq!(exits.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(7)));
    let mut crashes = builder(world).build(&spec("crashes", "crash")).unwrap();
    let exit = crashes.wait(Duration::from_secs(60)).unwrap();
    assert!(matches!(exit, Some(Exit::Signal(_))), "{exit:?}");
}

fn a_kill_takes_all_children(world: &World) {
    let mut sandbox = builder(world).build(&spec("family", "family")).unwrap();
    let mut pipe = File::from(sandbox.output.take().unwrap());
    pipe.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(sandbox.kill().unwrap(), Some(Exit::Signal(9)));
    // The pipe ends only when the last process that holds it is gone.
    pipe.read_to_end(&mut Vec::new()).unwrap();
}

fn a_sandbox_dies_with_its_thread(world: &World) {
    let builder = builder(world);
    let spec = spec("orphan", "family");
    let mut sandbox =
        std::thread::scope(|scope| scope.spawn(|| builder.build(&spec).unwrap()).join().unwrap());
    assert_eq!(sandbox.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Signal(9)));
}

fn steps_are_timed(world: &World) {
    let builder = builder(world);
    let mut best: Option<Sandbox> = None;
    for round in 0..20 {
        let sandbox = builder.build(&spec(&format!("timed-{round}"), "status")).unwrap();
        if best.as_ref().is_none_or(|best| sandbox.trace.total() < best.trace.total()) {
            best = Some(sandbox);
        }
    }
    let trace = &best.unwrap().trace;
    assert_eq!(trace.0.iter().map(|(step, _)| *step).collect::<Vec<_>>(), Step::ALL);
    for (step, duration) in &trace.0 {
        println!("  {step}: {} µs", duration.as_micros());
    }
    println!("  all steps: {} µs", trace.total().as_micros());
}
