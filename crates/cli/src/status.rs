//! `moat status`: whether moat runs, and what it holds.

use crate::client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use clap::Args;
use jail::world;

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
            if world::find(&self.data.run_dir()?)?.is_some() {
                println!(
                    "its databases and packet rules are: `moat up` takes them over, `moat down` ends them"
                );
            }
            return Ok(1);
        };
        let (_, body) = client::call(address, "GET", "/_moat/status", b"")?;
        println!("{}", String::from_utf8_lossy(&body));
        Ok(0)
    }
}
