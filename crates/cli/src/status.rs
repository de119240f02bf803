//! `moat status`: whether moat runs, and what it holds.

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use clap::Args;
use jail::world;
use serde_json::json;

/// Say whether moat runs and what it holds; exit code 1 when it does not
#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Status {
    pub fn run(self) -> Result<u8, Failure> {
        if self.data.address().is_err() {
            let left = world::find(&self.data.run_dir()?)?.is_some();
            let answer = json!({ "running": false, "databases_and_rules_running": left });
            self.rendering.print(answer, |_| not_running(left))?;
            return Ok(1);
        }
        let answer = Client::of(&self.data)?.json("GET", "/_moat/status", b"")?;
        self.rendering.print(answer, |answer| format!("{answer}\n"))?;
        Ok(0)
    }
}

fn not_running(left: bool) -> String {
    let hint = "its databases and packet rules are: `moat up` takes them over, `moat down` ends them\n";
    format!("moat is not running\n{}", if left { hint } else { "" })
}
