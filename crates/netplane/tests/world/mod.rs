//! Runs a test's body in namespaces of its own, so that it needs no root and leaves nothing behind.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod by_hand;
pub mod net;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use base::SystemClock;
use netplane::Plane;

const INSIDE: &str = "MOAT_NETPLANE_WORLD";
const ROLE: &str = "MOAT_NETPLANE_ROLE";
const RUN_DIR: &str = "MOAT_NETPLANE_RUN_DIR";

/// Runs `body` in fresh user, network, mount and pid namespaces: the test's own binary is started again there,
/// for this test alone.
pub fn run(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let binary = std::env::current_exe().expect("the test's own binary");
    let mut user = vec!["--user", "--map-root-user"];
    if nix::unistd::geteuid().is_root() {
        // As root the plane needs no user namespace, so that this way is tried too.
        user.clear();
    }
    let output = Command::new("unshare")
        .args(user)
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .arg(binary)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .output()
        .expect("`unshare` of util-linux must be installed");
    let text = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).join("\n");
    println!("{text}");
    assert!(
        output.status.success() && text.contains("1 passed"),
        "`{test}` failed inside its namespaces ({}); if `unshare` was refused, this kernel forbids unprivileged \
         user namespaces and the plane cannot run",
        output.status
    );
}

/// Runs this test again as a second process of the same world, with `role` told by [`role`]. It may end as it likes.
pub fn second_process(test: &str, role: &str, run_dir: &std::path::Path) -> std::process::ExitStatus {
    spawn_second_process(test, role, run_dir).wait().expect("a second process")
}

/// As [`second_process`], without waiting for its end.
pub fn spawn_second_process(test: &str, role: &str, run_dir: &std::path::Path) -> std::process::Child {
    Command::new(std::env::current_exe().expect("the test's own binary"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(RUN_DIR, run_dir)
        .spawn()
        .expect("a second process")
}

/// What [`second_process`] asked of this process, and the run directory.
pub fn role() -> Option<(String, PathBuf)> {
    Some((std::env::var(ROLE).ok()?, std::env::var_os(RUN_DIR)?.into()))
}

/// A run directory on a tmpfs, as the daemon has one. It is seen in this world only and ends with it.
pub fn run_dir() -> PathBuf {
    let path = PathBuf::from("/run");
    nix::mount::mount(Some("tmpfs"), &path, Some("tmpfs"), nix::mount::MsFlags::empty(), None::<&str>)
        .expect("a tmpfs");
    path
}

/// A plane in this test's world.
pub fn plane(run_dir: &std::path::Path) -> Plane {
    Plane::open(run_dir, Arc::new(SystemClock)).expect("the plane opens")
}
