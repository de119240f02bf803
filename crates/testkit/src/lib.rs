//! Support for tests: a blocking signed client that speaks HTTP over a plain socket, and
//! [`World`], a real moat on a free port with a data directory of its own.
//!
//! Everything here panics when something is not as it must be, because a test that goes on
//! after that proves nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed step must fail the test"
)]

mod client;
mod http;
mod world;

pub use client::Client;
pub use http::{Answer, exchange, read_answer};
pub use tempfile::{TempDir, tempdir};
pub use world::World;
