//! Lambda through its whole pipeline: requests as clients send them, against environments
//! that speak the real runtime API over a socket and are otherwise made up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod asynchronous;
mod concurrency;
mod environment;
mod functions;
mod invocations;
mod layers;
mod logging;
mod network;
mod permissions;
mod streaming;
mod urls;
mod versions;
mod world;
