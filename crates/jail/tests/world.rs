//! Worlds as `moat up` uses them: this program starts itself again as the process that enters, because entering
//! needs a process with one thread, which a test harness is not.

// Lints take only harnessed tests for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use jail::process::{self, Access, Limit, ProcessSpec, Program, Root};
use jail::world::{self, Entered, WorldSpec};

type Test = (&'static str, fn(&Path));

const TESTS: &[Test] = &[
    ("the_daemon_is_in_namespaces_of_its_own", the_daemon_is_in_namespaces_of_its_own),
    ("a_killed_daemon_leaves_keeper_and_children", a_killed_daemon_leaves_keeper_and_children),
    ("the_daemon_dies_with_the_front", the_daemon_dies_with_the_front),
    ("ending_the_keeper_ends_everything", ending_the_keeper_ends_everything),
    ("a_keeper_that_is_dying_is_waited_for", a_keeper_that_is_dying_is_waited_for),
    ("a_stale_identity_is_not_believed", a_stale_identity_is_not_believed),
    ("a_second_daemon_is_refused", a_second_daemon_is_refused),
    ("signals_and_exit_codes_pass_through_the_front", signals_and_exit_codes_pass_through_the_front),
    ("the_hosts_network_is_reached_through_the_front", the_hosts_network_is_reached_through_the_front),
    ("a_passed_listener_serves_the_host", a_passed_listener_serves_the_host),
    ("twenty_kills_leave_one_keeper", twenty_kills_leave_one_keeper),
    ("a_server_outlives_the_daemon_and_is_found_again", a_server_outlives_the_daemon_and_is_found_again),
    ("a_server_that_does_not_stop_is_killed", a_server_that_does_not_stop_is_killed),
    ("a_server_writes_what_it_was_given_and_is_not_root", a_server_writes_what_it_was_given_and_is_not_root),
];

fn main() -> ExitCode {
    if let Some(run_dir) = std::env::var_os("MOAT_TEST_ENTER") {
        return enter(Path::new(&run_dir));
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut failed = 0;
    for (name, test) in TESTS {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let dir = std::env::temp_dir().join(format!("moat-world-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let outcome = std::panic::catch_unwind(|| test(&dir));
        if let Ok(Some(keeper)) = world::find(&dir) {
            keeper.end().unwrap();
        }
        fs::remove_dir_all(&dir).unwrap();
        println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
        failed += usize::from(outcome.is_err());
    }
    ExitCode::from(u8::from(failed > 0))
}

/// The program under test: enters the world and obeys one-line orders on standard input.
fn enter(run_dir: &Path) -> ExitCode {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let spec = WorldSpec { run_dir: run_dir.to_owned(), outlive_front: false };
    match world::enter(&spec, vec![OwnedFd::from(listener)]) {
        Ok(Entered::Front(code)) => ExitCode::from(code as u8),
        Ok(Entered::Daemon(world)) => obey(world, port),
        Err(error) => {
            println!("error {error}");
            ExitCode::from(2)
        }
    }
}

fn obey(mut world: world::World, port: u16) -> ExitCode {
    println!("up {} {port}", if world.fresh { "fresh" } else { "joined" });
    let listener = TcpListener::from(world.passed.pop().unwrap());
    for order in std::io::stdin().lines() {
        let order = order.unwrap();
        let (verb, object) = order.split_once(' ').unwrap_or((&order, ""));
        match verb {
            "read" => println!("{}", fs::read_to_string(object).unwrap().replace('\n', "|")),
            "link" => println!("{}", fs::read_link(object).unwrap().display()),
            "pids" => println!("{}", pids()),
            "children" => println!("{}", Command::new("sleep").arg(object).spawn().unwrap().id()),
            "mark" => println!("{:?}", fs::write(world.state_dir.join(object), "")),
            "marked" => println!("{}", world.state_dir.join(object).exists()),
            "visible" => println!("{}", world.state_dir.display()),
            "outside" => println!("{}", dial(&world, object.parse().unwrap())),
            "serve" => listener.accept().unwrap().0.write_all(b"from inside").unwrap(),
            "server" => println!("{}", server(&world, object)),
            "found" => println!("{}", found(&world)),
            "stop" => println!("{}", stop(&world, Duration::from_millis(object.parse().unwrap()))),
            "exit" => return ExitCode::from(object.parse::<u8>().unwrap()),
            other => println!("unknown order {other}"),
        }
    }
    // The front is gone; only the kernel's signal may end this process, or the test fails.
    std::thread::sleep(Duration::from_secs(60));
    ExitCode::SUCCESS
}

fn pids() -> String {
    let names = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name());
    let mut pids: Vec<u32> = names.filter_map(|name| name.to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    format!("{pids:?}")
}

fn dial(world: &world::World, port: u16) -> String {
    use std::os::fd::AsRawFd;
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the world shares the host's loopback");
    let socket = world.outside.tcp4().unwrap();
    let address = nix::sys::socket::SockaddrIn::new(127, 0, 0, 1, port);
    let connecting = nix::sys::socket::connect(socket.as_raw_fd(), &address);
    assert!(matches!(connecting, Ok(()) | Err(nix::errno::Errno::EINPROGRESS)), "{connecting:?}");
    let mut stream = TcpStream::from(socket);
    stream.set_nonblocking(false).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// A shell as a server, with a directory of its own to write in.
fn server(world: &world::World, script: &str) -> String {
    let data = world.state_dir.join("data");
    fs::create_dir_all(&data).unwrap();
    process::give(&data).unwrap();
    let mut root = Root::userland();
    root.bind(data, "/data", Access::Writable);
    let program = Program {
        path: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        cwd: "/data".into(),
    };
    let network = std::path::Path::new("/proc/self/ns/net");
    let spec = ProcessSpec {
        root,
        limits: vec![Limit::Core(0)],
        output: world.state_dir.join("output"),
        ..ProcessSpec::new("server", &world.state_dir, network, program)
    };
    process::spawn(&spec).map_or_else(|error| format!("{error:?}"), |process| process.pid().to_string())
}

fn found(world: &world::World) -> String {
    let process = process::find(&world.state_dir, "server").unwrap();
    process.map_or("none".to_owned(), |process| process.pid().to_string())
}

fn stop(world: &world::World, patience: Duration) -> String {
    let process = process::find(&world.state_dir, "server").unwrap().unwrap();
    format!("{:?}", process.stop(libc::SIGTERM, patience).unwrap())
}

struct Up {
    front: Child,
    lines: BufReader<std::process::ChildStdout>,
    fresh: bool,
    port: u16,
}

fn up(run_dir: &Path) -> Up {
    let mut front = start(run_dir);
    let mut lines = BufReader::new(front.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("up"), "{line}");
    let fresh = words.next() == Some("fresh");
    Up { front, lines, fresh, port: words.next().unwrap().parse().unwrap() }
}

fn start(run_dir: &Path) -> Child {
    let me = std::env::current_exe().unwrap();
    let mut command = Command::new(me);
    command.env("MOAT_TEST_ENTER", run_dir).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

impl Up {
    fn order(&mut self, order: &str) {
        writeln!(self.front.stdin.as_mut().unwrap(), "{order}").unwrap();
    }

    fn ask(&mut self, order: &str) -> String {
        self.order(order);
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The daemon's process id on the host: the front's only child.
    fn daemon(&self) -> i32 {
        let pid = self.front.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        children.trim().parse().unwrap()
    }

    fn kill_front(mut self) -> i32 {
        let daemon = self.daemon();
        self.front.kill().unwrap();
        self.front.wait().unwrap();
        daemon
    }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn runs(pid: i32) -> bool {
    jail::identity::Identity::of(pid).unwrap().is_some()
}

fn link(path: String) -> PathBuf {
    fs::read_link(path).unwrap()
}

fn the_daemon_is_in_namespaces_of_its_own(dir: &Path) {
    let mut up = up(dir);
    assert!(up.fresh);
    for kind in ["mnt", "net", "ipc", "uts", "pid"] {
        let inside = up.ask(&format!("link /proc/self/ns/{kind}"));
        assert_ne!(inside, link(format!("/proc/self/ns/{kind}")).display().to_string());
    }
    assert_eq!(up.ask("read /proc/1/comm"), "moat-keeper|");
    assert_eq!(up.ask("pids"), "[1, 2]");
    assert!(up.ask("read /proc/net/dev").contains("lo:"));
    assert_eq!(up.ask("mark here"), "Ok(())");
    let state_dir = PathBuf::from(up.ask("visible"));
    assert!(!state_dir.join("here").exists(), "the state directory shows on the host");
}

fn a_killed_daemon_leaves_keeper_and_children(dir: &Path) {
    let mut first = up(dir);
    let keeper = world::find(dir).unwrap().unwrap().pid();
    let namespace = first.ask("link /proc/self/ns/net");
    let child = first.ask("children 1000");
    first.ask("mark left");
    let daemon = first.daemon();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(daemon), nix::sys::signal::Signal::SIGKILL).unwrap();
    assert_eq!(first.front.wait().unwrap().code(), Some(137));

    let mut second = up(dir);
    assert!(!second.fresh);
    assert_eq!(world::find(dir).unwrap().unwrap().pid(), keeper);
    assert_eq!(second.ask("link /proc/self/ns/net"), namespace);
    assert_eq!(second.ask("marked left"), "true");
    assert_eq!(second.ask(&format!("read /proc/{child}/comm")), "sleep|");
    let status = second.ask(&format!("read /proc/{child}/status"));
    assert!(status.contains("|PPid:\t1|"), "the orphan is not the keeper's: {status}");
}

fn the_daemon_dies_with_the_front(dir: &Path) {
    let daemon = up(dir).kill_front();
    eventually("the daemon is gone", || !runs(daemon));
    assert!(world::find(dir).unwrap().is_some());
}

fn ending_the_keeper_ends_everything(dir: &Path) {
    let mut up = up(dir);
    up.ask("children 1000");
    let keeper = world::find(dir).unwrap().unwrap();
    let (pid, daemon) = (keeper.pid(), up.daemon());
    keeper.end().unwrap();
    assert!(!runs(pid) && !runs(daemon));
    assert_eq!(up.front.wait().unwrap().code(), Some(137));
    assert!(world::find(dir).unwrap().is_none());
}

fn a_keeper_that_is_dying_is_waited_for(dir: &Path) {
    let kill =
        |pid| nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
    for _ in 0..10 {
        let mut up = up(dir);
        assert!(up.fresh);
        // Everybody in the world has to die before the keeper can.
        (0..20).for_each(|_| drop(up.ask("children 1000")));
        kill(world::find(dir).unwrap().unwrap().pid()).unwrap();
        up.front.wait().unwrap();
    }
}

fn a_stale_identity_is_not_believed(dir: &Path) {
    let me = std::process::id();
    fs::write(dir.join("keeper"), format!("{me} 1 some-other-boot\n")).unwrap();
    assert!(world::find(dir).unwrap().is_none());
    assert!(up(dir).fresh);
}

fn a_second_daemon_is_refused(dir: &Path) {
    let _first = up(dir);
    let output = start(dir).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("error moat is already running for `"), "{text}");
}

fn signals_and_exit_codes_pass_through_the_front(dir: &Path) {
    let mut first = up(dir);
    first.order("exit 7");
    assert_eq!(first.front.wait().unwrap().code(), Some(7));
    let mut second = up(dir);
    let front = nix::unistd::Pid::from_raw(second.front.id() as i32);
    nix::sys::signal::kill(front, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(second.front.wait().unwrap().code(), Some(128 + 15));
}

fn the_hosts_network_is_reached_through_the_front(dir: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server =
        std::thread::spawn(move || listener.accept().unwrap().0.write_all(b"hello from the host").unwrap());
    assert_eq!(up(dir).ask(&format!("outside {port}")), "hello from the host");
    server.join().unwrap();
}

fn a_passed_listener_serves_the_host(dir: &Path) {
    let mut up = up(dir);
    up.order("serve");
    let mut text = String::new();
    TcpStream::connect(("127.0.0.1", up.port)).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "from inside");
    let port = up.port;
    up.kill_front();
    eventually("the port is free", || TcpListener::bind(("127.0.0.1", port)).is_ok());
}

fn twenty_kills_leave_one_keeper(dir: &Path) {
    up(dir).kill_front();
    let keeper = world::find(dir).unwrap().unwrap().pid();
    for _ in 0..20 {
        let mut up = up(dir);
        assert!(!up.fresh);
        assert_eq!(up.ask("read /proc/1/comm"), "moat-keeper|");
        up.kill_front();
    }
    assert_eq!(world::find(dir).unwrap().unwrap().pid(), keeper);
}

fn a_server_outlives_the_daemon_and_is_found_again(dir: &Path) {
    let mut first = up(dir);
    let script = "trap 'exit 0' TERM; echo started; while :; do sleep 0.01; done";
    let pid = first.ask(&format!("server {script}"));
    assert!(pid.parse::<i32>().is_ok(), "{pid}");
    first.kill_front();
    let mut second = up(dir);
    assert_eq!(second.ask("found"), pid);
    let output = PathBuf::from(second.ask("visible")).join("output");
    eventually("it has spoken", || second.ask(&format!("read {}", output.display())) == "started|");
    assert_eq!(second.ask("stop 60000"), "Asked");
    assert_eq!(second.ask("found"), "none");
    eventually("the keeper has reaped it", || !second.ask("pids").contains(&format!("{pid},")));
}

fn a_server_that_does_not_stop_is_killed(dir: &Path) {
    let mut up = up(dir);
    up.ask("server trap '' TERM; sleep 1000 & echo deaf; while :; do sleep 0.01; done");
    let output = PathBuf::from(up.ask("visible")).join("output");
    eventually("it hears nothing", || up.ask(&format!("read {}", output.display())).contains("deaf"));
    assert_eq!(up.ask("stop 300"), "Killed", "{}", up.ask(&format!("read {}", output.display())));
    assert_eq!(up.ask("found"), "none");
    eventually("no child of the server is left", || up.ask("pids") == "[1, 2]");
}

fn a_server_writes_what_it_was_given_and_is_not_root(dir: &Path) {
    let mut up = up(dir);
    up.ask("server id -u; echo hello > /data/file && cat /data/file; echo x > /usr/file; exec 2>&1; ls /home; echo done; sleep 1000");
    let output = PathBuf::from(up.ask("visible")).join("output");
    let mut text = String::new();
    eventually("the server has spoken", || {
        text = up.ask(&format!("read {}", output.display()));
        text.contains("done|")
    });
    assert!(text.starts_with("1000|hello|"), "{text}");
    assert!(text.contains("/usr/file: Read-only file system|"), "{text}");
    assert!(text.contains("'/home': No such file or directory|"), "{text}");
}
