//! External extensions: programs of a layer that run beside the runtime, in the same environment.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jail::sandbox::{Program, Sandbox};

use crate::environment::EnvironmentSpec;
use crate::variables::variables;

/// Where they are, inside.
const DIRECTORY: &str = "/opt/extensions";
/// Extensions of a function, external and internal together.
/// <https://docs.aws.amazon.com/lambda/latest/dg/extensions-configuration.html>
const MAX_EXTENSIONS: usize = 10;
/// What extensions do not find among their variables.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-lifecycle>
const NOT_FOR_EXTENSIONS: [&str; 10] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
];

/// One that could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStarted {
    /// Its name.
    pub name: String,
    /// What the kernel said, as AWS writes it.
    pub reason: String,
    /// `PermissionDenied`, `TooManyExtensions` or `UnknownError`.
    pub error_type: &'static str,
}

/// The names of a function's external extensions, in the order of their start: every file of the directory is one.
pub fn extensions(layers: &Path) -> Vec<String> {
    let entries = fs::read_dir(layers.join("extensions")).into_iter().flatten().flatten();
    let files = entries.filter(|entry| !entry.path().is_dir());
    let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Starts all of them; answers the first that does not start, after which no other is.
pub(crate) fn start(sandbox: &mut Sandbox, spec: &EnvironmentSpec) -> Option<NotStarted> {
    let env = for_extensions(spec);
    spec.extensions.iter().enumerate().find_map(|(number, name)| {
        if number == MAX_EXTENSIONS {
            let reason = "ErrTooManyExtensions".to_owned();
            return Some(NotStarted { name: name.clone(), reason, error_type: "TooManyExtensions" });
        }
        let path = PathBuf::from(DIRECTORY).join(name);
        let program = Program { path, args: Vec::new(), env: env.clone(), cwd: "/".into() };
        let failed = sandbox.run_beside(&program).err()?;
        let (what, error_type) = match &failed {
            jail::sandbox::Error::Step(failure) if failure.denied() => {
                ("permission denied".to_owned(), "PermissionDenied")
            }
            jail::sandbox::Error::Step(failure) => (failure.source.desc().to_lowercase(), "UnknownError"),
            other => (other.to_string(), "UnknownError"),
        };
        let reason = format!("fork/exec {DIRECTORY}/{name}: {what}");
        Some(NotStarted { name: name.clone(), reason, error_type })
    })
}

fn for_extensions(spec: &EnvironmentSpec) -> Vec<(OsString, OsString)> {
    let all = variables(spec).into_iter();
    all.filter(|(name, _)| !NOT_FOR_EXTENSIONS.iter().any(|known| name == known)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::spec;
    use crate::runtime::Runtime;

    #[test]
    fn every_file_is_one_and_a_directory_is_none() {
        let dir = std::env::temp_dir().join(format!("moat-extensions-{}", std::process::id()));
        fs::create_dir_all(dir.join("extensions/library")).unwrap();
        fs::write(dir.join("extensions/two"), "").unwrap();
        fs::write(dir.join("extensions/one"), "").unwrap();
        assert_eq!(extensions(&dir), ["one", "two"]);
        assert_eq!(extensions(&dir.join("none")), Vec::<String>::new());
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn extensions_find_what_aws_lets_them_find() {
        let names: Vec<_> = for_extensions(&spec(Runtime::Python { minor: 12 }))
            .into_iter()
            .map(|(name, _)| name.into_string().unwrap())
            .collect();
        for name in ["AWS_LAMBDA_RUNTIME_API", "PATH", "LD_LIBRARY_PATH", "TZ"] {
            assert!(names.iter().any(|found| found == name), "{name}");
        }
        for name in NOT_FOR_EXTENSIONS {
            assert!(!names.iter().any(|found| found == name), "{name}");
        }
    }
}
