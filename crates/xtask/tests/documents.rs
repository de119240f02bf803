//! What the documents name is there: the tests of SPECIFICATION.md, and the files that links lead to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every document that is committed, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let output = Command::new("git").args(["ls-files", "-z", "*.md"]).current_dir(root()).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    let read = |name: &str| std::fs::read_to_string(root().join(name)).ok().map(|text| (name.into(), text));
    let found: Vec<_> = names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect();
    assert!(found.len() > 20, "only {} documents were found", found.len());
    found
}

/// The text of a file, or of every Rust file below a directory.
fn sources(path: &Path) -> String {
    if path.is_file() {
        return std::fs::read_to_string(path).unwrap();
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.retain(|entry| entry.is_dir() || entry.extension().is_some_and(|extension| extension == "rs"));
    entries.iter().map(|entry| sources(entry)).collect()
}

/// Where the specification's short names lead: below `crates`, or from the top.
fn places(path: &str) -> Vec<PathBuf> {
    if let Some(rest) = path.strip_prefix("*/") {
        let crates = std::fs::read_dir(root().join("crates")).unwrap();
        return crates.map(|entry| entry.unwrap().path().join(rest)).filter(|path| path.exists()).collect();
    }
    let named = [root().join("crates").join(path), root().join(path)];
    named.into_iter().filter(|path| path.exists()).collect()
}

fn has_test(text: &str, name: &str) -> bool {
    let (name, ends) = match name.strip_suffix('…') {
        Some(beginning) => (beginning, ""),
        None => (name, "("),
    };
    ["fn ", "def "].iter().any(|word| text.contains(&format!("{word}{name}{ends}")))
}

/// `SPECIFICATION.md:LINE` and what is wrong there, of one reference in backticks.
fn missing(before: &str, reference: &str) -> Option<String> {
    if before.ends_with("fuzz target ") {
        let target = root().join("fuzz/fuzz_targets").join(format!("{reference}.rs"));
        return (!target.is_file()).then(|| format!("there is no fuzz target `{reference}`"));
    }
    let (path, name) = match reference.split_once(": ").or_else(|| reference.split_once("::")) {
        Some((path, name)) => (path, Some(name)),
        None => (reference, None),
    };
    let places = places(path);
    if places.is_empty() {
        return Some(format!("there is no `{path}`"));
    }
    let name = name?;
    let is_there = places.iter().any(|place| has_test(&sources(place), name));
    (!is_there).then(|| format!("`{path}` has no test `{name}`"))
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let text = std::fs::read_to_string(root().join("SPECIFICATION.md")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (mut wrong, mut references) = (Vec::new(), 0);
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("| ")) {
        let is_head = lines.get(index + 1).is_some_and(|next| next.starts_with("| ---"));
        if is_head || line.starts_with("| ---") {
            continue;
        }
        let mut say = |what: String| wrong.push(format!("SPECIFICATION.md:{}: {what}", index + 1));
        if !lines[index - 1].starts_with('|') {
            say("the row is in no table: a blank line ends one".to_owned());
        }
        let held = line.trim_end().trim_end_matches('|').rsplit(" | ").next().unwrap();
        let parts: Vec<&str> = held.split('`').collect();
        if parts.len() < 3 {
            say("the promise names no test".to_owned());
        }
        for pair in parts.chunks_exact(2) {
            references += 1;
            missing(pair[0], pair[1]).into_iter().for_each(&mut say);
        }
    }
    assert!(references > 200, "only {references} references were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let (mut wrong, mut links) = (Vec::new(), 0);
    for (name, text) in documents() {
        for (_, after) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let target = after.split([')', ' ', '\n']).next().unwrap();
            if target.contains("://") || target.starts_with('#') || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let file = target.split('#').next().unwrap();
            if !root().join(&name).with_file_name(file).exists() {
                wrong.push(format!("{}: there is no `{file}`", name.display()));
            }
        }
    }
    assert!(links > 5, "only {links} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
