//! Runs tests inside a world: a harness has threads, and a process with threads cannot enter one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jail::world::{self, Entered, World, WorldSpec};

pub type Test = (&'static str, fn(&World));

/// Enters a world of its own, runs each test in it, and ends it.
pub fn run(tests: &[Test]) -> ExitCode {
    let run_dir = std::env::temp_dir().join(format!("moat-inside-{}", std::process::id()));
    let spec = WorldSpec { run_dir: run_dir.clone(), outlive_front: false };
    match world::enter(&spec, Vec::new()).unwrap() {
        Entered::Daemon(world) => run_all(tests, &world),
        Entered::Front(code) => {
            end(&run_dir);
            ExitCode::from(code as u8)
        }
    }
}

fn end(run_dir: &Path) {
    // The front keeps its user namespace; it may end the keeper, which is in the same one.
    let groups = std::fs::read_to_string(run_dir.join("cgroups")).unwrap_or_default();
    world::find(run_dir).unwrap().unwrap().end().unwrap();
    assert!(groups.lines().all(|group| !Path::new(group).exists()), "control groups are left: {groups}");
    std::fs::remove_dir_all(run_dir).unwrap();
}

fn run_all(tests: &[Test], world: &World) -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut failed = 0;
    for (name, test) in tests {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(world)));
        println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
        failed += usize::from(outcome.is_err());
    }
    ExitCode::from(u8::from(failed > 0))
}

/// A network namespace that a process can be put in: the world's own.
pub fn network() -> PathBuf {
    PathBuf::from("/proc/self/ns/net")
}
