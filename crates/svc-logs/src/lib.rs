//! Amazon CloudWatch Logs: log groups, streams, events, retention and filtering, durable.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html>
//!
//! Functions' output arrives through [`Logs::append`]; what clients send, through
//! PutLogEvents. The server calls [`Logs::expire`] from time to time; readers never see
//! expired events in between.

mod access;
pub mod api;
mod append;
mod error;
mod expire;
mod model;
pub mod ops;
mod quota;
mod state;

pub use append::{AppendError, Line};

use std::sync::Arc;
use store::Store;

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Logs {
    store: Store,
    /// Held by whoever removes events, so that nothing is counted as removed twice.
    sweeping: Arc<tokio::sync::Mutex<()>>,
}

impl Logs {
    pub fn new(store: Store) -> Self {
        Self { store, sweeping: Arc::default() }
    }
}
