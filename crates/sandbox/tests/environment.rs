//! Environments with real code in them, in a world, against a small runtime API.
//!
//! What the Python runtime posts and logs is compared with what AWS's own runtime client did with the same
//! functions, which `tests/recorded/awslambdaric.json` holds. To record it again:
//! `pip install --target DIR awslambdaric`, then run this test with `MOAT_RECORD_AWSLAMBDARIC=DIR`.

// Lints take only harnessed tests for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blanks;
mod fake;
#[path = "../../jail/tests/inside/mod.rs"]
mod inside;
mod node;
mod recorded;

use std::fs::{self, File};
use std::io::Read;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jail::world::World;
use sandbox::{Environment, EnvironmentSpec, Error, Exit, Launcher, Runtime};

use fake::{Event, RuntimeApi};

fn main() -> ExitCode {
    inside::run(&[
        ("a_provided_runtime_is_the_functions_bootstrap", a_provided_runtime_is_the_functions_bootstrap),
        ("a_provided_runtime_without_bootstrap_is_refused", a_provided_runtime_without_bootstrap_is_refused),
        ("a_layers_bootstrap_serves", a_layers_bootstrap_serves),
        ("python_does_what_awss_runtime_client_does", recorded::python_does_what_awss_runtime_client_does),
        (
            "python_finds_code_layers_and_sdk_in_lambdas_order",
            python_finds_code_layers_and_sdk_in_lambdas_order,
        ),
        ("the_environment_is_furnished", the_environment_is_furnished),
        ("warm_invocations_share_a_process", warm_invocations_share_a_process),
        ("too_much_memory_ends_the_environment", too_much_memory_ends_the_environment),
        ("a_function_may_fill_tmp_beyond_its_memory", a_function_may_fill_tmp_beyond_its_memory),
        ("the_runtime_exits_with_the_function", the_runtime_exits_with_the_function),
        ("environments_end_with_the_launcher", environments_end_with_the_launcher),
        ("copies_draw_their_own_chances", blanks::copies_draw_their_own_chances),
        ("a_copy_is_locked_up_like_any_program", blanks::a_copy_is_locked_up_like_any_program),
        (
            "a_functions_own_modules_win_over_what_is_loaded",
            blanks::a_functions_own_modules_win_over_what_is_loaded,
        ),
        (
            "what_is_read_at_start_needs_an_interpreter_of_its_own",
            blanks::what_is_read_at_start_needs_an_interpreter_of_its_own,
        ),
        ("a_program_starts_in_a_blank", blanks::a_program_starts_in_a_blank),
        ("a_blank_that_has_ended_says_so", blanks::a_blank_that_has_ended_says_so),
        ("a_copy_is_quick_and_small", blanks::a_copy_is_quick_and_small),
        ("a_copy_does_what_awss_runtime_client_does", recorded::a_copy_does_what_awss_runtime_client_does),
        ("node_does_what_awss_runtime_client_does", node::node_does_what_awss_runtime_client_does),
        ("node_finds_the_sdk_and_layers", node::node_finds_the_sdk_and_layers),
        ("node_waits_for_its_function", node::node_waits_for_its_function),
        ("every_step_of_a_cold_start_is_timed", every_step_of_a_cold_start_is_timed),
    ])
}

pub fn launcher(world: &World) -> Launcher {
    Launcher::new(&world.state_dir).unwrap()
}

