//! `moat env`: the variables that point AWS tools at moat.

use crate::dirs::DataDir;
use crate::failure::Failure;
use clap::Args;

/// Print exports for a shell: eval "$(moat env)"
#[derive(Args)]
pub struct Env {
    #[command(flatten)]
    data: DataDir,
}

impl Env {
    pub fn run(self) -> Result<u8, Failure> {
        let address = self.data.address()?;
        println!("export AWS_ENDPOINT_URL=http://{address}");
        println!("export AWS_ACCESS_KEY_ID=test");
        println!("export AWS_SECRET_ACCESS_KEY=test");
        println!("export AWS_DEFAULT_REGION=us-east-1");
        println!("unset AWS_SESSION_TOKEN AWS_PROFILE");
        Ok(0)
    }
}
