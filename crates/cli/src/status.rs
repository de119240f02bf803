//! `moat status`: whether moat runs, and what it holds.

use crate::client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use clap::Args;

/// Say whether moat runs and what it holds; exit code 1 when it does not
#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    data: DataDir,
}

impl Status {
    pub fn run(self) -> Result<u8, Failure> {
        let Ok(address) = self.data.address() else {
            println!("moat is not running");
            return Ok(1);
        };
        let (_, body) = client::call(address, "GET", "/_moat/status", b"")?;
        println!("{}", String::from_utf8_lossy(&body));
        Ok(0)
    }
}
