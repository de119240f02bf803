//! `moat up`: starts moat.

use crate::FAILURE;
use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::internet::InternetOptions;
use crate::render::Rendering;
use crate::state_dir::{self, Idle};
use crate::streams::Lossy;
use clap::Args;
use jail::world::{self, Entered, Outside, OutsideSocket, WorldSpec};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// What is said when moat answers, followed by its address.
const READY: &str = "moat is ready at http://";
/// How long after it is ready what only starting needed is given back.
const STARTED: Duration = Duration::from_secs(1);
const ANOTHER_DIR: &str = "moat up --data-dir DIR";

/// Start moat
#[derive(Args)]
pub struct Up {
    /// Return as soon as moat is ready and leave it running
    #[arg(short, long)]
    detach: bool,
    /// Port of the AWS API; 0 takes a free one
    #[arg(long, default_value_t = 4566)]
    port: u16,
    /// Address to listen on; another than loopback needs `moat account secure` first
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    #[command(flatten)]
    data: DataDir,
    /// Do not wait for the disk: for tests and throw-away instances
    #[arg(long)]
    ephemeral: bool,
    /// Let functions run from this directory, or one below it, as it is on the disk: who may update a function's
    /// code names it as the key of the bucket `hot-reload`; may be repeated
    #[arg(long, value_name = "DIR")]
    hot_reload: Vec<PathBuf>,
    #[command(flatten)]
    internet: InternetOptions,
    #[command(flatten)]
    rendering: Rendering,
}

impl Up {
    pub fn run(self) -> Result<u8, Failure> {
        let data_dir = self.data.path()?;
        private_dir(&data_dir)?;
        if state_dir::is_unsettled(&data_dir) {
            drop(Idle::of(&self.data)?);
        }
        if self.detach { self.detached(&data_dir) } else { self.foreground(data_dir) }
    }

    fn foreground(self, data_dir: PathBuf) -> Result<u8, Failure> {
        let wanted = SocketAddr::new(self.bind, self.port);
        let listener = TcpListener::bind(wanted).map_err(|error| {
            self.already_running(&data_dir).unwrap_or_else(|| {
                Failure::new(format!("cannot listen on {wanted}: {error}")).hint("moat up --port 0")
            })
        })?;
        let run_dir = self.data.run_dir()?;
        let spec = WorldSpec { run_dir: run_dir.clone(), outlive_front: false };
        let adopted = world::find(&run_dir)?.is_some();
        match world::enter(&spec, vec![listener.into()]).map_err(|e| self.not_entered(&data_dir, e))? {
            Entered::Daemon(world) => self.daemon(data_dir, world),
            Entered::Front(code) => {
                // Asked to stop, moat takes everything along; killed, it leaves databases and rules in place.
                let did_not_start = code == i32::from(FAILURE) && !adopted;
                if (code == 0 || did_not_start)
                    && let Some(keeper) = world::find(&run_dir)?
                {
                    keeper.end()?;
                }
                Ok(u8::try_from(code).unwrap_or(1))
            }
        }
    }

    /// Says so when a moat runs on this data directory, and not just anybody on its port.
    fn already_running(&self, data_dir: &Path) -> Option<Failure> {
        world::find(&self.data.run_dir().ok()?).ok()??;
        let address = self.data.address().ok()?;
        let text = format!("moat is already running on `{}` at http://{address}", data_dir.display());
        let down = self.data.naming("moat down");
        Some(Failure::new(text).hint(format!("{down}, or moat up --data-dir ANOTHER --port 0")))
    }

    fn not_entered(&self, data_dir: &Path, error: world::Error) -> Failure {
        match error {
            world::Error::AlreadyRunning { .. } => {
                self.already_running(data_dir).unwrap_or_else(|| Failure::from(error).hint("moat down"))
            }
            // What is left of a moat that was killed may still be ending.
            other if self.data.run_dir().is_ok_and(|run| matches!(world::find(&run), Ok(Some(_)))) => {
                Failure::from(other).hint(format!("{}, then this again", self.data.naming("moat down")))
            }
            other => Failure::from(other).hint("moat doctor"),
        }
    }

