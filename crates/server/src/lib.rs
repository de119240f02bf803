//! Wiring only: opens what a moat is made of, implements the traits that the services own, and
//! runs the reconcilers. Nothing is decided here that a service or a pure crate could decide.

mod accounts;
mod apis;
mod as_service;
mod authority;
mod balancers;
mod certificates;
mod databases;
mod debugger;
mod develop;
mod domain_names;
mod environments;
mod flow_logs;
mod functions;
mod http_apis;
mod identity;
mod instances;
mod internal;
mod link_turns;
mod listeners;
mod log_subscribers;
mod managed_secrets;
mod map;
mod metadata;
mod names;
mod network;
mod obstacles;
mod outside;
mod places;
mod programs;
mod reach;
mod record;
mod refusals;
mod rest_apis;
mod running;
mod scaling;
mod services;
mod sockets;
mod spares;
mod terminal;
mod vpc_links;
mod why;

pub use terminal::SOCKET as TERMINAL;

use base::{Region, SystemClock};
pub use edge::{Named, Outside};
pub use outside::Internet;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Threads that answer calls. Blocking work has its own.
const WORKERS: usize = 2;

/// What a daemon is started with.
pub struct Config {
    /// Bound on the host before the world was entered.
    pub listener: TcpListener,
    /// Where state is kept.
    pub data_dir: PathBuf,
    /// In the world: lives and dies with the keeper.
    pub state_dir: PathBuf,
    /// Written with the address while the daemon runs, so that commands find it.
    pub address_file: PathBuf,
    /// Written likewise, with the key that commands of the data directory's owner sign with.
    pub console_file: PathBuf,
    pub ephemeral: bool,
    /// The directory with boto3 that Python functions find.
    pub python_sdk: Option<PathBuf>,
    /// Packages that every function in Node.js can require; a `node_modules` directory.
    pub node_sdk: Option<PathBuf>,
    /// Directories that functions may be run from as they are, with what is below them.
    pub hot_reload: Vec<PathBuf>,
    /// Opens sockets on the host's network.
    pub outside: Arc<dyn edge::Outside>,
    /// Given when connections to the outside are to be carried.
    pub internet: Option<Internet>,
}

/// Why a daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] store::Fault),
    #[error(transparent)]
    Keyring(#[from] keyring::KeyringError),
    #[error(transparent)]
    Ca(#[from] edge::CaError),
    #[error(transparent)]
    Plane(#[from] netplane::PlaneError),
    #[error("refusing to listen on {address}: the root key is the default one, which everybody knows")]
    DefaultKey { address: SocketAddr },
    #[error("listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("{step}")]
    Io { step: &'static str, source: std::io::Error },
}

pub(crate) fn io(step: &'static str) -> impl Fn(std::io::Error) -> StartError {
    move |source| StartError::Io { step, source }
}

/// Runs a daemon until it is told to stop. `ready` is called once, when calls are answered.
pub fn run(config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(io("start the runtime"))?;
    let outcome = runtime.block_on(serve(config, ready));
    // Blocking work that is under way may be waiting for a packet: it does not hold up the end.
    runtime.shutdown_background();
    outcome
}

async fn serve(config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
    let address = config.listener.local_addr().map_err(io("look at the listening socket"))?;
    let address_file = config.address_file.clone();
    let console_file = config.console_file.clone();
    let running = services::start(config, Region::default(), SystemClock).await?;
    std::fs::write(&address_file, format!("{address}\n")).map_err(io("write the address file"))?;
    ready(address);
    let mut terminated = signal(SignalKind::terminate()).map_err(io("watch for signals"))?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(io("watch for signals"))?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        () = running.stop_asked() => {}
    }
    let _ = std::fs::remove_file(&address_file);
    let _ = std::fs::remove_file(&console_file);
    running.stop().await;
    Ok(())
}

/// The PostgreSQL versions of this machine, for `moat doctor`.
pub fn postgres_versions() -> Vec<String> {
    postgres::installations().into_iter().map(|i| i.version).collect()
}

/// How many rows of each table a data directory holds, while no moat runs on it.
pub fn inventory(data_dir: &std::path::Path) -> Result<Vec<(String, usize)>, store::Fault> {
    let store = store::Store::open(data_dir, store::Durability::Full)?;
    store.counts("")
}
