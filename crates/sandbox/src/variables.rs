//! The environment variables that every function finds.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::certificates;
use crate::environment::EnvironmentSpec;
use crate::runtime::Runtime;

/// Where a runtime finds the runtime API, in every environment.
const RUNTIME_API: &str = "127.0.0.1:9001";

/// What the caller gave, and of the rest what it did not give.
pub(crate) fn variables(spec: &EnvironmentSpec) -> Vec<(OsString, OsString)> {
    let mut variables = defaults(spec.runtime);
    variables.insert("_HANDLER".to_owned(), spec.handler.clone());
    if spec.ca_bundle.is_some() {
        let bundle = certificates::INSIDE.to_owned();
        variables.extend(certificates::VARIABLES.map(|name| (name.to_owned(), bundle.clone())));
    }
    variables.extend(spec.variables.iter().cloned());
    variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// What an interpreter and its libraries find when they start, whatever the function.
pub(crate) fn read_at_start(runtime: Runtime, bundle: bool) -> Vec<(String, String)> {
    let names =
        ["LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", "PATH", "LANG", "TZ", "AWS_LAMBDA_RUNTIME_API"];
    let found = defaults(runtime).into_iter().filter(|(name, _)| names.contains(&name.as_str()));
    let certificates = bundle.then(|| ("NODE_EXTRA_CA_CERTS".to_owned(), certificates::INSIDE.to_owned()));
    found.chain(certificates).collect()
}

fn defaults(runtime: Runtime) -> BTreeMap<String, String> {
    let libraries =
        "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";
    let mut defaults = BTreeMap::from([
        ("AWS_LAMBDA_RUNTIME_API", RUNTIME_API.to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        ("LD_LIBRARY_PATH", libraries.to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ]);
    if let Runtime::Python { .. } = runtime {
        defaults.insert("PYTHONPATH", "/var/runtime".to_owned());
        defaults.insert("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}"));
    }
    if let Runtime::Node { major } = runtime {
        defaults.insert("NODE_PATH", node_path(major));
        defaults.insert("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}"));
    }
    defaults.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Where Node.js finds packages: of layers, of the runtime, of the function.
pub(crate) fn node_path(major: u32) -> String {
    format!(
        "/opt/nodejs/node{major}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::spec;

    fn value(spec: &EnvironmentSpec, name: &str) -> Option<String> {
        let found = variables(spec).into_iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_string().unwrap())
    }

    #[test]
    fn what_the_caller_gives_wins() {
        let mut spec = spec(Runtime::Python { minor: 12 });
        assert_eq!(value(&spec, "TZ").as_deref(), Some(":UTC"));
        assert_eq!(value(&spec, "AWS_EXECUTION_ENV").as_deref(), Some("AWS_Lambda_python3.12"));
        assert_eq!(value(&spec, "_HANDLER").as_deref(), Some("app.handler"));
        spec.variables.push(("TZ".to_owned(), "Asia/Tokyo".to_owned()));
        assert_eq!(value(&spec, "TZ").as_deref(), Some("Asia/Tokyo"));
    }

    #[test]
    fn programs_are_told_of_the_bundle_only_when_there_is_one() {
        let mut spec = spec(Runtime::Provided { al2023: true });
        assert_eq!(value(&spec, "AWS_CA_BUNDLE"), None);
        assert_eq!(value(&spec, "PYTHONPATH"), None);
        spec.ca_bundle = Some("/x".into());
        assert_eq!(value(&spec, "AWS_CA_BUNDLE").as_deref(), Some(certificates::INSIDE));
    }
}
