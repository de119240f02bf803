//! `moat env`: the variables that point AWS tools at moat.

use crate::account;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use crate::streams::complain;
use base::AccountId;
use clap::Args;
use serde_json::{Value, json};

/// The access key whose secret everybody knows, because it is the same word.
const DEFAULT_KEY: &str = "test";

/// Print exports for a shell: eval "$(moat env)"
#[derive(Args)]
pub struct Env {
    /// For the root of this account; its secret is not known here, unless it is the default one
    #[arg(long, value_name = "ID", default_value_t)]
    account: AccountId,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Env {
    pub fn run(self) -> Result<u8, Failure> {
        let address = self.data.address()?;
        let key = self.root_key()?;
        let mut variables = json!({
            "AWS_ENDPOINT_URL": format!("http://{address}"),
            "AWS_ACCESS_KEY_ID": key,
            "AWS_DEFAULT_REGION": "us-east-1",
        });
        if key == DEFAULT_KEY {
            variables["AWS_SECRET_ACCESS_KEY"] = json!(DEFAULT_KEY);
        } else {
            complain(format_args!(
                "moat: the secret of {key} was shown when the key was made, and is not known here any more: \
                 set AWS_SECRET_ACCESS_KEY yourself, or make a new key with `moat account secure {}`",
                self.account
            ));
        }
        self.rendering.print(variables, exports)?;
        Ok(0)
    }

    fn root_key(&self) -> Result<String, Failure> {
        let accounts = account::accounts(&self.data)?;
        let this =
            |listed: &&Value| listed.get("account").and_then(Value::as_str) == Some(self.account.as_str());
        let listed = accounts.as_array().into_iter().flatten().find(this);
        let key = listed.and_then(|listed| listed.get("root_access_key_id")?.as_str());
        key.map(str::to_owned).ok_or_else(|| {
            Failure::new(format!("there is no account `{}`", self.account))
                .hint(format!("moat account add {}", self.account))
        })
    }
}

fn exports(variables: &Value) -> String {
    let member = |name: &str| variables.get(name).and_then(Value::as_str);
    let names = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"];
    let known = names.iter().filter_map(|name| Some(format!("export {name}={}\n", member(name)?)));
    let mut lines: String = known.collect();
    // A secret that the shell has for this key already is the one that is missing here.
    let has_key = std::env::var("AWS_ACCESS_KEY_ID").ok().as_deref() == member("AWS_ACCESS_KEY_ID");
    if member("AWS_SECRET_ACCESS_KEY").is_none() && !has_key {
        lines.push_str("unset AWS_SECRET_ACCESS_KEY\n");
    }
    lines + "unset AWS_SESSION_TOKEN AWS_PROFILE\n"
}
