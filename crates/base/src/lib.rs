//! What every crate needs and none owns: ids, ARNs, regions, accounts, time and
//! randomness behind traits. No I/O, no async runtime.

mod arn;
mod clock;
mod id;
mod ids;
mod loopback;
mod scope;

pub use arn::{Arn, ArnError};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use id::*;
pub use ids::{Ids, RandomIds, SequentialIds};
pub use loopback::is_loopback_host;
pub use scope::{AccountId, Region, Scope, ScopeError};

/// The AWS partition moat plays: the commercial one.
pub const PARTITION: &str = "aws";
