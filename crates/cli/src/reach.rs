//! `moat reach`: who reaches a place.

use crate::client::{Client, PLACES};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use clap::Args;
use serde_json::{Value, json};

/// Show exactly which interfaces of the VPC, and of VPCs peered with it, reach a place, and which rule stops the others
#[derive(Args)]
pub struct Reach {
    /// db:NAME, or HOST:PORT, where HOST is eni-…, i-…, an instance's Name or a private address
    #[arg(long)]
    to: String,
    /// Ask about UDP instead of TCP
    #[arg(long, conflicts_with = "icmp")]
    udp: bool,
    /// Ask about ping
    #[arg(long)]
    icmp: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Reach {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let protocol = match (self.udp, self.icmp) {
            (true, _) => "udp",
            (_, true) => "icmp",
            _ => "tcp",
        };
        let answer = reach(&client, &self.to, protocol).map_err(|failure| failure.or_hint(PLACES))?;
        self.rendering.print(answer, text)?;
        Ok(0)
    }
}

/// What a moat says of who reaches a place.
pub fn reach(client: &Client, to: &str, protocol: &str) -> Result<Value, Failure> {
    let asked = json!({ "to": to, "protocol": protocol });
    client.json("POST", "/_moat/reach", asked.to_string().as_bytes())
}

fn text(answer: &Value) -> String {
    let word =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let who = |value: &Value| {
        let [address, interface, name] = ["address", "interface", "name"].map(|part| word(value, part));
        format!("{address:<15} {interface} {name}").trim_end().to_owned()
    };
    let list = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut out = format!("{} ({})\n", word(answer, "to"), word(answer, "address"));
    for value in list("allowed") {
        out.push_str(&format!("  reaches   {}\n", who(&value)));
    }
    if answer.get("internet") == Some(&Value::Bool(true)) {
        out.push_str("  reaches   the internet\n");
    }
    for value in list("denied") {
        out.push_str(&format!("  does not  {}\n            {}\n", who(&value), word(&value, "reason")));
    }
    out
}
