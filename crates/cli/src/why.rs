//! `moat why`: says why a connection or a call works or does not, and what would fix it.

use crate::client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use clap::{Args, ValueEnum};

/// Explain whether FROM reaches TO, with the rule that decides and the fix
///
/// FROM is function:NAME. TO is db:NAME, secret:NAME or HOST:PORT. With --request, explain how
/// a call of the past ended, by the request id that its answer had.
/// Exit code 0 when it is reachable, or the call succeeded, 1 when not.
#[derive(Args)]
pub struct Why {
    /// function:NAME
    #[arg(required_unless_present = "request")]
    from: Option<String>,
    /// db:NAME, secret:NAME or HOST:PORT
    #[arg(required_unless_present = "request")]
    to: Option<String>,
    /// Explain the call that had this request id
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to", "no_probe"])]
    request: Option<String>,
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Explain from the model only, without sending a packet
    #[arg(long)]
    no_probe: bool,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

impl Why {
    pub fn run(self) -> Result<u8, Failure> {
        let address = self.data.address()?;
        let (status, body) = match &self.request {
            Some(id) => client::call(address, "GET", &format!("/_moat/requests/{id}"), b"")?,
            None => {
                let question =
                    serde_json::json!({ "from": self.from, "to": self.to, "probe": !self.no_probe });
                client::call(address, "POST", "/_moat/why", question.to_string().as_bytes())?
            }
        };
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        if status != 200 {
            let text = answer.get("message").and_then(|m| m.as_str()).unwrap_or("no reason given");
            return Err(Failure::new(text));
        }
        match self.output {
            Output::Json => println!("{}", serde_json::to_string_pretty(&answer)?),
            Output::Text => {
                print!("{}", answer.get("text").and_then(|t| t.as_str()).unwrap_or_default());
            }
        }
        let works = if self.request.is_some() { "succeeded" } else { "reachable" };
        Ok(u8::from(answer.get(works).and_then(serde_json::Value::as_bool) != Some(true)))
    }
}
