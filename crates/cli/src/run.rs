//! `moat run`: a local program in the VPC.

use crate::client::{Client, PLACES};
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::streams::say;
use crate::terminal::{self, Terminal};
use clap::Args;
use serde_json::{Value, json};

/// Run a local program in a VPC, at a private address, as an EC2 instance
///
/// It sees this working directory and the host's programs, which it may read; its only network is
/// its interface. Its exit code, signals and streams are those of this command. When it ends, its
/// instance and interface are gone.
#[derive(Args)]
pub struct Run {
    /// The subnet to put it in
    #[arg(long, value_name = "SUBNET-ID")]
    subnet: String,
    /// A security group of its interface; may be repeated [default: the VPC's default group]
    #[arg(long = "security-group", value_name = "SG-ID")]
    groups: Vec<String>,
    /// The instance's Name
    #[arg(long)]
    name: Option<String>,
    /// The role that it finds at 169.254.169.254; it gets an instance profile of the same name
    #[arg(long)]
    role: Option<String>,
    /// A certain private address
    #[arg(long)]
    address: Option<std::net::Ipv4Addr>,
    /// What bounds its memory and processor time
    #[arg(long, value_name = "TYPE")]
    instance_type: Option<String>,
    /// Return as soon as it runs and leave it running
    #[arg(short, long)]
    detach: bool,
    /// A variable of its environment; may be repeated
    #[arg(long = "env", value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Another directory that it sees at the same place, read-only unless `:rw` is appended
    #[arg(long = "mount", value_name = "DIR[:rw]")]
    mounts: Vec<String>,
    #[command(flatten)]
    data: DataDir,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Run {
    pub fn run(self) -> Result<u8, Failure> {
        let client = Client::of(&self.data)?;
        let profile = match &self.role {
            Some(role) => Some(profile_of(&client, role)?),
            None => None,
        };
        let program = terminal::program(self.command, &self.env, &self.mounts)?;
        let line = Terminal::offer(&self.data, &program)?;
        let asked = json!({
            "token": line.token,
            "subnet": self.subnet,
            "groups": self.groups,
            "name": self.name,
            "profile": profile,
            "address": self.address,
            "instance_type": self.instance_type,
            "detach": self.detach,
        });
        let begun = client.json("POST", "/_moat/programs/run", asked.to_string().as_bytes());
        let begun = begun.map_err(|failure| failure.or_hint(PLACES))?;
        let word = |name: &str| begun.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.detach {
            say(&format!("{} {} {}\n", word("instance"), word("interface"), word("address")))?;
            return Ok(0);
        }
        line.attend()
    }
}

/// The instance profile with the role in it; it is made when there is none.
fn profile_of(client: &Client, role: &str) -> Result<String, Failure> {
    let iam = |action: &str, fields: &[(&str, &str)]| client.query("iam", "2010-05-08", action, fields);
    let listed = iam("ListInstanceProfilesForRole", &[("RoleName", role)])?;
    if let Some(name) = between(&listed, "InstanceProfileName") {
        return Ok(name.to_owned());
    }
    iam("CreateInstanceProfile", &[("InstanceProfileName", role)])?;
    iam("AddRoleToInstanceProfile", &[("InstanceProfileName", role), ("RoleName", role)])?;
    Ok(role.to_owned())
}

/// The text of the first element of this name.
fn between<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    let (_, after) = xml.split_once(&format!("<{element}>"))?;
    Some(after.split_once('<')?.0)
}
