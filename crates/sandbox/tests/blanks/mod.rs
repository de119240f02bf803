//! Environments that were made before their function was known: a copy of a parked interpreter must be as good as an
//! interpreter that started for the function, and share nothing with other copies that a function could use.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jail::world::World;
use sandbox::{Blank, BlankSpec, Environment, EnvironmentSpec, Exit, Kind, Launcher, Runtime};
use serde_json::{Value, json};

use super::fake::RuntimeApi;
use super::{code, event, inside, launcher, output, python, spec};

/// Makes a blank that serves the function, and at once its environment.
pub fn launch(launcher: &Launcher, spec: &EnvironmentSpec) -> Environment {
    let kind = launcher.kind_for(spec).unwrap();
    launcher.launch_in(blank(launcher, kind, spec.sdk_dir.clone()), spec).unwrap()
}

pub fn blank(launcher: &Launcher, kind: Kind, sdk_dir: Option<PathBuf>) -> Blank {
    let mut blank =
        launcher.blank(BlankSpec { netns: inside::network(), kind, ca_bundle: None, sdk_dir }).unwrap();
    assert!(blank.waits());
    blank
}

fn function(world: &World, launcher: &Launcher, source: &str) -> EnvironmentSpec {
    spec(python(launcher), code(world, "blanks", &[("app.py", source)]))
}

fn answer(launcher: &Launcher, spec: &EnvironmentSpec) -> Value {
    let api = RuntimeApi::serve();
    let mut environment = launch(launcher, spec);
    let post = api.invoke(event("{}"));
    environment.kill().unwrap();
    assert!(post.path.ends_with("/response"), "{post:?} {}", output(&mut environment));
    serde_json::from_str(&post.body).unwrap()
}

const DRAWN: &str = r#"
import os, random, tempfile, uuid, hashlib, threading
def handler(event, context):
    return {
        "random": random.random(), "uuid4": str(uuid.uuid4()), "uuid1": str(uuid.uuid1()), "bytes": os.urandom(8).hex(),
        "name": tempfile.mktemp(), "choice": random.SystemRandom().random(), "hash": hash("moat"), "pid": os.getpid(),
        "own": random.Random().random(), "thread": threading.main_thread() is threading.current_thread(),
    }
"#;

pub fn copies_draw_their_own_chances(world: &World) {
    let launcher = launcher(world);
    let spec = function(world, &launcher, DRAWN);
    let all: Vec<Value> = (0..66).map(|_| answer(&launcher, &spec)).collect();
    let distinct = |name: &str| all.iter().map(|one| one[name].to_string()).collect::<BTreeSet<_>>().len();
    for name in ["random", "uuid4", "uuid1", "bytes", "name", "choice", "own"] {
        assert_eq!(distinct(name), all.len(), "{name}");
    }
    assert_eq!((distinct("pid"), distinct("thread")), (1, 1), "{}", all[0]);
    assert_eq!(
        distinct("hash"),
        2,
        "a parked interpreter makes 64 copies, and each interpreter has its own seed"
    );
}

const LOOKS: &str = r#"
import os, sys
def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        return error.strerror
def handler(event, context):
    status = dict(line.split(":\t", 1) for line in read("/proc/self/status").splitlines() if ":\t" in line)
    wanted = ("Uid", "Gid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp", "PPid", "NSpid")
    targets = sorted(os.readlink("/proc/self/fd/" + fd).split(":")[0] for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd))
    return {
        "status": {name: status.get(name) for name in wanted}, "fds": targets, "variables": sorted(os.environ),
        "started_with": sorted(line.partition("=")[0] for line in read("/proc/self/environ").split("\0") if line),
        "modules": [name for name in ("zygote", "ctypes") if name in sys.modules], "cwd": os.getcwd(),
        "command": read("/proc/self/cmdline").split("\0")[-2], "mem": read("/proc/1/mem"), "root": sorted(os.listdir("/var/task")),
        "pids": sorted(name for name in os.listdir("/proc") if name.isdigit()), "limit": __import__("resource").getrlimit(7),
    }
"#;

