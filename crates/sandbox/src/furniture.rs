//! The files that code inside an environment sees.

use std::path::{Path, PathBuf};

use jail::sandbox::{Access, Root};

use crate::certificates;
use crate::environment::EnvironmentSpec;
use crate::runtime::{Resolved, Runtime};

const BOOTSTRAP: &str = include_str!("../runtimes/python/bootstrap.py");
const BOOTSTRAP_PATH: &str = "/var/runtime/bootstrap.py";
/// Lists that the C library looks names up in.
const NAME_LISTS: [&str; 2] = ["/etc/services", "/etc/protocols"];
const USERS: &str =
    "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:993::/home/sbx_user1051:/sbin/nologin\n";
const GROUPS: &str = "root:x:0:\nsbx_user1051:x:993:\n";
const HOSTS: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost\n";
const NAME_SERVICES: &str =
    "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n";

/// The program that an environment starts with its arguments.
pub(crate) struct Entrypoint {
    pub program: PathBuf,
    pub args: Vec<&'static str>,
}

/// The environment's root.
pub(crate) fn root(spec: &EnvironmentSpec, resolved: &Resolved) -> Root {
    let mut root = Root::userland();
    names(&mut root, spec);
    trust(&mut root, spec);
    root.bind(&spec.code_dir, "/var/task", Access::ReadOnly);
    match &spec.layer_dir {
        Some(layers) => root.bind(layers, "/opt", Access::ReadOnly),
        None => root.directory("/opt"),
    };
    root.memory("/tmp", u64::from(spec.tmp_mb) << 20);
    root.directory("/var/runtime");
    if let Some(interpreter) = &resolved.interpreter {
        root.file(BOOTSTRAP_PATH, BOOTSTRAP);
        if let Some(directory) = interpreter.extra_directory() {
            root.bind(directory, directory, Access::ReadOnly);
        }
        if let Some(sdk) = &spec.sdk_dir {
            root.bind(
                sdk,
                format!("/var/lang/lib/python3.{}/site-packages", interpreter.minor),
                Access::ReadOnly,
            );
        }
    }
    root
}

fn names(root: &mut Root, spec: &EnvironmentSpec) {
    root.file("/etc/resolv.conf", resolv_conf(spec));
    root.file("/etc/hosts", HOSTS).file("/etc/nsswitch.conf", NAME_SERVICES);
    root.file("/etc/passwd", USERS).file("/etc/group", GROUPS);
    for list in NAME_LISTS.iter().filter(|list| Path::new(list).exists()) {
        root.bind(*list, *list, Access::ReadOnly);
    }
}

fn trust(root: &mut Root, spec: &EnvironmentSpec) {
    let system = Path::new(certificates::INSIDE);
    let bundle = spec.ca_bundle.as_deref().or_else(|| system.exists().then_some(system));
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
        (Some(interpreter), Runtime::Python { .. }) => Some(Entrypoint {
            program: interpreter.program.clone(),
            // Unbuffered, in UTF-8, writing no bytecode, and without the host's packages: neither its site's nor
            // its user's.
            args: vec!["-u", "-X", "utf8", "-B", "-s", "-S", BOOTSTRAP_PATH],
        }),
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
fn resolv_conf(spec: &EnvironmentSpec) -> String {
    let search = spec.search_domain.iter().map(|domain| format!("search {domain}\n"));
    let servers = spec.nameservers.iter().map(|server| format!("nameserver {server}\n"));
    search.chain(servers).collect()
}
