//! `moat assert`: statements about who reaches what, checked.

use crate::client::{Client, PLACES};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::reach::reach;
use crate::streams::say;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

const FORMS: &str = "allowed FROM TO:PORT, denied FROM TO:PORT, or only FROM[,FROM…] TO:PORT";

/// Check statements about who reaches what; exit code 1 when one does not hold
///
/// A line each: `allowed FROM TO:PORT`, `denied FROM TO:PORT`, `only FROM[,FROM…] TO:PORT`, with
/// places as in `moat why`; `/udp` or `/icmp` after the port; `#` begins a comment. Decided by the
/// rules, without sending a packet.
#[derive(Args)]
pub struct Assert {
    /// The statements, such as `denied function:web db:main:5432` and `only function:orders db:orders:5432`
    file: PathBuf,
    #[command(flatten)]
    data: DataDir,
}

impl Assert {
    pub fn run(self) -> Result<u8, Failure> {
        let text = std::fs::read_to_string(&self.file)
            .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", self.file.display())))?;
        let client = Client::of(&self.data)?;
        let mut failed = 0;
        for (index, line) in text.lines().enumerate() {
            let statement = line.split('#').next().unwrap_or_default().trim();
            if statement.is_empty() {
                continue;
            }
            let place = format!("{}:{}", self.file.display(), index + 1);
            let checked = check(&client, statement);
            let wrong = checked
                .map_err(|f| Failure { message: format!("{place}: {}", f.message), ..f }.or_hint(PLACES))?;
            failed += u32::from(wrong.is_some());
            say(&match wrong {
                None => format!("ok    {statement}\n"),
                Some(reason) => format!("FAIL  {statement}\n      {reason}\n"),
            })?;
        }
        Ok(u8::from(failed > 0))
    }
}

/// Why a statement does not hold; `None` when it does.
fn check(client: &Client, statement: &str) -> Result<Option<String>, Failure> {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let [kind, from, to] = words.as_slice() else {
        return Err(Failure::new(format!("`{statement}` is not a statement")).hint(FORMS));
    };
    let (to, protocol) = match to.rsplit_once('/') {
        Some((to, protocol @ ("tcp" | "udp" | "icmp"))) => (to, protocol),
        _ => (*to, "tcp"),
    };
    match *kind {
        "allowed" | "denied" => {
            let question = json!({ "from": from, "to": to, "probe": false, "protocol": protocol });
            let answer = client.json("POST", "/_moat/why", question.to_string().as_bytes())?;
            let reached = answer.get("reachable").and_then(Value::as_bool) == Some(true);
            let verdict = answer.get("verdict").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok((reached != (*kind == "allowed")).then_some(verdict))
        }
        "only" => only(client, from, to, protocol),
        _ => Err(Failure::new(format!("`{kind}` is no kind of statement")).hint(FORMS)),
    }
}

fn only(client: &Client, from: &str, to: &str, protocol: &str) -> Result<Option<String>, Failure> {
    let answer = reach(client, to, protocol)?;
    let known: Vec<&str> = from.split(',').collect();
    let (mut others, mut missing) = (Vec::new(), known.clone());
    for reaches in answer.get("allowed").and_then(Value::as_array).into_iter().flatten() {
        let parts = ["interface", "instance", "name", "address"];
        let names: Vec<&str> = parts.iter().filter_map(|part| reaches.get(*part)?.as_str()).collect();
        if names.iter().any(|name| known.contains(name)) {
            missing.retain(|wanted| !names.contains(wanted));
        } else {
            others.push(names.join(" "));
        }
    }
    if answer.get("internet") == Some(&Value::Bool(true)) {
        others.push("the internet".to_owned());
    }
    Ok(match (others.as_slice(), missing.as_slice()) {
        ([], []) => None,
        ([], missing) => Some(format!("{} does not reach it", missing.join(", "))),
        (others, _) => Some(format!("also reached by {}", others.join("; "))),
    })
}
