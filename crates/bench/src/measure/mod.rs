//! What is measured, one file each.

pub mod balancer;
pub mod cold;
pub mod cores;
pub mod durable;
pub mod flood;
pub mod gateway;
pub mod history;
pub mod identity;
pub mod neighbour;
pub mod network;
pub mod shared;
pub mod start;
pub mod warm;

use crate::caller::Request;
use std::time::{Duration, Instant};

/// Bounds of one run.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Samples of what is cheap enough for a 99th percentile.
    pub samples: usize,
    /// No measurement goes on for longer, whatever it has.
    pub time: Duration,
}

impl Bounds {
    /// Whether a measurement that began then has used up its time.
    pub fn over(&self, begun: Instant) -> bool {
        begun.elapsed() > self.time
    }
}

pub fn progress(text: &str) {
    eprintln!("bench: {text}");
}

/// The same number of requests for each connection.
pub fn lists(connections: usize, each: usize, mut request: impl FnMut() -> Request) -> Vec<Vec<Request>> {
    (0..connections).map(|_| (0..each).map(|_| request()).collect()).collect()
}
