//! The Python interpreters on this machine that function code may use: those that the sandbox's user can read,
//! found by looking where they are usually installed and nothing more.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Directories of programs, and directories of installations that each have a directory of programs.
const PROGRAMS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/opt/bin"];
const INSTALLATIONS: [&str; 3] = ["/opt", "/opt/python", "/usr/local/pyenv/versions"];
/// The same below the user's home; used only where nothing outside it has the version, since a part of the home
/// becomes visible inside, though only that part.
const HOME_INSTALLATIONS: [&str; 3] = [".pyenv/versions", ".local/share/uv/python", ".asdf/installs/python"];

/// What an interpreter interprets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Python 3.
    Python,
    /// JavaScript, by Node.js.
    Node,
}

/// An interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// Of this language.
    pub language: Language,
    /// The minor version of Python 3, the major version of Node.js.
    pub version: u32,
    /// The program.
    pub program: PathBuf,
    /// The directory under which it and its library are installed.
    pub prefix: PathBuf,
}

impl Interpreter {
    /// All of Python there are, one for each version, oldest first.
    pub fn find() -> Vec<Interpreter> {
        let mut found = BTreeMap::new();
        let directories = program_directories().into_iter().flat_map(|dir| programs(&dir));
        for interpreter in directories.filter_map(|program| Interpreter::at(&program)) {
            found.entry(interpreter.version).or_insert(interpreter);
        }
        found.into_values().collect()
    }

    /// The interpreter behind this path, if it is one that can be used.
    fn at(path: &Path) -> Option<Interpreter> {
        let program = path.canonicalize().ok()?;
        let minor = minor(&program)?;
        let prefix = program.parent()?.parent()?.to_owned();
        let library = prefix.join(format!("lib/python3.{minor}/os.py"));
        let usable = is_program(&program) && readable_inside(&program) && readable_inside(&library);
        usable.then_some(Interpreter { language: Language::Python, version: minor, program, prefix })
    }

    /// What must be shown inside for it to run, beside the userland.
    pub fn extra_directory(&self) -> Option<&Path> {
        (!self.prefix.starts_with("/usr")).then_some(&self.prefix)
    }
}

fn program_directories() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = PROGRAMS.iter().map(PathBuf::from).collect();
    directories.extend(INSTALLATIONS.iter().flat_map(|dir| installations(Path::new(dir))));
    if let Some(home) = env::var_os("HOME") {
        let home = PathBuf::from(home);
        directories.extend(HOME_INSTALLATIONS.iter().flat_map(|dir| installations(&home.join(dir))));
    }
    directories
}

/// The `bin` directories of the installations below `dir`, newest first by name.
pub(crate) fn installations(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut directories: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).collect();
    directories.sort_by(|one, other| other.cmp(one));
    directories
}

/// Programs are looked up by their full name, so that a wrapper called `python3` is no interpreter.
fn programs(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut programs: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| minor(path).is_some()).collect();
    programs.sort();
    programs
}

fn minor(program: &Path) -> Option<u32> {
    program.file_name()?.to_str()?.strip_prefix("python3.")?.parse().ok()
}

pub(crate) fn is_program(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// For root's moat the sandbox's user is nobody, and only what everybody may read counts; for an ordinary user's it
/// is that user.
pub(crate) fn readable_inside(path: &Path) -> bool {
    let nobody = jail::process::outside_id() != 0;
    match fs::metadata(path) {
        Ok(metadata) if nobody => metadata.permissions().mode() & 0o004 != 0,
        Ok(_) => File::open(path).is_ok(),
        Err(_) => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn interpreter(minor: u32, prefix: &str) -> Interpreter {
        let prefix = PathBuf::from(prefix);
        let program = prefix.join(format!("bin/python3.{minor}"));
        Interpreter { language: Language::Python, version: minor, program, prefix }
    }

    #[test]
    fn the_minor_version_is_the_whole_end_of_the_name() {
        assert_eq!(minor(Path::new("/usr/bin/python3.11")), Some(11));
        for name in ["python3", "python3.11-config", "python3.11m", "python2.7"] {
            assert_eq!(minor(Path::new(name)), None);
        }
    }

    #[test]
    fn what_is_installed_elsewhere_is_shown_and_a_script_is_no_interpreter() {
        assert_eq!(interpreter(11, "/usr").extra_directory(), None);
        assert_eq!(interpreter(11, "/opt/p").extra_directory(), Some(Path::new("/opt/p")));
        let dir = env::temp_dir().join(format!("moat-python-{}", std::process::id()));
        fs::create_dir_all(dir.join("bin")).unwrap();
        fs::create_dir_all(dir.join("lib/python3.11")).unwrap();
        fs::write(dir.join("lib/python3.11/os.py"), "").unwrap();
        fs::write(dir.join("bin/python3.11"), "#!/bin/sh\n").unwrap();
        assert_eq!(Interpreter::at(&dir.join("bin/python3.11")), None);
        fs::write(dir.join("bin/python3.11"), b"\x7fELF").unwrap();
        assert_eq!(Interpreter::at(&dir.join("bin/python3.11")).map(|found| found.version), Some(11));
        fs::remove_dir_all(&dir).unwrap();
    }
}
