//! What RDS needs from the rest of moat, as traits that this crate owns and `server` wires.

use base::{Arn, Clock, Ids, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, VpcId};
use std::fmt;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future, so that the traits below can be trait objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone)]
pub struct Needs {
    pub subnets: Arc<dyn Subnets>,
    pub servers: Arc<dyn Servers>,
    pub secrets: Arc<dyn Secrets>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// The network that databases are put into.
pub trait Subnets: Send + Sync {
    /// Where a subnet is; `None` when there is no such subnet.
    fn subnet(&self, scope: &Scope, subnet: &SubnetId) -> Result<Option<SubnetPlace>, NeedError>;

    /// Whether the subnet has a free address.
    fn has_room(&self, scope: &Scope, subnet: &SubnetId) -> Result<bool, NeedError>;

    /// The VPC of a security group; `None` when there is no such group.
    fn group_vpc(&self, scope: &Scope, group: &SecurityGroupId) -> Result<Option<VpcId>, NeedError>;

    /// The VPC's default security group.
    fn default_group(&self, scope: &Scope, vpc: &VpcId) -> Result<SecurityGroupId, NeedError>;

    /// Creates, or finds again, the interface of the database, with these groups. Returns when
    /// it is stored and forwards packets.
    fn attach<'a>(
        &'a self,
        scope: &'a Scope,
        database: &'a str,
        subnet: &'a SubnetId,
        groups: &'a [SecurityGroupId],
    ) -> Pending<'a, Result<Attached, NeedError>>;

    /// Gives the interface back. Without one it does nothing.
    fn release<'a>(&'a self, scope: &'a Scope, database: &'a str) -> Pending<'a, Result<(), NeedError>>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubnetPlace {
    pub vpc: VpcId,
    pub availability_zone: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub interface: NetworkInterfaceId,
    pub address: Ipv4Addr,
}

/// The PostgreSQL servers of this machine. Every call is idempotent.
pub trait Servers: Send + Sync {
    /// The versions that can be started, such as `15.18`, newest first.
    fn versions(&self) -> Vec<String>;

    /// Whether its process runs, which an earlier daemon may have started.
    fn runs<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<bool, ServerError>>;

    /// Makes the server be: its files exist, its process listens on the interface's address,
    /// and answers there.
    fn ensure<'a>(&'a self, server: &'a Server) -> Pending<'a, Result<(), ServerError>>;

    /// Makes the master role be, with this password, and the first database.
    fn ensure_master<'a>(
        &'a self,
        server: &'a Server,
        master: &'a Master,
    ) -> Pending<'a, Result<(), ServerError>>;

    /// Ends the process and removes its files.
    fn remove<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<(), ServerError>>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `db-…`: names its files and its process; never used again for another database.
    pub resource_id: String,
    pub version: String,
    pub interface: NetworkInterfaceId,
    pub address: Ipv4Addr,
    pub port: u16,
    /// `max_connections`, from the instance class's memory as on AWS.
    pub max_connections: u32,
}

#[derive(Clone)]
pub struct Master {
    pub username: String,
    pub password: Password,
    /// The database created with the instance, if one was named.
    pub database: Option<String>,
}

/// A database password. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Why a server is not there. The text becomes the reason that `describe` shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    #[error("PostgreSQL {0} is not installed on this machine")]
    VersionMissing(String),
    #[error("the server did not answer on {address}:{port} within {seconds} s")]
    Unreachable { address: Ipv4Addr, port: u16, seconds: u64 },
    #[error("{step} failed: {reason}")]
    Step { step: &'static str, reason: String },
}

/// Secrets Manager, as the keeper of master passwords.
pub trait Secrets: Send + Sync {
    /// Creates, or finds again, the secret of a managed master password; its ARN.
    fn create<'a>(
        &'a self,
        scope: &'a Scope,
        name: &'a str,
        value: &'a Password,
    ) -> Pending<'a, Result<Arn, NeedError>>;
    /// Deletes it without a recovery window. A missing secret is no error.
    fn delete<'a>(&'a self, scope: &'a Scope, name: &'a str) -> Pending<'a, Result<(), NeedError>>;
    /// Seals a password so that it can wait in a row; only [`Secrets::open`] reads it.
    fn seal(&self, context: &str, value: &Password) -> Result<String, NeedError>;
    fn open(&self, context: &str, sealed: &str) -> Result<Password, NeedError>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NeedError {
    #[error("the subnet has no free address")]
    SubnetFull,
    #[error("{step} failed: {reason}")]
    Step { step: &'static str, reason: String },
}