/// A directory of code that everybody may read, as code is unpacked.
pub fn code(world: &World, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = world.state_dir.join("code").join(name);
    fs::remove_dir_all(&dir).ok();
    for (path, content) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

/// A version of Python that this machine has, outside of anybody's home if possible.
pub fn python(launcher: &Launcher) -> Runtime {
    let all = launcher.runtimes().into_iter();
    let exact =
        all.filter(|found| found.warning.is_none() && matches!(found.runtime, Runtime::Python { .. }));
    let found =
        exact.filter_map(|found| Some((found.interpreter?.extra_directory().is_some(), found.runtime)));
    found.min_by_key(|(extra, _)| *extra).unwrap().1
}

pub fn spec(runtime: Runtime, code_dir: PathBuf) -> EnvironmentSpec {
    EnvironmentSpec {
        id: "environment".to_owned(),
        netns: inside::network(),
        runtime,
        handler: "app.handler".to_owned(),
        code_dir,
        layer_dir: None,
        extensions: Vec::new(),
        variables: vec![("AWS_LAMBDA_FUNCTION_NAME".to_owned(), "tested".to_owned())],
        memory_mb: 128,
        tmp_mb: 512,
        nameservers: vec![IpAddr::from([10, 0, 0, 2])],
        search_domain: Some("ec2.internal".to_owned()),
        ca_bundle: None,
        sdk_dir: None,
    }
}

fn python_function(world: &World, launcher: &Launcher, source: &str) -> EnvironmentSpec {
    spec(python(launcher), code(world, "python", &[("app.py", source)]))
}

pub fn event(body: &str) -> Event {
    let headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:tested"),
        (
            "Lambda-Runtime-Trace-Id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        ),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Event { body: body.to_owned(), headers: headers.to_vec() }
}

pub fn output(environment: &mut Environment) -> String {
    let mut bytes = Vec::new();
    File::from(environment.output.take().unwrap()).read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn answer(launcher: &Launcher, spec: &EnvironmentSpec, body: &str) -> serde_json::Value {
    let api = RuntimeApi::serve();
    let mut environment = launcher.launch(spec).unwrap();
    let post = api.invoke(event(body));
    environment.kill().unwrap();
    assert!(post.path.ends_with("/response"), "{post:?} {}", output(&mut environment));
    serde_json::from_str(&post.body).unwrap()
}

fn a_provided_runtime_is_the_functions_bootstrap(world: &World) {
    let script =
        "#!/bin/sh\necho \"$(id -u) $PWD $_HANDLER $AWS_LAMBDA_RUNTIME_API $LAMBDA_TASK_ROOT\"\nexit 3\n";
    let spec = spec(Runtime::Provided { al2023: true }, code(world, "provided", &[("bootstrap", script)]));
    let launcher = launcher(world);
    let mut environment = launcher.launch(&spec).unwrap();
    assert_eq!(output(&mut environment), "993 /var/task app.handler 127.0.0.1:9001 /var/task\n");
    assert_eq!(environment.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(3)));
}

fn a_provided_runtime_without_bootstrap_is_refused(world: &World) {
    let spec = spec(Runtime::Provided { al2023: false }, code(world, "provided", &[("other", "")]));
    let refused = launcher(world).launch(&spec);
    assert!(matches!(refused, Err(Error::NoBootstrap)), "{refused:?}");
}

fn a_layers_bootstrap_serves(world: &World) {
    let mut spec = spec(Runtime::Provided { al2023: true }, code(world, "provided", &[("other", "")]));
    spec.layer_dir = Some(code(world, "layer", &[("bootstrap", "#!/bin/sh\necho layer $0\n")]));
    let launcher = launcher(world);
    assert_eq!(output(&mut launcher.launch(&spec).unwrap()), "layer /opt/bootstrap\n");
}

fn python_finds_code_layers_and_sdk_in_lambdas_order(world: &World) {
    let source = "import one, two, three\ndef handler(event, context):\n    return [one.WHERE, two.WHERE, three.WHERE]\n";
    let launcher = launcher(world);
    let mine = code(world, "mine", &[("app.py", source), ("one.py", "WHERE = 'code'")]);
    let mut spec = spec(python(&launcher), mine);
    let layer = [("python/one.py", "WHERE = 'layer'"), ("python/two.py", "WHERE = 'layer'")];
    spec.layer_dir = Some(code(world, "layer", &layer));
    let sdk = ["one", "two", "three"].map(|name| format!("{name}.py"));
    spec.sdk_dir = Some(code(world, "sdk", &sdk.each_ref().map(|name| (name.as_str(), "WHERE = 'sdk'"))));
    assert_eq!(answer(&launcher, &spec, "{}"), serde_json::json!(["code", "layer", "sdk"]));
}

fn the_environment_is_furnished(world: &World) {
    let source = r#"
import os, pwd, socket
def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError as error:
        return error.strerror
def handler(event, context):
    tmp = os.statvfs("/tmp")
    open("/tmp/file", "w").close()
    return {
        "resolv": read("/etc/resolv.conf"), "ca": read(os.environ["SSL_CERT_FILE"]), "shadow": read("/etc/shadow"),
        "boto": os.environ["AWS_CA_BUNDLE"], "tmp_mb": tmp.f_blocks * tmp.f_frsize >> 20, "user": pwd.getpwuid(os.getuid())[0],
        "local": socket.gethostbyname("localhost"), "https": socket.getservbyname("https"), "given": os.environ["GIVEN"],
        "home": os.listdir("/"), "left": context.get_remaining_time_in_millis() > 1000,
    }
"#;
    let launcher = launcher(world);
    let mut spec = python_function(world, &launcher, source);
    let bundle = code(world, "ca", &[("ca.pem", "a certificate")]).join("ca.pem");
    spec.ca_bundle = Some(bundle);
    spec.tmp_mb = 600;
    spec.variables.push(("GIVEN".to_owned(), "höhe".to_owned()));
    let mut seen = answer(&launcher, &spec, "{}");
    let names = seen.as_object_mut().unwrap().remove("home").unwrap().to_string();
    assert!(!names.contains("\"home\"") && !names.contains("\"boot\""), "{names}");
    let expected = serde_json::json!({
        "resolv": "search ec2.internal\nnameserver 10.0.0.2\n", "ca": "a certificate", "shadow": "No such file or directory",
        "boto": "/etc/ssl/certs/ca-certificates.crt", "tmp_mb": 600, "user": "sbx_user1051",
        "local": "127.0.0.1", "https": 443, "given": "höhe", "left": true,
    });
    assert_eq!(seen, expected);
}

fn warm_invocations_share_a_process(world: &World) {
    let api = RuntimeApi::serve();
    let source = "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return [count, event]\n";
    let launcher = launcher(world);
    let mut environment = launcher.launch(&python_function(world, &launcher, source)).unwrap();
    for round in 1..=3 {
        assert_eq!(api.invoke(event("{\"a\": 1}")).body, format!("[{round}, {{\"a\": 1}}]"));
    }
    environment.initialised().unwrap();
    assert_eq!(api.invoke(event("null")).body, "[4, null]");
    assert!((5..128).contains(&environment.peak_memory_mb().unwrap()));
    assert_eq!(environment.wait(Duration::ZERO).unwrap(), None);
}

fn too_much_memory_ends_the_environment(world: &World) {
    let api = RuntimeApi::serve();
    let source = "def handler(event, context):\n    held = [b'x' * (1 << 20) for _ in range(200)]\n    import time\n    time.sleep(50)\n    return len(held)\n";
    let launcher = launcher(world);
    let mut environment = launcher.launch(&python_function(world, &launcher, source)).unwrap();
    api.wait_for_next();
    api.give(event("{}"));
    if launcher.bounds() == "resource limits" {
        // Only the first process is looked at, and it may meet its own limit before.
        let (ended, posted) = loop {
            let (ended, posted) = (environment.wait(Duration::from_millis(5)).unwrap(), api.posted());
            if ended.is_some() || posted.is_some() {
                break (ended, posted);
            }
        };
        assert!(ended == Some(Exit::Signal(9)) || posted.unwrap().body.contains("MemoryError"));
    } else {
        assert_eq!(environment.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Signal(9)));
        assert!(environment.ran_out_of_memory());
    }
}

fn a_function_may_fill_tmp_beyond_its_memory(world: &World) {
    let api = RuntimeApi::serve();
    let source = "def handler(event, context):\n    with open('/tmp/x', 'wb') as file:\n        for _ in range(200):\n            file.write(b'x' * (1 << 20))\n    return file.closed\n";
    let launcher = launcher(world);
    let mut environment = launcher.launch(&python_function(world, &launcher, source)).unwrap();
    assert_eq!(api.invoke(event("{}")).body, "true");
    api.wait_for_next();
    assert!(!environment.ran_out_of_memory());
    environment.kill().unwrap();
}

fn the_runtime_exits_with_the_function(world: &World) {
    let api = RuntimeApi::serve();
    let source = "import sys\ndef handler(event, context):\n    print('leaving', end='')\n    sys.exit(5)\n";
    let launcher = launcher(world);
    let mut environment = launcher.launch(&python_function(world, &launcher, source)).unwrap();
    api.wait_for_next();
    api.give(event("{}"));
    assert_eq!(environment.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Code(5)));
    assert_eq!(output(&mut environment), "leaving");
}

