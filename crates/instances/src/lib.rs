//! Machines that are processes: EC2's instances and local programs, each locked up behind one network
//! interface, with a disk of its own over the host's programs, which it may only read.
//!
//! Blocking: call it from threads that may wait. Every method of [`Guests`] is idempotent and may be
//! interrupted anywhere. [`init`] is the first process inside.

mod disk;
mod guest;
mod guests;
pub mod init;
mod visible;

pub use guest::{Asked, Guest, Mount, Program, Streams, Task, Watch};
pub use guests::{Error, Guests, Life};
pub use jail::process::Allowance;
pub use visible::visible;
