//! AWS Lambda: functions, who may invoke them, and the pools of environments they run in.
//! <https://docs.aws.amazon.com/lambda/latest/api/welcome.html>

pub mod api;
mod code;
mod concurrency;
mod debugging;
mod destinations;
mod error;
mod hot_reload;
mod kept_policies;
mod lambda;
mod layers;
pub mod model;
mod name;
pub mod needs;
mod on_behalf;
mod ops;
pub mod quota;
mod reconcile;
mod release;
mod render;
mod resolve;
mod role;
mod run;
mod url;

pub use debugging::VARIABLE as DEBUGGED;
pub use lambda::{Config, Lambda};
pub use ops::registry;
pub use run::{ColdStart, Invoked, QueuedEvent};
pub use url::UrlCall;
