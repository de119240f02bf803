//! `moat drops`: the packets that rules dropped.

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use clap::Args;
use serde_json::Value;

/// Show dropped packets, each with the rule that dropped it
#[derive(Args)]
pub struct Drops {
    /// Go on showing what is dropped
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Drops {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let mut after = 0;
        loop {
            let drops = client.ask("/_moat/drops", &format!("after={after}"))?;
            let newest = drops.as_array().and_then(|d| d.iter().filter_map(|d| d.get("at")?.as_i64()).max());
            let fresh = drops.as_array().is_some_and(|drops| !drops.is_empty());
            let is_read = if fresh || !self.follow { self.rendering.print(drops, lines)? } else { true };
            if !self.follow || !is_read {
                return Ok(0);
            }
            after = newest.unwrap_or(after).max(1);
        }
    }
}

fn lines(drops: &Value) -> String {
    let word = |drop: &Value, name: &str| drop.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    let line = |drop: &Value| {
        let [time, source, destination] = ["time", "source", "destination"].map(|name| word(drop, name));
        let [payload, rule] = ["payload", "rule"].map(|name| word(drop, name));
        format!("{time}  {source} -> {destination}  {payload}  dropped by {rule}\n")
    };
    drops.as_array().into_iter().flatten().map(line).collect()
}
