//! For people and for programs.

use crate::Explanation;
use serde_json::{Value, json};
use std::fmt;

impl Explanation {
    /// `layer` and `fix` are the first failure's: the one to repair first.
    pub fn to_json(&self) -> Value {
        let failure = self.first_failure();
        json!({
            "from": self.from,
            "to": self.to,
            "reachable": self.reachable,
            "verdict": self.verdict,
            "layer": failure.map(|step| step.layer),
            "fix": failure.map(|step| step.fix.clone()).unwrap_or_default(),
            "steps": self.steps,
            "text": self.to_string(),
        })
    }
}

impl fmt::Display for Explanation {
    /// A line for each step, the fix below the one that fails, the verdict last. `>` marks where it breaks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} -> {}", self.from, self.to)?;
        let failing = self.steps.iter().position(|step| !step.ok);
        for (index, step) in self.steps.iter().enumerate() {
            let mark = if Some(index) == failing { '>' } else { ' ' };
            let word = if step.ok { "ok" } else { "FAIL" };
            writeln!(f, "{mark} {word:<4}  {:<15}  {}", step.layer, step.reason)?;
            for command in &step.fix {
                writeln!(f, "        fix: {command}")?;
            }
        }
        writeln!(f, "{}", self.verdict)
    }
}
