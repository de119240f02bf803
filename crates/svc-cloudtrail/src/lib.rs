//! AWS CloudTrail: the record of calls, and looking things up in it.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
//!
//! [`CloudTrail::record`] takes a call that ended and returns at once; a task of its own writes
//! what has gathered to the store, so that the record slows no call and waits for no disk. What
//! has not been written when moat is killed is lost; what is asked through
//! [`CloudTrail::flush`] or LookupEvents has been written before.

pub mod api;
mod error;
mod event_history;
mod explanation;
mod model;
pub mod ops;
mod quota;
mod recorder;
mod state;
mod trail;

pub use model::observed::{Observed, without_secrets};
pub use model::parameters::{is_kept, note};
pub use state::{Entry, Reasons};
pub use trail::CloudTrail;
