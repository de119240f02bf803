//! What CloudWatch Logs needs of others: the functions that subscription filters deliver to.

use base::Scope;
use std::future::Future;
use std::pin::Pin;

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A function of a group's account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivering {
    /// The group's.
    pub scope: Scope,
    /// As the filter names it, an ARN.
    pub function: String,
    /// The group's ARN, with `:*` for its streams, as functions' policies name it.
    pub source_arn: String,
}

/// Why an event was not handed over. For moat's own log; it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTaken(pub String);

pub trait Functions: Send + Sync {
    /// Whether the function is there and its policy lets CloudWatch Logs invoke it.
    fn may_invoke(&self, to: &Delivering) -> Result<bool, store::Fault>;

    /// Hands over an event, to be invoked with asynchronously. It is durable when this returns.
    fn hand_over(&self, to: Delivering, event: Vec<u8>) -> Pending<'_, Result<(), NotTaken>>;
}
