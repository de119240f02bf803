//! What domain names need of the rest of moat, as a trait that `server` wires.

use base::Scope;
use store::{Fault, Snapshot};

/// What there is of an API that is to be mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageFound {
    NoApi,
    NoStage,
    Found,
}

pub trait Surroundings: Send + Sync {
    /// The names in the certificate of an ARN; `None` where there is none.
    fn certificate(&self, rows: &Snapshot, scope: &Scope, arn: &str) -> Result<Option<Vec<String>>, Fault>;

    fn stage(&self, rows: &Snapshot, scope: &Scope, api: &str, stage: &str) -> Result<StageFound, Fault>;
}
