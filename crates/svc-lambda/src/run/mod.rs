//! Running functions: pools of environments, one invocation at a time in each, their logs,
//! and the queue of asynchronous events.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

mod budget;
mod cold_start;
mod failure;
mod finish;
mod invocation;
mod journal;
mod live;
mod log_writer;
mod outcome;
mod output;
mod platform;
mod pools;
mod provision;
mod queue;
mod report;
mod scaling;
mod schedule;
mod start;
mod streaming;
mod variables;

pub use cold_start::{ColdStart, ColdStarts};
pub use invocation::{Invocation, Invoked};
pub use pools::{Pools, end_all};
pub use provision::Provisioning;
pub use queue::{QueuedEvent, waiting};
pub use scaling::Scaling;
pub use schedule::Schedule;
pub use streaming::{Answering, Streaming, Writing};
