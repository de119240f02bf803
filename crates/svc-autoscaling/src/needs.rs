//! What groups need of the rest of moat, as traits that `server` wires.

use crate::state::{Place, TemplateVersion};
use base::{Clock, Ids, Scope, Timestamp};
use service::{Call, ServiceError};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future, so that the traits below can be trait objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone)]
pub struct Needs {
    pub machines: Arc<dyn Machines>,
    pub targets: Arc<dyn Targets>,
    pub roles: Arc<dyn Roles>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// EC2, as groups see it.
pub trait Machines: Send + Sync {
    /// Counts the changes of instances: another number says that there is something to look at.
    fn edits(&self) -> u64;

    /// All instances of an account in a region.
    fn all(&self, scope: &Scope) -> Result<Vec<Machine>, NeedError>;

    /// What a launch template says; the error is EC2's own.
    fn template(
        &self,
        scope: &Scope,
        id: Option<&str>,
        name: Option<&str>,
        version: Option<&str>,
    ) -> Result<Template, ServiceError>;

    fn subnet(&self, scope: &Scope, id: &str) -> Result<Option<Place>, NeedError>;

    /// The subnets of the default VPC.
    fn default_subnets(&self, scope: &Scope) -> Result<Vec<Place>, NeedError>;

    /// Whether this caller could make such a launch, and whether it could succeed.
    fn check<'a>(&'a self, call: &'a Call, launch: &'a Launch) -> Pending<'a, Result<(), LaunchRefused>>;

    /// Launches one instance, or finds that of an earlier launch with the same token again.
    fn launch<'a>(&'a self, launch: &'a Launch) -> Pending<'a, Result<String, LaunchRefused>>;

    fn terminate<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>>;

    /// Gives an instance tags, those that it has with the same keys included.
    fn tag<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        instance: &'a str,
        tags: &'a [(String, String)],
    ) -> Pending<'a, Result<(), NeedError>>;

    /// Takes away the tag that says that an instance is of this group.
    fn untag<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        instance: &'a str,
        group: &'a str,
    ) -> Pending<'a, Result<(), NeedError>>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineState {
    Pending,
    Running,
    /// Stopping or stopped.
    Stopped,
    /// On its way out, or gone and still shown.
    Ending,
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    pub id: String,
    /// The client token of its launch.
    pub token: Option<String>,
    pub state: MachineState,
    pub place: Place,
    pub vpc: String,
    pub kind: String,
    pub image: String,
    pub launched: Timestamp,
    /// The group that its tag names.
    pub group: Option<String>,
}

/// One version of a launch template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub version: TemplateVersion,
    pub image: Option<String>,
    pub kind: Option<String>,
    /// Whether it names network interfaces; the subnet then goes with the first of them.
    pub has_interfaces: bool,
    /// Whether it says the subnet or the interface itself, which is for the group to say.
    pub names_subnet: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    pub scope: Scope,
    /// The service-linked role.
    pub role: String,
    pub template: Template,
    pub place: Place,
    pub token: String,
    pub tags: Vec<(String, String)>,
}

/// EC2's words for why it does not launch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LaunchRefused {
    /// Whether the caller may not.
    pub is_denied: bool,
    pub message: String,
}

/// Elastic Load Balancing's target groups.
pub trait Targets: Send + Sync {
    /// Counts the changes of target groups.
    fn edits(&self) -> u64;

    /// The instances in a target group; `None` when there is no such group of instances.
    fn of(&self, scope: &Scope, group: &str) -> Result<Option<Vec<Target>>, NeedError>;

    fn register<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        group: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>>;

    fn deregister<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        group: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub instance: String,
    pub health: TargetHealth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetHealth {
    /// Not known yet, or not checked.
    Initial,
    Healthy,
    Unhealthy,
    Draining,
}

/// IAM, as groups see it.
pub trait Roles: Send + Sync {
    /// The ARN of the service-linked role, which is made in the caller's name when there is none.
    fn linked<'a>(&'a self, call: &'a Call) -> Pending<'a, Result<String, ServiceError>>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{step} failed: {reason}")]
pub struct NeedError {
    pub step: &'static str,
    pub reason: String,
}

impl From<NeedError> for ServiceError {
    fn from(error: NeedError) -> Self {
        Self::internal(error)
    }
}
