//! Connections to the servers behind gateways and load balancers, kept open and used again.
//!
//! A request is written, and its answer read, by the task that asks: no other task drives the
//! connection, so that nothing is handed from one thread to another on the way.
//! <https://www.rfc-editor.org/rfc/rfc9112#name-persistence>

mod answer;
mod open;
mod own_wakes;
mod pool;

pub use answer::Answer;
pub use pool::{Failure, Pool};
