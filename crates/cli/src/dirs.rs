//! Where moat keeps its things on the host.

use crate::failure::Failure;
use clap::Args;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// On one machine a listener takes a connection at once.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

#[derive(Args, Clone)]
pub struct DataDir {
    /// Where state is kept [default: $XDG_DATA_HOME/moat, else ~/.local/share/moat]
    #[arg(long, env = "MOAT_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
}

impl DataDir {
    pub fn path(&self) -> Result<PathBuf, Failure> {
        if let Some(dir) = &self.data_dir {
            return Ok(std::path::absolute(dir)?);
        }
        let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        var("XDG_DATA_HOME")
            .or_else(|| var("HOME").map(|home| home.join(".local/share")))
            .map(|share| share.join("moat"))
            .ok_or_else(|| {
                Failure::new("neither HOME nor XDG_DATA_HOME is set").hint("moat up --data-dir DIR")
            })
    }

    /// Where the keeper's identity and its lock are.
    pub fn run_dir(&self) -> Result<PathBuf, Failure> {
        Ok(self.path()?.join("run"))
    }

    /// The file that says where a running moat listens.
    pub fn address_file(&self) -> Result<PathBuf, Failure> {
        Ok(self.path()?.join("address"))
    }

    /// The file with the key that a running moat gives to the data directory's owner.
    pub fn console_file(&self) -> Result<PathBuf, Failure> {
        Ok(self.path()?.join("console"))
    }

    /// The address of the moat that runs on this data directory.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        let not_running = || Failure::new("moat is not running").hint("moat up -d");
        let text = std::fs::read_to_string(self.address_file()?).map_err(|_| not_running())?;
        let mut address: SocketAddr = text.trim().parse().map_err(|_| not_running())?;
        if address.ip().is_unspecified() {
            // It listens on every address; this one is always there.
            address.set_ip(if address.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                Ipv6Addr::LOCALHOST.into()
            });
        }
        // A moat that was killed leaves the file behind.
        TcpStream::connect_timeout(&address, CONNECT_PATIENCE).map_err(|_| not_running())?;
        Ok(address)
    }
}
