//! What EC2 needs of others for its instances: somewhere that they run, and IAM's instance profiles.

use crate::state::{Instance, InstanceProfile};
use base::{InstanceId, Scope};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a machine is not as it should be; one line, for the instance's state reason and the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct MachineError(pub String);

/// What is known of a machine's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Runs,
    /// It ran and has ended by itself.
    Ended,
    /// There is no trace of it: it never ran, or the world that it ran in is gone.
    Unknown,
}

/// The machines behind instances. Everything may be asked again at any time.
pub trait Machines: Send + Sync {
    /// Starts it unless it runs.
    fn start<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>>;

    fn life<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<Life, MachineError>>;

    /// Asks it to shut down, or ends it at once.
    fn stop<'a>(&'a self, instance: &'a Instance, force: bool) -> Pending<'a, Result<(), MachineError>>;

    /// Ends it and removes its disk.
    fn remove<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>>;

    /// Removes what was left of it, its console.
    fn forget<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>>;

    /// Whether it is a program of its own that ends with its process, rather than a machine that boots.
    fn is_program(&self, instance: &Instance) -> bool;

    /// Returns when some machine ended.
    fn ended(&self) -> Pending<'_, ()>;

    /// The last bytes that it wrote to its console.
    fn console(&self, id: &InstanceId) -> Vec<u8>;
}

/// A profile and the role in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProfile {
    pub profile: InstanceProfile,
    pub role: Option<String>,
}

/// IAM's instance profiles.
pub trait Profiles: Send + Sync {
    /// By name or ARN.
    fn find(&self, scope: &Scope, name_or_arn: &str) -> Result<Option<FoundProfile>, store::Fault>;
}

/// Given once, when a moat is put together.
pub struct Needs {
    pub machines: Arc<dyn Machines>,
    pub profiles: Arc<dyn Profiles>,
}