fn environments_end_with_the_launcher(world: &World) {
    let launcher = launcher(world);
    let script = [("bootstrap", "#!/bin/sh\nexec sleep 1000\n")];
    let spec = spec(Runtime::Provided { al2023: true }, code(world, "provided", &script));
    let mut environment = launcher.launch(&spec).unwrap();
    assert_eq!(environment.wait(Duration::ZERO).unwrap(), None);
    drop(launcher);
    assert_eq!(environment.wait(Duration::from_secs(60)).unwrap(), Some(Exit::Signal(9)));
}

fn every_step_of_a_cold_start_is_timed(world: &World) {
    let launcher = launcher(world);
    let source = "def handler(event, context):\n    return event\n";
    let mut best: Option<(u128, u128, Environment)> = None;
    for round in 0..10 {
        let mut spec = python_function(world, &launcher, source);
        spec.id = format!("timed-{round}");
        let api = RuntimeApi::serve();
        let began = Instant::now();
        let environment = launcher.launch(&spec).unwrap();
        let launched = began.elapsed().as_micros();
        api.wait_for_next();
        let ready = began.elapsed().as_micros();
        api.give(event("{}"));
        api.post();
        api.wait_for_next();
        if best.as_ref().is_none_or(|best| ready < best.1) {
            best = Some((launched, ready, environment));
        }
    }
    let (launched, ready, environment) = best.unwrap();
    for (step, micros) in &environment.trace {
        println!("  {step}: {micros} µs");
    }
    println!("  launched after {launched} µs, first asked for an event after {ready} µs");
    let sum: u64 = environment.trace.iter().map(|(_, micros)| micros).sum();
    assert!(u128::from(sum) <= launched && launched < ready);
    assert!(Path::new("/proc").join(environment.pid().to_string()).exists());
}
