//! The invariants of ARCHITECTURE.md that a program can see: who may depend on whom, which licences
//! enter the binary, where unsafe code may stand, and how files are named.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Crates that do no I/O and know no async runtime.
const PURE: [&str; 8] = ["actions", "base", "openapi", "policy", "sigv4", "vpc", "why", "wire"];
/// What only some crates may use, and which.
const KEPT_TO: [(&str, &[&str]); 6] = [
    ("hyper", &["edge", "runtime-api", "imds", "balancer", "upstream", "cli", "bench"]),
    ("rusqlite", &["store"]),
    ("netlink-sys", &["netplane"]),
    ("rustls", &["balancer", "edge", "svc-acm"]),
    ("hickory-proto", &["resolver"]),
    ("aes-gcm", &["keyring"]),
];
const ASYNC: [&str; 3] = ["tokio", "hyper", "hyper-util"];

static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The normal dependencies of each crate of ours.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let ours = METADATA["packages"].as_array().unwrap().iter().filter(|p| p["source"].is_null());
    ours.map(|package| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let normal = all.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), normal.collect())
    })
    .collect()
}

#[test]
fn pure_crates_know_no_runtime_and_no_disk() {
    let all = dependencies();
    for name in PURE {
        let needs = &all[name];
        for banned in ASYNC.iter().chain(&["rusqlite", "nix", "rustix", "store"]) {
            assert!(!needs.contains(*banned), "{name} depends on {banned}");
        }
    }
}

#[test]
fn no_service_knows_another() {
    for (name, needs) in dependencies().iter().filter(|(name, _)| name.starts_with("svc-")) {
        let other = needs.iter().find(|d| d.starts_with("svc-"));
        assert!(other.is_none(), "{name} depends on {other:?}");
        for shell in ["hyper", "edge", "netplane", "jail", "sandbox", "server"] {
            assert!(!needs.contains(shell), "{name} depends on {shell}");
        }
    }
}

#[test]
fn what_one_crate_is_for_is_used_there_only() {
    for (name, needs) in dependencies() {
        for (kept, allowed) in KEPT_TO {
            assert!(!needs.contains(kept) || allowed.contains(&name.as_str()), "{name} depends on {kept}");
        }
    }
}

#[test]
fn no_copyleft_enters_the_binary() {
    let packages = METADATA["packages"].as_array().unwrap();
    let by_id: BTreeMap<&str, &Value> = packages.iter().map(|p| (p["id"].as_str().unwrap(), p)).collect();
    let nodes = METADATA["resolve"]["nodes"].as_array().unwrap();
    let edges: BTreeMap<&str, &Value> = nodes.iter().map(|n| (n["id"].as_str().unwrap(), n)).collect();
    let start = packages.iter().find(|p| p["name"] == "cli").unwrap()["id"].as_str().unwrap();
    let (mut seen, mut queue) = (BTreeSet::new(), vec![start]);
    while let Some(id) = queue.pop() {
        if !seen.insert(id) {
            continue;
        }
        let licence = by_id[id]["license"].as_str().unwrap_or_else(|| panic!("{id} names no licence"));
        let mut choices = licence.split(['/', '(', ')']).flat_map(|part| part.split(" OR "));
        let fine = choices.any(|choice| !choice.trim().is_empty() && !choice.contains("GPL"));
        assert!(fine, "{id} is {licence}");
        for dependency in edges[id]["deps"].as_array().unwrap() {
            if dependency["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"].is_null()) {
                queue.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    assert!(seen.len() > 50, "the walk saw only {} packages", seen.len());
}

/// Every Rust file that is committed and not generated, with its text.
fn written() -> Vec<(String, String)> {
    let output = Command::new("git").args(["ls-files", "-z", "*.rs"]).current_dir(root()).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    let generated = |name: &str| name.contains("/api/") || name.starts_with("crates/actions/src/reference/");
    let own = |name: &&str| !name.is_empty() && !generated(name) && !name.ends_with("tidy.rs");
    let read =
        |name: &str| std::fs::read_to_string(root().join(name)).ok().map(|text| (name.to_owned(), text));
    let files: Vec<_> = names.split('\0').filter(own).filter_map(read).collect();
    assert!(files.len() > 100, "only {} files were found", files.len());
    files
}

#[test]
fn unsafe_code_stands_in_the_jail_only() {
    for (name, text) in written().iter().filter(|(name, _)| !name.starts_with("crates/jail/")) {
        for form in ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"] {
            assert!(!text.contains(form), "{name} has `{form}`");
        }
    }
}

#[test]
fn nothing_is_left_open() {
    for (name, text) in written() {
        for mark in ["TODO", "FIXME", "todo!(", "unimplemented!(", "#[ignore"] {
            assert!(!text.contains(mark), "{name} has `{mark}`");
        }
    }
}

#[test]
fn files_are_named_after_things_and_stay_small() {
    let mechanisms =
        ["util", "utils", "helper", "helpers", "common", "manager", "handlers", "misc", "provider"];
    for (name, text) in written() {
        let stem = Path::new(&name).file_stem().unwrap().to_str().unwrap();
        assert!(!mechanisms.contains(&stem), "{name} is named after a mechanism");
        let lines = text.lines().count();
        assert!(lines <= 800, "{name} has {lines} lines");
    }
}
