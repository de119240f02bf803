//! The files that code inside an environment sees.

use std::path::{Path, PathBuf};

use jail::sandbox::{Access, Fitting, Mount, Root};

use crate::blank::BlankSpec;
use crate::certificates;
use crate::environment::EnvironmentSpec;
use crate::python::{Interpreter, Language};
use crate::runtime::{Resolved, Runtime};

const BOOTSTRAP: &str = include_str!("../runtimes/python/bootstrap.py");
const BOOTSTRAP_PATH: &str = "/var/runtime/bootstrap.py";
const ZYGOTE: &str = include_str!("../runtimes/python/zygote.py");
const ZYGOTE_PATH: &str = "/var/runtime/zygote.py";
const NODE_BOOTSTRAP: &str = include_str!("../runtimes/node/bootstrap.cjs");
const NODE_BOOTSTRAP_PATH: &str = "/var/runtime/bootstrap.cjs";
const NODE_PACKAGES: &str = "/var/runtime/node_modules";
const CODE_PATH: &str = "/var/task";
const LAYERS_PATH: &str = "/opt";
const TMP_PATH: &str = "/tmp";
const RESOLVER_PATH: &str = "/etc/resolv.conf";
/// The least ephemeral storage that a function can have.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html>
pub(crate) const LEAST_TMP_MB: u32 = 512;
/// Lists that the C library looks names up in.
const NAME_LISTS: [&str; 2] = ["/etc/services", "/etc/protocols"];
const USERS: &str =
    "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:993::/home/sbx_user1051:/sbin/nologin\n";
const GROUPS: &str = "root:x:0:\nsbx_user1051:x:993:\n";
/// The environment's own name is where extensions listen for telemetry.
const HOSTS: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tsandbox.localdomain sandbox\n";
const NAME_SERVICES: &str =
    "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n";

/// Unbuffered, in UTF-8, writing no bytecode, and without the host's packages: neither its site's nor its user's.
pub(crate) const PYTHON_ARGUMENTS: [&str; 7] = ["-u", "-X", "utf8", "-B", "-s", "-S", BOOTSTRAP_PATH];

/// Only the runtime.
pub(crate) const NODE_ARGUMENTS: [&str; 1] = [NODE_BOOTSTRAP_PATH];

/// The program that an environment starts with its arguments.
pub(crate) struct Entrypoint {
    pub program: PathBuf,
    pub args: Vec<&'static str>,
}

/// The environment's root.
pub(crate) fn root(spec: &EnvironmentSpec, resolved: &Resolved) -> Root {
    let mut root = common(spec.ca_bundle.as_deref(), spec.sdk_dir.as_deref(), resolved.interpreter.as_ref());
    root.file(RESOLVER_PATH, resolv_conf(spec));
    root.bind(&spec.code_dir, CODE_PATH, Access::ReadOnly);
    match &spec.layer_dir {
        Some(layers) => root.bind(layers, LAYERS_PATH, Access::ReadOnly),
        None => root.directory(LAYERS_PATH),
    };
    root.memory(TMP_PATH, u64::from(spec.tmp_mb) << 20);
    root
}

/// The root of an environment for which no function is known yet.
pub(crate) fn blank(spec: &BlankSpec, interpreter: Option<&Interpreter>) -> Root {
    let mut root = common(spec.ca_bundle.as_deref(), spec.sdk_dir.as_deref(), interpreter);
    root.file(RESOLVER_PATH, "").directory(CODE_PATH).directory(LAYERS_PATH);
    root.memory(TMP_PATH, u64::from(LEAST_TMP_MB) << 20);
    root
}

/// The root of a parked interpreter.
pub(crate) fn parked(interpreter: &Interpreter) -> Root {
    let mut root = Root::userland();
    languages(&mut root, None, Some(interpreter));
    root.directory(CODE_PATH).directory(LAYERS_PATH);
    root
}

/// What turns a blank into the environment of a function; `resolver` is a file of [`resolv_conf`]'s text.
pub(crate) fn fitting(spec: &EnvironmentSpec, resolver: PathBuf) -> Fitting {
    let mount = |source: &Path, path: &str| Mount {
        source: source.to_owned(),
        path: path.into(),
        access: Access::ReadOnly,
    };
    let mut mounts = vec![mount(&spec.code_dir, CODE_PATH), mount(&resolver, RESOLVER_PATH)];
    mounts.extend(spec.layer_dir.iter().map(|layers| mount(layers, LAYERS_PATH)));
    let larger = (spec.tmp_mb > LEAST_TMP_MB).then(|| (TMP_PATH.into(), u64::from(spec.tmp_mb) << 20));
    Fitting { mounts, sizes: larger.into_iter().collect() }
}

