//! Builds `init/main.rs`, process 1 of sandboxes, by itself: a static program without any library, whose bytes
//! `src/init.rs` includes.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=init/main.rs");
    let variable = |name: &str| env::var(name).unwrap_or_else(|_| fail(&format!("cargo has not set {name}")));
    let output = PathBuf::from(variable("OUT_DIR")).join("init");
    let mut compiler = Command::new(variable("RUSTC"));
    compiler.args(["--edition", "2024", "--crate-name", "init", "--crate-type", "bin", "init/main.rs"]);
    compiler.args(["--target", &variable("TARGET"), "-o"]).arg(&output);
    for option in [
        "opt-level=s",
        "panic=abort",
        "strip=symbols",
        "relocation-model=static",
        "target-feature=+crt-static",
    ] {
        compiler.args(["-C", option]);
    }
    for option in
        ["-nostartfiles", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", "-Wl,-z,norelro"]
    {
        compiler.args(["-C", &format!("link-arg={option}")]);
    }
    match compiler.status() {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("init/main.rs: the compiler ended with {status}")),
        Err(error) => fail(&format!("init/main.rs: {error}")),
    }
}

fn fail(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(1)
}
