//! Why a function reaches something or does not: name resolution, the packet's way, and permissions,
//! composed into one explanation that names the rule which decides and the command that repairs it.
//! Pure: everything it needs to know is in the [`Question`].

pub mod analysis;
mod blockers;
mod explain;
mod explanation;
mod name;
mod path;
mod permission;
mod question;
mod render;
mod service_endpoint;

pub use blockers::{Blocker, blockers};
pub use explain::explain;
pub use explanation::{Explanation, Layer, Step};
pub use question::{Call, Dns, EndpointPolicy, Listener, Placement, Question, Subject, Target, endpoint_of};
