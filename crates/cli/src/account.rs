//! `moat account`: accounts beside the default one, and the access keys of their roots.

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::{Rendering, table};
use base::AccountId;
use clap::{Args, Subcommand};
use serde_json::Value;

const ACCOUNTS: &str = "/_moat/accounts";

/// Add, list and remove accounts; give their roots new keys
#[derive(Args)]
pub struct Account {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add an account and print its root's access key, which is shown this once
    Add {
        /// Twelve digits [default: chosen at random]
        id: Option<AccountId>,
        #[command(flatten)]
        at: At,
    },
    /// List the accounts
    List {
        #[command(flatten)]
        at: At,
    },
    /// Remove an account that holds nothing any more
    Remove {
        id: AccountId,
        #[command(flatten)]
        at: At,
    },
    /// Give an account's root a new access key, which is shown this once; the one before works no more
    ///
    /// For the default account this switches off the key `test`, which `moat up --bind` needs.
    Secure {
        /// Twelve digits
        #[arg(default_value_t)]
        id: AccountId,
        #[command(flatten)]
        at: At,
    },
}

#[derive(Args)]
struct At {
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Account {
    pub fn run(self) -> Result<u8, Failure> {
        match self.command {
            Command::Add { id: Some(id), at } => at.issue(&format!("{ACCOUNTS}/{id}")),
            Command::Add { id: None, at } => at.issue(ACCOUNTS),
            Command::Secure { id, at } => at.issue(&format!("{ACCOUNTS}/{id}/key")),
            Command::List { at } => at.list(),
            Command::Remove { id, at } => at.remove(&id),
        }
    }
}

impl At {
    fn issue(&self, path: &str) -> Result<u8, Failure> {
        let issued = Client::owner(&self.data)?.json("POST", path, b"");
        let issued = issued.map_err(|failure| failure.or_hint("moat account list"))?;
        self.rendering.print(issued, exports)?;
        Ok(0)
    }

    fn list(&self) -> Result<u8, Failure> {
        self.rendering.print(accounts(&self.data)?, table)?;
        Ok(0)
    }

    fn remove(&self, id: &AccountId) -> Result<u8, Failure> {
        let answer = Client::owner(&self.data)?.json("DELETE", &format!("{ACCOUNTS}/{id}"), b"");
        answer.map_err(|failure| failure.or_hint("moat account list"))?;
        let removed = serde_json::json!({ "removed": id });
        self.rendering.print(removed, |_| format!("account {id} is removed\n"))?;
        Ok(0)
    }
}

/// Every account: its id, its root's access key id, and what it holds.
pub fn accounts(data: &DataDir) -> Result<Value, Failure> {
    Client::owner(data)?.json("GET", ACCOUNTS, b"")
}

/// The key as exports for a shell, under a line that says whose it is.
fn exports(issued: &Value) -> String {
    let member = |name: &str| issued.get(name).and_then(Value::as_str).unwrap_or_default();
    format!(
        "# the root of account {}; the secret is not shown again\n\
         export AWS_ACCESS_KEY_ID={}\n\
         export AWS_SECRET_ACCESS_KEY={}\n",
        member("account"),
        member("access_key_id"),
        member("secret_access_key"),
    )
}
