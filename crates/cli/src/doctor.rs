//! `moat doctor`: what this machine can do, what is missing, and the command that fixes it.

use crate::failure::Failure;
use crate::render::{Colour, Rendering, paint};
use clap::Args;
use jail::cgroup::ControlGroups;
use jail::userns::Forbidden;
use sandbox::Interpreter;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Check what this machine can do and say how to get what is missing
#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    rendering: Rendering,
}

struct Check {
    name: &'static str,
    found: Result<String, Missing>,
}

struct Missing {
    what: String,
    fix: String,
    /// Without it moat cannot start.
    fatal: bool,
}

impl Doctor {
    pub fn run(self) -> Result<u8, Failure> {
        let checks =
            [user_namespaces(), nftables(), cgroup(), python(), sdk(), node(), node_sdk(), postgres()];
        let fatal = |check: &Check| check.found.as_ref().is_err_and(|missing| missing.fatal);
        let worst = checks.iter().any(fatal);
        let answer = Value::Array(checks.iter().map(Check::json).collect());
        self.rendering.print(answer, |_| checks.iter().map(Check::lines).collect())?;
        Ok(u8::from(worst))
    }
}

impl Check {
    fn json(&self) -> Value {
        match &self.found {
            Ok(found) => json!({ "name": self.name, "state": "ok", "found": found }),
            Err(Missing { what, fix, fatal }) => {
                let state = if *fatal { "failed" } else { "absent" };
                json!({ "name": self.name, "state": state, "found": what, "fix": fix })
            }
        }
    }

    fn lines(&self) -> String {
        let painted = |colour, word| paint(&std::io::stdout(), colour, word);
        let name = self.name;
        match &self.found {
            Ok(what) => format!("{}      {name}: {what}\n", painted(Colour::Green, "ok")),
            Err(Missing { what, fix, fatal }) => {
                let (colour, word) =
                    if *fatal { (Colour::Red, "FAILED") } else { (Colour::Yellow, "absent") };
                format!("{}  {name}: {what}\n        try: {fix}\n", painted(colour, word))
            }
        }
    }
}

fn user_namespaces() -> Check {
    // Trying is the only way to know; `unshare` does it in a process of its own.
    let tried = Command::new("unshare").args(["--user", "--map-root-user", "--net", "true"]).output();
    let found = match tried {
        Ok(output) if output.status.success() => Ok("allowed".to_owned()),
        _ => {
            let reason = Forbidden::find();
            Err(Missing { what: reason.to_string(), fix: reason.fix().to_owned(), fatal: true })
        }
    };
    Check { name: "user namespaces", found }
}

/// The module may be built in or loaded on first use; either way its socket family answers.
fn nftables() -> Check {
    let present = Path::new("/proc/net/netfilter").exists();
    let found = if present {
        Ok("the kernel has netfilter".to_owned())
    } else {
        Err(Missing {
            what: "the kernel has no netfilter".to_owned(),
            fix: "sudo modprobe nf_tables".to_owned(),
            fatal: true,
        })
    };
    Check { name: "nftables", found }
}

fn cgroup() -> Check {
    let (bounds, freezer) = ControlGroups::probe();
    Check { name: "cgroup", found: Ok(format!("{bounds}; what is idle is stopped by {freezer}")) }
}

fn python() -> Check {
    let found: Vec<String> = Interpreter::find()
        .iter()
        .map(|i| format!("python3.{} ({})", i.version, i.program.display()))
        .collect();
    let found = if found.is_empty() {
        Err(Missing {
            what: "no interpreter that functions could use".to_owned(),
            fix: "sudo apt-get install --yes python3".to_owned(),
            fatal: false,
        })
    } else {
        Ok(found.join(", "))
    };
    Check { name: "runtimes", found }
}

fn sdk() -> Check {
    let found = match crate::sdk::python() {
        Some(dir) if dir.join("boto3").is_dir() => Ok(dir.display().to_string()),
        _ => Err(Missing {
            what: "boto3 for Python functions".to_owned(),
            fix: crate::sdk::in_checkout().map_or_else(
                || format!("python3 -m pip install --target {} boto3", crate::sdk::PYTHON_OF_USER),
                str::to_owned,
            ),
            fatal: false,
        }),
    };
    Check { name: "Python SDK", found }
}

fn node() -> Check {
    let programs = sandbox::node::find();
    let named: Vec<String> =
        programs.iter().map(|i| format!("Node.js {} ({})", i.version, i.program.display())).collect();
    let found = if named.is_empty() {
        Err(Missing {
            what: "no Node.js that functions could use".to_owned(),
            fix: "sudo apt-get install --yes nodejs".to_owned(),
            fatal: false,
        })
    } else {
        Ok(named.join(", "))
    };
    Check { name: "Node.js", found }
}

fn node_sdk() -> Check {
    let directory = crate::sdk::node();
    let version = directory.as_ref().and_then(|dir| {
        let manifest = std::fs::read(dir.join("@aws-sdk/client-sts/package.json")).ok()?;
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).ok()?;
        Some(manifest.get("version")?.as_str()?.to_owned())
    });
    let found = match (directory, version) {
        (Some(dir), Some(version)) => Ok(format!("{version}, {}", dir.display())),
        (Some(dir), None) => Ok(dir.display().to_string()),
        (None, _) => Err(Missing {
            what: "@aws-sdk for functions in Node.js".to_owned(),
            fix: crate::sdk::in_checkout().map_or_else(
                || format!("npm install --prefix {} @aws-sdk/client-sts", crate::sdk::NODE_OF_USER),
                str::to_owned,
            ),
            fatal: false,
        }),
    };
    Check { name: "Node.js SDK", found }
}

fn postgres() -> Check {
    let found = match server::postgres_versions().first() {
        Some(newest) => Ok(newest.clone()),
        None => Err(Missing {
            what: "no server programs found".to_owned(),
            fix: "sudo apt-get install --yes postgresql".to_owned(),
            fatal: false,
        }),
    };
    Check { name: "PostgreSQL", found }
}
