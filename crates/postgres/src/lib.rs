//! PostgreSQL servers of this machine: their programs, their files, their processes. Each server
//! runs locked up in the network namespace of one interface and listens there and nowhere else.
//!
//! Blocking: call it from threads that may wait. Every method of [`Clusters`] is idempotent and
//! may be interrupted anywhere.

mod cluster;
mod installation;
mod script;

pub use cluster::{Clusters, Error, Listen};
pub use installation::{Installation, installations};
pub use script::{MasterRole, master_script};