    fn daemon(self, data_dir: PathBuf, mut world: world::World) -> Result<u8, Failure> {
        log_to_stderr();
        let hot_reload = self.hot_reload.iter().map(|dir| opened(dir)).collect::<Result<_, _>>()?;
        let listener = world.passed.pop().ok_or_else(|| Failure::new("the listening socket was lost"))?;
        let config = server::Config {
            listener: TcpListener::from(listener),
            address_file: self.data.address_file()?,
            console_file: self.data.console_file()?,
            data_dir: data_dir.clone(),
            state_dir: world.state_dir.clone(),
            ephemeral: self.ephemeral,
            python_sdk: crate::sdk::python(),
            node_sdk: crate::sdk::node(),
            hot_reload,
            outside: Arc::new(HostNetwork(world.outside)),
            internet: self.internet.wanted(),
        };
        server::run(config, |address| {
            let usual = |_: &Value| format!("{READY}{address}\n");
            // Nobody may be there any more to read it.
            let _ = self.rendering.print(ready(&format!("http://{address}"), &data_dir), usual);
            std::thread::spawn(give_back_what_starting_took);
        })
        .map_err(|error| match error {
            server::StartError::DefaultKey { .. } => Failure::from(error)
                .hint("moat up -d --bind 127.0.0.1 && moat account secure && moat down, then this again"),
            other => Failure::from(other),
        })?;
        Ok(0)
    }

    /// Starts the foreground form as a process of its own and waits for its first line.
    fn detached(self, data_dir: &Path) -> Result<u8, Failure> {
        let log_path = data_dir.join("moat.log");
        let log = std::fs::File::options().create(true).append(true).open(&log_path).map_err(|error| {
            Failure::new(format!("cannot write `{}`: {error}", log_path.display())).hint(ANOTHER_DIR)
        })?;
        let logged = log.metadata().map_or(0, |m| m.len());
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("up").arg("--port").arg(self.port.to_string()).arg("--bind").arg(self.bind.to_string());
        command.arg("--data-dir").arg(data_dir);
        if self.ephemeral {
            command.arg("--ephemeral");
        }
        command.args(self.internet.words());
        for directory in &self.hot_reload {
            command.arg("--hot-reload").arg(opened(directory)?);
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).process_group(0).spawn()?;
        let mut first = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut first)?;
        }
        if first.is_empty() {
            let status = child.wait()?;
            return Err(said(&log_path, logged).unwrap_or_else(|| {
                Failure::new(format!("moat did not start ({status})")).hint("moat doctor")
            }));
        }
        let url = first.trim().strip_prefix(READY).map(|address| format!("http://{address}"));
        let mut answer = ready(&url.unwrap_or_default(), data_dir);
        answer["log"] = json!(log_path);
        self.rendering.print(answer, |_| {
            let down = self.data.naming("moat down");
            format!("{first}stop it with `{down}`; its log is {}\n", log_path.display())
        })?;
        Ok(0)
    }
}

/// A directory by its path without links.
fn opened(directory: &Path) -> Result<PathBuf, Failure> {
    directory.canonicalize().ok().filter(|path| path.is_dir()).ok_or_else(|| {
        Failure::new(format!("`{}` is not a directory that can be opened", directory.display()))
    })
}

/// A daemon that nobody calls holds little; what its first calls need is mapped by then, or is again.
fn give_back_what_starting_took() {
    std::thread::sleep(STARTED);
    if let Err(error) = jail::code::give_back_code() {
        tracing::debug!(%error, "give back what starting took");
    }
}

fn ready(url: &str, data_dir: &Path) -> Value {
    json!({ "url": url, "data_dir": data_dir })
}

/// The network that the daemon has left.
struct HostNetwork(Outside);

impl server::Outside for HostNetwork {
    fn tcp(&self, is_ipv6: bool) -> std::io::Result<OwnedFd> {
        self.0.open(if is_ipv6 { OutsideSocket::Tcp6 } else { OutsideSocket::Tcp4 })
    }

    fn udp(&self, is_ipv6: bool) -> std::io::Result<OwnedFd> {
        self.0.open(if is_ipv6 { OutsideSocket::Udp6 } else { OutsideSocket::Udp4 })
    }
}

/// What a failed start wrote to the log as its last word, in the form in which `main` writes it.
fn said(log: &Path, from: u64) -> Option<Failure> {
    let text = std::fs::read(log).ok()?;
    let text = String::from_utf8_lossy(text.get(usize::try_from(from).ok()?..)?).into_owned();
    let message = text.lines().rev().find_map(|line| line.strip_prefix("moat: "))?;
    let hint = text.lines().rev().find_map(|line| line.strip_prefix("  try: "));
    let failure = Failure::new(message);
    Some(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

/// Keys and secrets lie in there: nobody else may look.
fn private_dir(dir: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| {
        let dir = dir.display();
        Failure::new(format!("cannot create the data directory `{dir}`: {error}")).hint(ANOTHER_DIR)
    })
}

fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Lossy(std::io::stderr())).try_init();
}
