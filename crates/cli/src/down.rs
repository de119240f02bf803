//! `moat down`: stops moat and everything in its world.

use crate::dirs::DataDir;
use crate::failure::Failure;
use clap::Args;
use jail::world;

/// Stop moat, its databases and its networks; state stays on the disk
#[derive(Args)]
pub struct Down {
    #[command(flatten)]
    data: DataDir,
}

impl Down {
    pub fn run(self) -> Result<u8, Failure> {
        match world::find(&self.data.run_dir()?)? {
            Some(keeper) => {
                keeper.end()?;
                println!("moat is down");
            }
            None => println!("moat is not running"),
        }
        let _ = std::fs::remove_file(self.data.address_file()?);
        Ok(0)
    }
}
