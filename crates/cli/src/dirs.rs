//! Where moat keeps its things on the host.

use crate::failure::Failure;
use clap::Args;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// On one machine a listener takes a connection at once.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);
const VARIABLE: &str = "MOAT_DATA_DIR";

#[derive(Args, Clone)]
pub struct DataDir {
    /// Where state is kept [default: $XDG_DATA_HOME/moat, else ~/.local/share/moat]
    #[arg(long, env = VARIABLE)]
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

    /// A command for this data directory, which names it unless the command takes it by itself.
    pub fn naming(&self, command: &str) -> String {
        let of_itself =
            Self { data_dir: std::env::var_os(VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from) };
        match (self.path(), of_itself.path()) {
            (Ok(dir), usual) if usual.as_ref().ok() != Some(&dir) => {
                format!("{command} --data-dir {}", for_shell(&dir))
            }
            _ => command.to_owned(),
        }
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

/// A path as a word of a POSIX shell.
fn for_shell(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c));
    if is_plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_a_directory_that_it_would_not_take_by_itself() {
        let named = |dir: &str| DataDir { data_dir: Some(dir.into()) }.naming("moat down");
        assert_eq!(named("/srv/one"), "moat down --data-dir /srv/one");
        assert_eq!(named("/srv/the one's"), r"moat down --data-dir '/srv/the one'\''s'");
        let usual = DataDir { data_dir: std::env::var_os(VARIABLE).map(PathBuf::from) };
        assert_eq!(usual.naming("moat down"), "moat down");
    }
}
