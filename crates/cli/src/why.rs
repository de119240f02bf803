//! `moat why`: says why a connection or a call works or does not, and what would fix it.

use crate::client::{Client, FUNCTIONS, PLACES, escaped};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use crate::streams::say;
use clap::Args;
use serde_json::Value;

/// What shows the request ids of calls.
const RECORD: &str = "aws cloudtrail lookup-events";
const SECRETS: &str = "aws secretsmanager list-secrets --query 'SecretList[].Name'";

/// Explain whether FROM reaches TO, with the rule that decides and the fix
///
/// FROM is function:NAME, an interface (eni-…), an instance (i-… or its Name), db:NAME or a private
/// address. TO is db:NAME, secret:NAME or HOST:PORT, where HOST is an address, a DNS name, eni-…, i-… or a Name;
/// with --icmp, HOST alone. Everything
/// that stands in the way is shown, there and back, each with its rule and its fix. With --request, explain how
/// a call of the past ended, by the request id that its answer had.
/// Exit code 0 when it is reachable, or the call succeeded, 1 when not.
#[derive(Args)]
pub struct Why {
    /// function:NAME, eni-…, i-…, NAME, db:NAME or ADDRESS
    #[arg(required_unless_present = "request")]
    from: Option<String>,
    /// db:NAME, secret:NAME or HOST:PORT
    #[arg(required_unless_present = "request")]
    to: Option<String>,
    /// Explain the call that had this request id
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to", "no_probe"])]
    request: Option<String>,
    /// Ask about a UDP datagram instead of a TCP connection
    #[arg(long, conflicts_with = "icmp")]
    udp: bool,
    /// Ask about a ping instead of a TCP connection
    #[arg(long)]
    icmp: bool,
    /// Explain from the model only, without sending a packet
    #[arg(long)]
    no_probe: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Why {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let answer = match &self.request {
            Some(id) => client
                .json("GET", &format!("/_moat/requests/{}", escaped(id)), b"")
                .map_err(|failure| failure.or_hint(RECORD))?,
            None => {
                let question = serde_json::json!({ "from": self.from, "to": self.to, "probe": !self.no_probe,
                        "protocol": if self.udp { "udp" } else if self.icmp { "icmp" } else { "tcp" } });
                let asked = client.json("POST", "/_moat/why", question.to_string().as_bytes());
                asked.map_err(what_there_is)?
            }
        };
        let works = if self.request.is_some() { "succeeded" } else { "reachable" };
        let works = answer.get(works).and_then(Value::as_bool) == Some(true);
        let text = |answer: &Value| answer.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.rendering.is_plain_text() {
            say(&text(&answer))?;
        } else {
            self.rendering.print(answer, text)?;
        }
        Ok(u8::from(!works))
    }
}

/// A name that means nothing is told with what shows those that do.
fn what_there_is(failure: Failure) -> Failure {
    let list = match failure.message.split(' ').next() {
        Some("function") => FUNCTIONS,
        Some("secret") => SECRETS,
        _ => PLACES,
    };
    failure.or_hint(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_means_nothing_is_told_with_what_shows_those_that_do() {
        let hint = |message: &str| what_there_is(Failure::new(message)).hint.unwrap_or_default();
        assert_eq!(hint("function `ordres` does not exist"), FUNCTIONS);
        assert_eq!(hint("secret `prod`: Secrets Manager can't find the specified secret."), SECRETS);
        assert_eq!(hint("`ordres` is no place"), PLACES);
        let own = what_there_is(Failure::new("no").hint("moat up -d")).hint;
        assert_eq!(own.as_deref(), Some("moat up -d"));
    }
}
