//! What of the host a local program needs to see besides the userland: its working directory, and
//! where it was installed.

use crate::Mount;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// What every machine sees anyway.
const USERLAND: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix/store"];
/// Places that a machine has of its own, or that are not files.
const OWN: [&str; 7] = ["/", "/proc", "/dev", "/sys", "/etc", "/run", "/var"];

/// The directories to show for a command in a working directory. `found` is where the shell would
/// find its program.
pub fn visible(cwd: &Path, found: Option<&Path>) -> Vec<Mount> {
    let mut wanted: BTreeSet<PathBuf> = BTreeSet::new();
    wanted.insert(cwd.to_owned());
    let mut next = found.map(Path::to_owned);
    // Each link on the way to the program itself is in a place that it may look at, as a virtual
    // environment's interpreter does.
    for _ in 0..16 {
        let Some(program) = next else { break };
        wanted.extend(home(&program));
        next = std::fs::read_link(&program).ok().map(|target| tidy(&program.with_file_name(target)));
    }
    let hidden = |dir: &PathBuf| !is_there_anyway(dir);
    let shown: Vec<PathBuf> = wanted.into_iter().filter(hidden).collect();
    let outermost = |dir: &&PathBuf| !shown.iter().any(|other| *dir != other && dir.starts_with(other));
    shown.iter().filter(outermost).map(|path| Mount { path: path.clone(), writable: false }).collect()
}

fn is_there_anyway(dir: &Path) -> bool {
    USERLAND.iter().any(|part| dir.starts_with(part)) || OWN.iter().any(|own| dir == Path::new(own))
}

/// `PREFIX` of `PREFIX/bin/program`, else the program's directory.
fn home(program: &Path) -> Option<PathBuf> {
    let parent = program.parent()?;
    match (parent.file_name(), parent.parent()) {
        (Some(name), Some(prefix)) if (name == "bin" || name == "shims") && prefix != Path::new("/") => {
            Some(prefix.to_owned())
        }
        _ => Some(parent.to_owned()),
    }
}

/// Without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(cwd: &str, found: Option<&Path>) -> Vec<String> {
        visible(Path::new(cwd), found).into_iter().map(|m| m.path.display().to_string()).collect()
    }

    #[test]
    fn the_userland_is_not_shown_twice() {
        assert_eq!(paths("/usr/share", Some(Path::new("/usr/bin/env"))), Vec::<String>::new());
        assert_eq!(paths("/", None), Vec::<String>::new());
    }

    #[test]
    fn a_program_in_the_working_directory_needs_no_more_than_that() {
        assert_eq!(paths("/home/me/api", Some(Path::new("/home/me/api/target/api"))), ["/home/me/api"]);
    }

    #[test]
    fn a_virtual_environment_shows_itself_and_what_it_links_to() {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("venv/bin");
        let real = dir.path().join("python/bin");
        for made in [&bin, &real] {
            std::fs::create_dir_all(made).unwrap();
        }
        std::fs::write(real.join("python3"), "").unwrap();
        std::os::unix::fs::symlink("../../python/bin/python3", bin.join("python")).unwrap();
        let shown = paths("/home/me", Some(&bin.join("python")));
        let at = |name: &str| dir.path().join(name).display().to_string();
        assert!(shown.contains(&at("venv")) && shown.contains(&at("python")), "{shown:?}");
    }
}
