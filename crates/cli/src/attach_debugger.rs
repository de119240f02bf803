//! `moat attach-debugger`: a function waits for a debugger at a local port.

use crate::client::{Client, FUNCTIONS};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::streams::{complain, say};
use crate::terminal::{Terminal, pass_on};
use clap::Args;
use serde_json::json;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;

/// Have a function wait for a debugger at a local port, for as long as this runs
///
/// From its next invocation on the function waits until a debugger attaches to the port, such as that of Visual Studio
/// Code with "remoteRoot": "/var/task", and has as long as it takes. A function in Python speaks the Debug Adapter
/// Protocol ("type": "debugpy"), one in Node.js the inspector's ("type": "node"). Needs lambda:UpdateFunctionCode. Ends
/// with Ctrl-C.
#[derive(Args)]
pub struct AttachDebugger {
    /// The function's name
    function: String,
    /// The local port; 0 takes a free one
    #[arg(long, default_value_t = 5678)]
    port: u16,
    #[command(flatten)]
    data: DataDir,
}

impl AttachDebugger {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let line = Terminal::bare(&self.data)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).map_err(|error| {
            Failure::new(format!("cannot listen on port {}: {error}", self.port))
                .hint(format!("moat attach-debugger {} --port 0", self.function))
        })?;
        let asked = json!({ "token": line.token, "function": self.function });
        let begun = client.json("POST", "/_moat/programs/attach", asked.to_string().as_bytes());
        let begun = begun.map_err(|failure| failure.or_hint(FUNCTIONS))?;
        let is_python = begun["runtime"].as_str().is_some_and(|runtime| runtime.starts_with("python"));
        if is_python && !crate::sdk::python().is_some_and(|dir| dir.join("debugpy").is_dir()) {
            return Err(Failure::new("debugpy is not installed for functions").hint("script/bootstrap"));
        }
        let port = listener.local_addr()?.port();
        say(&format!(
            "127.0.0.1:{port} leads to the debugger of {}, which waits at its next invocation\n",
            self.function
        ))?;
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
