//! `moat map`: a drawing of the networks.

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::streams::say;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// Draw the networks: what is in them, which way it goes out, and who may talk to whom
///
/// VPCs, zones, subnets and interfaces as nested boxes, with their routes and gateways. Who may talk to whom, and
/// at which ports, is asked packet by packet, as `moat why` does, not read off the rules.
#[derive(Args)]
pub struct Map {
    /// `text` for a terminal, `svg` for a page
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only this VPC
    #[arg(long, value_name = "vpc-…")]
    vpc: Option<String>,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Svg,
}

impl Map {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let format = match self.format {
            Format::Text => "text",
            Format::Svg => "svg",
        };
        let asked = json!({ "vpc": self.vpc, "format": format });
        let answer = client.json("POST", "/_moat/map", asked.to_string().as_bytes());
        let answer = answer.map_err(|failure| failure.or_hint("moat map"))?;
        say(answer.get("map").and_then(Value::as_str).unwrap_or_default())?;
        Ok(0)
    }
}
