//! The interpreters of Node.js on this machine that function code may use. Which version one is, only it can say, so
//! each is started once, when a function needs Node.js.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python::{Interpreter, Language, installations, is_program, readable_inside};

/// Directories of programs, and directories of installations that each have a directory of programs.
const PROGRAMS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/opt/bin"];
const INSTALLATIONS: [&str; 2] = ["/opt", "/usr/local/n/versions/node"];
/// The same below the user's home, of which then only that part becomes visible inside.
const HOME_INSTALLATIONS: [&str; 2] = [".nvm/versions/node", ".asdf/installs/nodejs"];

/// All there are, one for each version, oldest first.
pub fn find() -> Vec<Interpreter> {
    let mut found = BTreeMap::new();
    for program in directories().into_iter().map(|dir| dir.join("node")) {
        if let Some(interpreter) = at(&program) {
            found.entry(interpreter.version).or_insert(interpreter);
        }
    }
    found.into_values().collect()
}

fn directories() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = PROGRAMS.iter().map(PathBuf::from).collect();
    directories.extend(INSTALLATIONS.iter().flat_map(|dir| installations(Path::new(dir))));
    if let Some(home) = env::var_os("HOME").map(PathBuf::from) {
        directories.extend(HOME_INSTALLATIONS.iter().flat_map(|dir| installations(&home.join(dir))));
    }
    directories
}

fn at(path: &Path) -> Option<Interpreter> {
    let program = path.canonicalize().ok()?;
    let prefix = program.parent()?.parent()?.to_owned();
    if !is_program(&program) || !readable_inside(&program) {
        return None;
    }
    let said = Command::new(&program).arg("--version").env_clear().output().ok()?;
    let version = major(&String::from_utf8_lossy(&said.stdout))?;
    Some(Interpreter { language: Language::Node, version, program, prefix })
}

/// `v20.11.1`.
fn major(text: &str) -> Option<u32> {
    text.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.11.1\n"), Some(20));
        assert_eq!(major("20.11"), None);
        assert_eq!(major("v"), None);
    }
}