fn common(ca_bundle: Option<&Path>, sdk: Option<&Path>, interpreter: Option<&Interpreter>) -> Root {
    let mut root = Root::userland();
    names(&mut root);
    trust(&mut root, ca_bundle);
    languages(&mut root, sdk, interpreter);
    root
}

fn languages(root: &mut Root, sdk: Option<&Path>, interpreter: Option<&Interpreter>) {
    root.directory("/var/runtime");
    let Some(interpreter) = interpreter else { return };
    if let Some(prefix) = interpreter.extra_directory() {
        root.bind(prefix, prefix, Access::ReadOnly);
    }
    // Where extensions that are scripts look for the function's own interpreter.
    let name = if interpreter.language == Language::Python { "python3" } else { "node" };
    root.link(format!("/var/lang/bin/{name}"), &interpreter.program);
    match interpreter.language {
        Language::Python => {
            root.file(BOOTSTRAP_PATH, BOOTSTRAP).file(ZYGOTE_PATH, ZYGOTE);
            let packages = format!("/var/lang/lib/python3.{}/site-packages", interpreter.version);
            if let Some(sdk) = sdk {
                root.bind(sdk, packages, Access::ReadOnly);
            }
        }
        Language::Node => {
            root.file(NODE_BOOTSTRAP_PATH, NODE_BOOTSTRAP);
            if let Some(sdk) = sdk {
                root.bind(sdk, NODE_PACKAGES, Access::ReadOnly);
                // Modules, unlike what is required, are looked for in the directories above and nowhere else.
                root.link("/node_modules", NODE_PACKAGES);
            }
        }
    }
}

fn names(root: &mut Root) {
    root.file("/etc/hosts", HOSTS).file("/etc/nsswitch.conf", NAME_SERVICES);
    root.file("/etc/passwd", USERS).file("/etc/group", GROUPS);
    for list in NAME_LISTS.iter().filter(|list| Path::new(list).exists()) {
        root.bind(*list, *list, Access::ReadOnly);
    }
}

fn trust(root: &mut Root, ca_bundle: Option<&Path>) {
    let system = Path::new(certificates::INSIDE);
    let bundle = ca_bundle.or_else(|| system.exists().then_some(system));
    if let Some(bundle) = bundle {
        root.bind(bundle, certificates::INSIDE, Access::ReadOnly);
        for link in certificates::INSIDE_LINKS {
            root.link(link, certificates::INSIDE);
        }
    }
}

/// What is started; `None` when a provided runtime has no `bootstrap` where one may be.
pub(crate) fn entrypoint(spec: &EnvironmentSpec, resolved: &Resolved) -> Option<Entrypoint> {
    match (&resolved.interpreter, spec.runtime) {
        (Some(interpreter), Runtime::Python { .. }) => {
            Some(Entrypoint { program: interpreter.program.clone(), args: PYTHON_ARGUMENTS.to_vec() })
        }
        (Some(interpreter), Runtime::Node { .. }) => {
            Some(Entrypoint { program: interpreter.program.clone(), args: NODE_ARGUMENTS.to_vec() })
        }
        _ => provided(spec).map(|program| Entrypoint { program, args: Vec::new() }),
    }
}

fn provided(spec: &EnvironmentSpec) -> Option<PathBuf> {
    let places = [(Some(&spec.code_dir), "/var/task/bootstrap"), (spec.layer_dir.as_ref(), "/opt/bootstrap")];
    let mut present =
        places.into_iter().filter(|(dir, _)| dir.is_some_and(|dir| dir.join("bootstrap").exists()));
    present.next().map(|(_, inside)| PathBuf::from(inside))
}

/// <https://man7.org/linux/man-pages/man5/resolv.conf.5.html>
pub(crate) fn resolv_conf(spec: &EnvironmentSpec) -> String {
    let search = spec.search_domain.iter().map(|domain| format!("search {domain}\n"));
    let servers = spec.nameservers.iter().map(|server| format!("nameserver {server}\n"));
    search.chain(servers).collect()
}
