//! What Lambda needs from the rest of moat, as traits that this crate owns and the server
//! crate wires. Nothing here names another service's types.

use base::{Arn, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp, VpcId};
use runtime_api::ShutdownReason;
use std::fmt;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A boxed future, so that the traits below can be trait objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Everything [`crate::Lambda`] is given by whoever wires it.
#[derive(Clone)]
pub struct Needs {
    pub environments: Arc<dyn Environments>,
    pub interfaces: Arc<dyn Interfaces>,
    pub credentials: Arc<dyn Credentials>,
    pub permissions: Arc<dyn RolePermissions>,
    pub logs: Arc<dyn LogSink>,
    pub clock: Arc<dyn base::Clock>,
    pub ids: Arc<dyn base::Ids>,
}

// ---- execution environments -------------------------------------------------------------

/// Starts execution environments.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
pub trait Environments: Send + Sync {
    /// Starts one environment and returns as soon as its runtime process runs and its
    /// runtime API listens; whether the function's own initialisation succeeds is seen on
    /// the session. When this fails nothing of the environment is left behind.
    fn start(&self, wanted: StartEnvironment) -> Pending<'_, Result<Environment, StartError>>;
    /// Functions of this runtime may be invoked from now on, so what can be made ahead of their first start may be.
    fn expect(&self, runtime: &str) {
        let _ = runtime;
    }
}

/// What an environment is made from.
#[derive(Clone)]
pub struct StartEnvironment {
    /// Thirty-two hexadecimal digits, unique; also the end of the log stream's name.
    pub id: String,
    pub scope: Scope,
    pub function_name: String,
    /// `$LATEST`.
    pub version: String,
    /// `python3.12`, `provided.al2023`, …
    pub runtime: String,
    /// Directory on the host that holds the unpacked package; seen read-only at `/var/task`.
    pub code: PathBuf,
    /// Directory on the host that holds the layers over one another; seen at `/opt`.
    pub layers: Option<PathBuf>,
    /// The whole environment of the runtime process, the runtime API's address included.
    pub env: EnvironmentVariables,
    pub memory_mb: u32,
    /// Size of the environment's own writable `/tmp`.
    pub ephemeral_storage_mb: u32,
    pub network: Network,
}

/// Variables of the runtime process. They carry credentials and users' secrets, so they are
/// not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvironmentVariables(pub Vec<(String, String)>);

impl fmt::Debug for EnvironmentVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// How an environment reaches the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Without a VpcConfig: Lambda's own network, with the way to the internet that AWS gives.
    Internet,
    /// Through the hub that holds this network interface, and no other way.
    Interface(AttachedInterface),
}

/// A running environment. Dropping it does not end it: `process.kill()` does.
pub struct Environment {
    /// The runtime API as its owner sees it.
    pub session: runtime_api::Session,
    /// The reading end of the pipe that is the runtime's standard output and standard error.
    pub output: OwnedFd,
    /// The same of its external extensions, if it has any.
    pub extension_output: Option<OwnedFd>,
    /// What the function's log should say first, such as that another version of the runtime runs.
    pub warning: Option<String>,
    pub process: Box<dyn Process>,
    /// What the start was made of, for the trace of a cold start, in order.
    pub steps: Vec<Step>,
}

/// One step of a cold start.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// `namespaces`, `mounts`, `network`, `exec`, …
    pub name: String,
    #[serde(rename = "micros", with = "micros")]
    pub took: Duration,
}

mod micros {
    use std::time::Duration;

    pub fn serialize<S: serde::Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(u64::try_from(d.as_micros()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        <u64 as serde::Deserialize>::deserialize(d).map(Duration::from_micros)
    }
}

/// The process of an environment.
pub trait Process: Send + Sync {
    /// Ends every process of the environment and frees what it held (namespaces, wiring to
    /// the hub, cgroup, its /tmp). Asking twice is harmless.
    fn kill(&self) -> Pending<'_, ()>;
    /// The same, after the runtime and the extensions have been told and had their time. Where there are no
    /// extensions there is no such time.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>
    fn shut_down(&self, reason: ShutdownReason) -> Pending<'_, ()> {
        let _ = reason;
        self.kill()
    }
    /// Waits until the runtime process has ended. May be asked repeatedly.
    fn exited(&self) -> Pending<'_, Exit>;
    /// The most memory the environment ever held, in bytes, where the machine can say.
    fn max_memory_used(&self) -> Option<u64>;
}

/// How a runtime process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Status(i32),
    Signal(i32),
    /// The environment went over its memory.
    OutOfMemory,
}

/// The names that AWS's texts use.
pub fn signal_name(signal: i32) -> String {
    match signal {
        6 => "aborted".to_owned(),
        7 => "bus error".to_owned(),
        8 => "floating point exception".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        15 => "terminated".to_owned(),
        other => format!("signal {other}"),
    }
}

