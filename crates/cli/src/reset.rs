//! `moat reset`: removes all state.

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::{Rendering, table};
use crate::state_dir::{self, Idle};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Remove all state of the data directory; without --yes, say what would be removed
#[derive(Args)]
pub struct Reset {
    /// Do it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Reset {
    pub fn run(self) -> Result<u8, Failure> {
        let dir = self.data.path()?;
        if state_dir::is_unsettled(&dir) {
            drop(Idle::of(&self.data)?);
        }
        if !state_dir::is_there(&dir) {
            let answer = json!({ "data_dir": dir, "removed": false, "rows": [] });
            self.rendering.print(answer, |_| format!("there is no state in {}\n", dir.display()))?;
            return Ok(0);
        }
        // It is read before the directory is locked: reading takes the same lock.
        if self.yes {
            drop(Idle::of(&self.data)?);
            state_dir::unlock();
        }
        let rows = rows(&self.stored()?);
        if self.yes {
            let _idle = Idle::of(&self.data)?;
            state_dir::remove(&dir)?;
        }
        let said = if self.yes { "removed from" } else { "would be removed from" };
        let answer = json!({ "data_dir": dir, "removed": self.yes, "rows": rows });
        self.rendering.print(answer, |answer| {
            let rows = answer.get("rows").map(table).unwrap_or_default();
            let hint = if self.yes { "" } else { "nothing is removed yet: moat reset --yes does it\n" };
            format!("{said} {}:\n{rows}{hint}", dir.display())
        })?;
        Ok(0)
    }

    /// Rows by table: as the running moat says, else as the directory has them.
    fn stored(&self) -> Result<Vec<(String, u64)>, Failure> {
        if self.data.address().is_err() {
            let stored = server::inventory(&self.data.path()?)?;
            return Ok(stored.into_iter().map(|(table, rows)| (table, rows as u64)).collect());
        }
        let status = Client::owner(&self.data)?.json("GET", "/_moat/status", b"")?;
        let stored = status.get("stored").and_then(Value::as_object).into_iter().flatten();
        Ok(stored.map(|(table, rows)| (table.clone(), rows.as_u64().unwrap_or_default())).collect())
    }
}

/// A row for each service and what it has.
fn rows(stored: &[(String, u64)]) -> Value {
    let mut services: BTreeMap<&str, u64> = BTreeMap::new();
    for (table, rows) in stored {
        *services.entry(state_dir::service(table)).or_default() += rows;
    }
    services.iter().map(|(service, rows)| json!({ "service": service, "rows": rows })).collect()
}
