//! `moat lint`: what in a policy can never apply, told from AWS's service authorization reference.

use crate::failure::Failure;
use crate::render::Rendering;
use clap::Args;
use policy::{Document, Policy, PolicyKind, Remark};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More is no policy: AWS takes 10,240 characters at most, and 20,480 from an organisation.
const LARGEST: u64 = 1 << 20;

/// Find what in a policy can never apply: actions that AWS does not have, keys and resources that
/// none of a statement's actions has
///
/// Needs no running moat. Exit code 0 when there is nothing to say, 1 when there is.
#[derive(Args)]
pub struct Lint {
    /// Policy documents in JSON; - is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    rendering: Rendering,
}

impl Lint {
    pub fn run(self) -> Result<u8, Failure> {
        let mut found = Vec::new();
        for file in &self.files {
            let remarks = look_through(file)?;
            found.extend(remarks.iter().map(|remark| told(file, remark)));
        }
        let is_clean = found.is_empty();
        let lines = |answer: &Value| {
            answer.as_array().into_iter().flatten().map(|remark| line(remark) + "\n").collect::<String>()
        };
        self.rendering.print(Value::Array(found), lines)?;
        Ok(u8::from(!is_clean))
    }
}

fn look_through(file: &Path) -> Result<Vec<Remark>, Failure> {
    let name = file.display();
    let text = read(file).map_err(|e| Failure::new(format!("cannot read `{name}`: {e}")))?;
    let document = Document::parse(&text).map_err(|e| Failure::new(format!("`{name}`: {e}")))?;
    let policy = Policy::new(&name.to_string(), Arc::new(document));
    Ok(policy::lint(PolicyKind::IdentityBased, &policy, &actions::Aws))
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(file)?.take(LARGEST).read_to_string(&mut text)?;
    }
    Ok(text)
}

fn told(file: &Path, remark: &Remark) -> Value {
    json!({
        "file": file.display().to_string(),
        "statement": remark.statement.index,
        "sid": remark.statement.sid.as_deref(),
        "remark": remark.flaw.to_string(),
    })
}

/// `policy.json: statement 0 (Read): there is no action …`
fn line(told: &Value) -> String {
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let sid = text("sid").map(|sid| format!(" ({sid})")).unwrap_or_default();
    let statement = told.get("statement").and_then(Value::as_u64).unwrap_or_default();
    let (file, remark) = (text("file").unwrap_or_default(), text("remark").unwrap_or_default());
    format!("{file}: statement {statement}{sid}: {remark}")
}
