//! `moat forward`: a local port that leads to a private address, as by a bastion.

use crate::client::{Client, PLACES};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::streams::{complain, say};
use crate::terminal::{Terminal, pass_on};
use clap::Args;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;

/// Lead a local port to a private address, from an interface's point of view
///
/// The rules apply as they do to the interface. Needs ssm:StartSession on its instance. Ends with
/// Ctrl-C.
#[derive(Args)]
pub struct Forward {
    /// LOCALPORT:HOST:PORT; port 0 takes a free one
    #[arg(value_name = "LOCALPORT:HOST:PORT")]
    what: String,
    /// The interface (eni-…), the instance (i-…) or its Name that connections come from
    #[arg(long)]
    from: String,
    #[command(flatten)]
    data: DataDir,
}

impl Forward {
    pub fn run(self) -> Result<u8, Failure> {
        let wrong = || {
            Failure::new(format!("`{}` is not LOCALPORT:HOST:PORT", self.what))
                .hint("moat forward 5432:db.internal:5432 --from i-…")
        };
        let (local, rest) = self.what.split_once(':').ok_or_else(wrong)?;
        let (host, port) = rest.rsplit_once(':').ok_or_else(wrong)?;
        let (local, port): (u16, u16) =
            (local.parse().map_err(|_| wrong())?, port.parse().map_err(|_| wrong())?);
        let client = Client::of(&self.data)?;
        let line = Terminal::bare(&self.data)?;
        let asked = json!({ "token": line.token, "from": self.from, "host": host, "port": port });
        let allowed = client.json("POST", "/_moat/programs/forward", asked.to_string().as_bytes());
        let allowed = allowed.map_err(|failure| failure.or_hint(PLACES))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, local)).map_err(|error| {
            Failure::new(format!("cannot listen on port {local}: {error}"))
                .hint(format!("moat forward 0:{host}:{port} --from {}", self.from))
        })?;
        let from = allowed.get("from").and_then(Value::as_str).unwrap_or_default();
        say(&format!("127.0.0.1:{} leads to {host}:{port} from {from}\n", listener.local_addr()?.port()))?;
        for near in listener.incoming() {
            let (near, data, token) = (near?, self.data.clone(), line.token.clone());
            std::thread::spawn(move || {
                if let Err(Failure { message, .. }) = pass_on(&data, &token, near.as_fd()) {
                    complain(format_args!("moat: {message}"));
                }
            });
        }
        Ok(0)
    }
}
