//! The environment of a runtime process.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>

use crate::model::{Function, LogFormat, Settings};
use crate::needs::{EnvironmentVariables, RoleCredentials};

/// Where the runtime API listens inside every environment.
const RUNTIME_API: &str = "127.0.0.1:9001";
const PATH: &str = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin";
const LIBRARY_PATH: &str =
    "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

/// Why an environment is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initialization {
    OnDemand,
    Provisioned,
}

impl Initialization {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
        }
    }
}

/// What is an environment's own.
pub struct Stage<'a> {
    pub log_stream: &'a str,
    pub credentials: &'a RoleCredentials,
    pub initialization: Initialization,
}

/// The user's variables, and over them Lambda's.
pub fn variables(
    function: &Function,
    settings: &Settings,
    stage: &Stage<'_>,
    ca_bundle: Option<&str>,
) -> EnvironmentVariables {
    let mut all: Vec<(String, String)> =
        overridable(settings).map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(path) = ca_bundle {
        for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            all.push((name.to_owned(), path.to_owned()));
        }
    }
    for (name, value) in settings.environment.iter() {
        set(&mut all, name, value);
    }
    let region = function.scope.region.as_str();
    let memory = settings.memory_mb.to_string();
    let group = function.log_group(settings);
    let version = function.version_name();
    for (name, value) in [
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", stage.credentials.access_key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", stage.credentials.secret_access_key.as_str()),
        ("AWS_SESSION_TOKEN", stage.credentials.session_token.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", version.as_str()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", group.as_str()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stage.log_stream),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", stage.initialization.as_str()),
        ("AWS_LAMBDA_RUNTIME_API", RUNTIME_API),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("_HANDLER", settings.handler.as_str()),
    ] {
        set(&mut all, name, value);
    }
    set(&mut all, "AWS_LAMBDA_LOG_FORMAT", settings.log_format.as_str());
    if let LogFormat::Json { application, .. } = settings.log_format {
        set(&mut all, "AWS_LAMBDA_LOG_LEVEL", application.as_str());
    }
    EnvironmentVariables(all)
}

/// What the user's own variables may replace.
fn overridable(settings: &Settings) -> impl Iterator<Item = (&'static str, String)> + '_ {
    let node = settings.runtime.strip_prefix("nodejs").and_then(|rest| rest.strip_suffix(".x"));
    let python = settings.runtime.starts_with("python");
    let managed = python || node.is_some();
    let execution = managed.then(|| ("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", settings.runtime)));
    let python_path = python.then(|| ("PYTHONPATH", "/var/runtime".to_owned()));
    let node_path = node.map(|major| {
        let layers = format!("/opt/nodejs/node{major}/node_modules:/opt/nodejs/node_modules");
        ("NODE_PATH", format!("{layers}:/var/runtime/node_modules:/var/runtime:/var/task"))
    });
    [("TZ", ":UTC"), ("LANG", "en_US.UTF-8"), ("PATH", PATH), ("LD_LIBRARY_PATH", LIBRARY_PATH)]
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .chain(execution)
        .chain(python_path)
        .chain(node_path)
}

fn set(all: &mut Vec<(String, String)>, name: &str, value: &str) {
    match all.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => value.clone_into(old),
        None => all.push((name.to_owned(), value.to_owned())),
    }
}
