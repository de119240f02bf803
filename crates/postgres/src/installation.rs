//! The PostgreSQL versions that the machine has.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where distributions put the server programs of each major version.
const PARENTS: [&str; 2] = ["/usr/lib/postgresql", "/usr/lib64/postgresql"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Such as `15.18`.
    pub version: String,
    /// The directory of `postgres`, `initdb` and `psql`.
    pub programs: PathBuf,
}

/// Every installation, newest first.
pub fn installations() -> Vec<Installation> {
    let mut found: Vec<Installation> = candidates().iter().filter_map(|dir| installation(dir)).collect();
    found.sort_by_key(|i| std::cmp::Reverse(numbers(&i.version)));
    found.dedup_by(|a, b| a.version == b.version);
    found
}

fn candidates() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for parent in PARENTS {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        dirs.extend(entries.flatten().map(|entry| entry.path().join("bin")));
    }
    if let Some(path) = std::env::var_os("PATH") {
        dirs.extend(std::env::split_paths(&path).filter(|dir| dir.starts_with("/usr")));
    }
    dirs
}

fn installation(dir: &Path) -> Option<Installation> {
    let whole = ["postgres", "initdb", "psql"].iter().all(|program| dir.join(program).is_file());
    if !whole {
        return None;
    }
    let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
    let version = version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Installation { version, programs: dir.to_owned() })
}

/// The version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version(line: &str) -> Option<String> {
    let word = line.split_whitespace().nth(2)?;
    numbers(word).first().map(|_| word.to_owned())
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_prints() {
        assert_eq!(
            version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n").as_deref(),
            Some("15.18")
        );
        assert_eq!(version("postgres (PostgreSQL) devel\n"), None);
        assert_eq!(version(""), None);
    }
}
