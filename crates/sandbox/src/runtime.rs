//! The runtimes a function can name, and what stands for each on this machine.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>

use std::fmt;
use std::str::FromStr;

use crate::python::{Interpreter, Language};

/// The oldest and newest minor version of Python 3 that can be named.
const PYTHON_MINORS: std::ops::RangeInclusive<u32> = 8..=14;
/// The major versions of Node.js that can be named.
const NODE_MAJORS: [u32; 4] = [18, 20, 22, 24];

/// A runtime by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Runtime {
    /// `provided.al2` and `provided.al2023`: the function brings its own program.
    Provided {
        /// Whether Amazon Linux 2023 was asked for; both get this machine's userland.
        al2023: bool,
    },
    /// `python3.x`.
    Python {
        /// The x.
        minor: u32,
    },
    /// `nodejs20.x` and its like.
    Node {
        /// The version before the x.
        major: u32,
    },
}

/// A name that is no runtime's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no runtime is called `{0}`")]
pub struct UnknownRuntime(pub String);

impl FromStr for Runtime {
    type Err = UnknownRuntime;

    fn from_str(name: &str) -> Result<Runtime, UnknownRuntime> {
        let unknown = || UnknownRuntime(name.to_owned());
        match name {
            "provided.al2" => Ok(Runtime::Provided { al2023: false }),
            "provided.al2023" => Ok(Runtime::Provided { al2023: true }),
            _ if name.starts_with("nodejs") => {
                let known = NODE_MAJORS.into_iter().find(|major| name == format!("nodejs{major}.x"));
                known.map(|major| Runtime::Node { major }).ok_or_else(unknown)
            }
            _ => {
                let minor = name.strip_prefix("python3.").ok_or_else(unknown)?;
                let minor: u32 = minor.parse().map_err(|_| unknown())?;
                let known = PYTHON_MINORS.contains(&minor) && name == format!("python3.{minor}");
                if known { Ok(Runtime::Python { minor }) } else { Err(unknown()) }
            }
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Provided { al2023: true } => f.write_str("provided.al2023"),
            Runtime::Provided { al2023: false } => f.write_str("provided.al2"),
            Runtime::Python { minor } => write!(f, "python3.{minor}"),
            Runtime::Node { major } => write!(f, "nodejs{major}.x"),
        }
    }
}

impl Runtime {
    /// All that can be named.
    pub fn all() -> impl Iterator<Item = Runtime> {
        let provided = [false, true].map(|al2023| Runtime::Provided { al2023 });
        let pythons = PYTHON_MINORS.map(|minor| Runtime::Python { minor });
        pythons.chain(NODE_MAJORS.map(|major| Runtime::Node { major })).chain(provided)
    }

    /// The language and its version; `None` for a provided one.
    pub(crate) fn language(self) -> Option<(Language, u32)> {
        match self {
            Runtime::Provided { .. } => None,
            Runtime::Python { minor } => Some((Language::Python, minor)),
            Runtime::Node { major } => Some((Language::Node, major)),
        }
    }

    /// What runs it here: nothing more than the userland for a provided one, otherwise the interpreter of that
    /// version or the nearest one, newer before older. `None` when there is no interpreter at all.
    pub fn resolve(self, interpreters: &[Interpreter]) -> Option<Resolved> {
        let Some((language, version)) = self.language() else {
            return Some(Resolved { runtime: self, interpreter: None, warning: None });
        };
        let of_it = interpreters.iter().filter(|found| found.language == language);
        let nearest = of_it.min_by_key(|found| (found.version.abs_diff(version), found.version < version))?;
        let warning = (nearest.version != version).then(|| {
            format!(
                "{self} is not on this machine, so {}{} runs instead ({})",
                if language == Language::Python { "python3." } else { "Node.js " },
                nearest.version,
                nearest.program.display()
            )
        });
        Some(Resolved { runtime: self, interpreter: Some(nearest.clone()), warning })
    }
}

/// A runtime that can be run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The one that was named.
    pub runtime: Runtime,
    /// The interpreter, for languages that have one.
    pub interpreter: Option<Interpreter>,
    /// What differs from the one that was named.
    pub warning: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::tests::interpreter;

    #[test]
    fn names_are_read_as_they_are_written() {
        for runtime in Runtime::all() {
            assert_eq!(runtime.to_string().parse(), Ok(runtime));
        }
        for name in
            ["python3.08", "python3.7", "python2.7", "python3.", "nodejs21.x", "nodejs20", "provided", ""]
        {
            assert_eq!(name.parse::<Runtime>(), Err(UnknownRuntime(name.to_owned())));
        }
    }

    #[test]
    fn the_nearest_interpreter_stands_in_and_says_so() {
        let found = [9, 11, 13].map(|minor| interpreter(minor, "/usr"));
        let resolve = |minor| {
            let resolved = Runtime::Python { minor }.resolve(&found).unwrap();
            (resolved.interpreter.unwrap().version, resolved.warning)
        };
        assert_eq!(resolve(11), (11, None));
        let warning = "python3.12 is not on this machine, so python3.13 runs instead (/usr/bin/python3.13)";
        assert_eq!(resolve(12), (13, Some(warning.to_owned())));
        assert_eq!(resolve(8).0, 9);
        assert_eq!(Runtime::Python { minor: 11 }.resolve(&[]), None);
    }
}