/// Why an environment did not start. The text is for moat's own log, never for a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error("the runtime `{0}` is not installed on this machine")]
    RuntimeMissing(String),
    #[error("the network interface `{0}` has no hub")]
    InterfaceMissing(NetworkInterfaceId),
    #[error("the machine has no room for another environment")]
    NoRoom,
    #[error("starting an environment failed at step `{step}`: {reason}")]
    Step { step: String, reason: String },
}

// ---- network interfaces -----------------------------------------------------------------

/// Lambda's requester-managed interfaces: one per subnet and set of security groups, shared
/// by all functions that ask for the same.
/// <https://docs.aws.amazon.com/lambda/latest/dg/foundation-networking.html#foundation-nw-connecting>
pub trait Interfaces: Send + Sync {
    /// Whether such subnets and groups exist, and in which VPC.
    fn describe(&self, scope: &Scope, wanted: &VpcWish) -> Result<VpcId, VpcWishError>;
    /// Creates or finds the interface of each subnet, in the order of the subnets, and
    /// notes that `function_arn` uses them. Returns when they are stored *and* their hubs
    /// forward packets. Asking again for the same is harmless.
    fn attach(
        &self,
        scope: &Scope,
        function_arn: &Arn,
        wanted: &VpcWish,
    ) -> Pending<'_, Result<Vec<AttachedInterface>, AttachError>>;
    /// Notes that `function_arn` uses only `keep` from now on; interfaces nobody uses go.
    fn release(
        &self,
        scope: &Scope,
        function_arn: &Arn,
        keep: Option<&VpcWish>,
    ) -> Pending<'_, Result<(), AttachError>>;
}

/// Subnets and security groups as a VpcConfig names them: sorted, without repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VpcWish {
    pub subnet_ids: Vec<SubnetId>,
    pub security_group_ids: Vec<SecurityGroupId>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AttachedInterface {
    pub interface: NetworkInterfaceId,
    pub subnet: SubnetId,
    pub vpc: VpcId,
}

/// Why a VpcConfig cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VpcWishError {
    #[error("the subnet `{0}` does not exist")]
    SubnetMissing(SubnetId),
    #[error("the security group `{0}` does not exist")]
    SecurityGroupMissing(SecurityGroupId),
    #[error("the subnets are in more than one VPC")]
    SubnetsOfSeveralVpcs,
    #[error("the security groups are not in the subnets' VPC")]
    SecurityGroupsOfAnotherVpc,
    #[error("the tables could not be read: {0}")]
    Fault(String),
}

/// Why no interface could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    #[error(transparent)]
    Wish(#[from] VpcWishError),
    #[error("the subnet `{0}` has no free address")]
    SubnetFull(SubnetId),
    #[error("the VPC has as many Lambda interfaces as the quota allows")]
    QuotaReached,
    #[error("the interface could not be made: {0}")]
    Fault(String),
}

// ---- roles ------------------------------------------------------------------------------

/// Temporary keys of an execution role.
pub trait Credentials: Send + Sync {
    /// Assumes `role` as `lambda.amazonaws.com`, with the function's name as session name.
    fn assume(
        &self,
        role: &Arn,
        session_name: &str,
        source_function: &Arn,
    ) -> Pending<'_, Result<RoleCredentials, AssumeError>>;
}

#[derive(Clone, PartialEq, Eq)]
pub struct RoleCredentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub expires: Timestamp,
}

impl fmt::Debug for RoleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Why a role cannot be assumed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssumeError {
    #[error("the role `{0}` does not exist")]
    RoleMissing(Arn),
    #[error("the trust policy of `{0}` does not let lambda.amazonaws.com assume it")]
    NotTrusted(Arn),
    #[error("the role could not be assumed: {0}")]
    Fault(String),
}

/// What a role may do. Asked when a function is made and before its logs are written.
pub trait RolePermissions: Send + Sync {
    /// Whether `lambda.amazonaws.com` may assume the role.
    fn assumable(&self, role: &Arn) -> Result<(), AssumeError>;
    /// Whether a session of the role may do `action` on `resource` (an ARN or `*`).
    fn allows(&self, role: &Arn, action: &str, resource: &str) -> bool;
}

// ---- logs -------------------------------------------------------------------------------

/// Where log lines go: CloudWatch Logs. Lambda has asked [`RolePermissions`] before.
pub trait LogSink: Send + Sync {
    /// Creates the group when it is missing. A group that exists is no error.
    fn create_group(&self, scope: &Scope, group: &str) -> Pending<'_, Result<(), LogError>>;
    /// Creates the stream when it is missing. A stream that exists is no error.
    fn create_stream(&self, scope: &Scope, group: &str, stream: &str) -> Pending<'_, Result<(), LogError>>;
    /// Appends lines in the order given.
    fn append(
        &self,
        scope: &Scope,
        group: &str,
        stream: &str,
        lines: Vec<LogLine>,
    ) -> Pending<'_, Result<(), LogError>>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub at: Timestamp,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("the log group `{0}` does not exist")]
    GroupMissing(String),
    #[error("the log stream `{0}` does not exist")]
    StreamMissing(String),
    #[error("the lines could not be stored: {0}")]
    Fault(String),
}