pub fn a_copy_is_locked_up_like_any_program(world: &World) {
    let launcher = launcher(world);
    let mut spec = function(world, &launcher, LOOKS);
    let own = {
        let api = RuntimeApi::serve();
        let mut environment = launcher.launch(&spec).unwrap();
        let post = api.invoke(event("{}"));
        environment.kill().unwrap();
        serde_json::from_str::<Value>(&post.body).unwrap()
    };
    spec.variables.push(("SECRET".to_owned(), "hush".to_owned()));
    let copy = answer(&launcher, &spec);
    for name in ["fds", "cwd", "command", "mem", "root", "limit", "modules"] {
        assert_eq!(copy[name], own[name], "{name}");
    }
    let status = |seen: &Value| {
        let mut status = seen["status"].clone();
        // Only its number differs: the process between has been the second.
        let pid = status.as_object_mut().unwrap().remove("NSpid");
        (status, pid)
    };
    assert_eq!((status(&copy).0, status(&own).0.get("Seccomp")), (status(&own).0, Some(&json!("2"))));
    assert_eq!((status(&copy).1, status(&own).1), (Some(json!("3")), Some(json!("2"))));
    assert_eq!(copy["pids"], json!(["1", "3"]));
    let names = |seen: &Value| -> BTreeSet<String> {
        seen["variables"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let more: Vec<String> = names(&copy).difference(&names(&own)).cloned().collect();
    assert_eq!((more, names(&own).difference(&names(&copy)).count()), (vec!["SECRET".to_owned()], 0));
    let started = copy["started_with"].to_string();
    assert!(started.contains("MOAT_ZYGOTE") && !started.contains("SECRET"), "{started}");
}

pub fn a_functions_own_modules_win_over_what_is_loaded(world: &World) {
    let launcher = launcher(world);
    let source = "import uuid, decimal, base64\ndef handler(event, context):\n    return [uuid.WHERE, decimal.WHERE, base64.__name__]\n";
    let files =
        [("app.py", source), ("uuid.py", "WHERE = 'code'"), ("decimal/__init__.py", "WHERE = 'package'")];
    let mine = spec(python(&launcher), code(world, "blanks", &files));
    assert_eq!(answer(&launcher, &mine), json!(["code", "package", "base64"]));
}

pub fn what_is_read_at_start_needs_an_interpreter_of_its_own(world: &World) {
    let launcher = launcher(world);
    let mut spec = function(world, &launcher, DRAWN);
    assert!(matches!(launcher.kind_for(&spec), Some(Kind::Python(_))));
    for name in ["PYTHONHASHSEED", "LD_PRELOAD", "LD_LIBRARY_PATH", "OPENSSL_CONF", "PYTHONPATH"] {
        spec.variables = vec![(name.to_owned(), "1".to_owned())];
        assert_eq!(launcher.kind_for(&spec), None, "{name}");
    }
    spec.runtime = Runtime::Provided { al2023: true };
    assert_eq!(launcher.kind_for(&spec), Some(Kind::Program));
}

pub fn a_program_starts_in_a_blank(world: &World) {
    let script = "#!/bin/sh\necho \"$(id -u) $PWD $_HANDLER $(cat /etc/resolv.conf) $(ls /proc/self/fd | tr '\\n' ' ')\"\nexit 3\n";
    let spec = spec(Runtime::Provided { al2023: true }, code(world, "provided", &[("bootstrap", script)]));
    let launcher = launcher(world);
    let mut environment = launch(&launcher, &spec);
    assert_eq!(
        output(&mut environment),
        "993 /var/task app.handler search ec2.internal\nnameserver 10.0.0.2 0 1 2 3 \n"
    );
    assert_eq!(environment.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(3)));
}

pub fn a_blank_that_has_ended_says_so(world: &World) {
    let launcher = launcher(world);
    let kind = launcher.kind(python(&launcher)).unwrap();
    let mut blank = blank(&launcher, kind, None);
    let program = blank.program().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(program), nix::sys::signal::SIGKILL).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while blank.waits() {
        assert!(Instant::now() < deadline);
    }
}

pub fn a_copy_is_quick_and_small(world: &World) {
    let launcher = launcher(world);
    let spec = function(world, &launcher, "def handler(event, context):\n    return event\n");
    let kind = launcher.kind_for(&spec).unwrap();
    drop(blank(&launcher, kind, None));
    let mut lines = Vec::new();
    let (mut copying, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        let began = Instant::now();
        let blank = blank(&launcher, kind, None);
        copying.push(began.elapsed().as_micros());
        let memory = memory_kb(blank.program().unwrap());
        std::thread::sleep(Duration::from_millis(5));
        let api = RuntimeApi::serve();
        let began = Instant::now();
        let environment = launcher.launch_in(blank, &spec).unwrap();
        let launched = began.elapsed().as_micros();
        api.wait_for_next();
        ready.push(began.elapsed().as_micros());
        lines.push(format!("{:?} launched {launched}, parked {memory:?} KiB", environment.trace));
    }
    copying.sort_unstable();
    ready.sort_unstable();
    println!("  {}", lines[29]);
    println!(
        "  made in {} µs, asked for its first event {} µs after it was given its function",
        copying[15], ready[15]
    );
    assert!(lines[0].contains("program"));
}

/// Its own memory, and its share of what it has in common with others.
pub fn memory_kb(pid: i32) -> (u64, u64) {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let field = |name: &str| {
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
    };
    (field("Private_Dirty:"), field("Pss:"))
}
