//! `moat down`: stops moat and everything in its world.

use crate::client::Client;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::Rendering;
use clap::Args;
use jail::world;
use serde_json::json;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long moat may take to stop by itself.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Stop moat, its databases and its networks; state stays on the disk
#[derive(Args)]
pub struct Down {
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

impl Down {
    pub fn run(self) -> Result<u8, Failure> {
        let run_dir = self.data.run_dir()?;
        let was_running = world::find(&run_dir)?.is_some();
        if was_running {
            if self.ask_to_stop()? {
                wait_for_the_end(&run_dir)?;
            }
            // Whatever did not stop by itself, or had no daemon to ask, ends with its keeper.
            if let Some(keeper) = world::find(&run_dir)? {
                keeper.end()?;
            }
        }
        let _ = std::fs::remove_file(self.data.address_file()?);
        let _ = std::fs::remove_file(self.data.console_file()?);
        let answer = json!({ "data_dir": self.data.path()?, "was_running": was_running });
        let said = if was_running { "moat is down\n" } else { "moat is not running\n" };
        self.rendering.print(answer, |_| said.to_owned())?;
        Ok(0)
    }

    /// Asks the daemon, if there is one, to stop its functions and databases in order; whether it will.
    fn ask_to_stop(&self) -> Result<bool, Failure> {
        let Ok(client) = Client::owner(&self.data) else { return Ok(false) };
        let meant = serde_json::to_vec(&self.data.path()?)?;
        // A daemon that refuses or does not answer is ended with its keeper.
        let (said, answer) = mpsc::channel();
        std::thread::spawn(move || said.send(client.call("POST", "/_moat/stop", &meant)));
        let asked = answer.recv_timeout(STOP_PATIENCE);
        Ok(asked.is_ok_and(|answer| answer.is_ok_and(|(status, _)| status == 202)))
    }
}

fn wait_for_the_end(run_dir: &Path) -> Result<(), Failure> {
    let begin = Instant::now();
    while begin.elapsed() < STOP_PATIENCE && world::find(run_dir)?.is_some() {
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
