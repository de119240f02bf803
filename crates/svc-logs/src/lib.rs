//! Amazon CloudWatch Logs: log groups, streams, events, retention and filtering, durable.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html>
//!
//! Functions' output arrives through [`Logs::append`]; what clients send, through
//! PutLogEvents; [`Logs::deliver_forever`] brings them to subscribers. The server calls [`Logs::expire`] from time to time; readers never see
//! expired events in between.

mod access;
pub mod api;
mod append;
mod deliver;
mod error;
mod expire;
mod live;
mod model;
pub mod needs;
pub mod ops;
mod quota;
mod state;

pub use append::{AppendError, Line};

use needs::Functions;
use std::sync::{Arc, OnceLock};
use store::Store;

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Logs {
    store: Store,
    /// Held by whoever removes events, so that nothing is counted as removed twice.
    sweeping: Arc<tokio::sync::Mutex<()>>,
    functions: Arc<OnceLock<Arc<dyn Functions>>>,
    live: live::Live,
}

impl Logs {
    pub fn new(store: Store) -> Self {
        Self { store, sweeping: Arc::default(), functions: Arc::default(), live: live::Live::default() }
    }

    /// Gives it the functions that events are delivered to, which need it themselves.
    pub fn supply(&self, functions: Arc<dyn Functions>) {
        let _ = self.functions.set(functions);
    }
}
