//! What load balancers need of the rest of moat, as traits that `server` wires.

use balancer::Health;
use balancer::plan::Plan;
use base::{AllocationId, Clock, Ids, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, VpcId};
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future, so that the traits below can be trait objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone)]
pub struct Needs {
    pub network: Arc<dyn Network>,
    pub nodes: Arc<dyn Nodes>,
    pub certificates: Arc<dyn Certificates>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// EC2, as load balancers see it.
pub trait Network: Send + Sync {
    /// Where a subnet is; `None` when there is no such subnet.
    fn subnet(&self, scope: &Scope, subnet: &SubnetId) -> Result<Option<SubnetPlace>, NeedError>;

    /// Whether there is such a VPC.
    fn has_vpc(&self, scope: &Scope, vpc: &VpcId) -> Result<bool, NeedError>;

    /// Whether the VPC has an internet gateway.
    fn has_internet_gateway(&self, scope: &Scope, vpc: &VpcId) -> Result<bool, NeedError>;

    /// The VPC of a security group; `None` when there is no such group.
    fn group_vpc(&self, scope: &Scope, group: &SecurityGroupId) -> Result<Option<VpcId>, NeedError>;

    /// The VPC's default security group.
    fn default_group(&self, scope: &Scope, vpc: &VpcId) -> Result<SecurityGroupId, NeedError>;

    /// An instance's place; `None` when there is no such instance.
    fn instance(&self, scope: &Scope, instance: &str) -> Result<Option<InstancePlace>, NeedError>;

    /// Whether an address is in the VPC, and the zone that it is in.
    fn address(&self, scope: &Scope, vpc: &VpcId, address: Ipv4Addr) -> Result<AddressPlace, NeedError>;

    /// An Elastic IP address; `None` when there is no such allocation.
    fn allocation(&self, scope: &Scope, allocation: &AllocationId) -> Result<Option<Allocation>, NeedError>;

    /// Creates, or finds again, a load balancer's interface in a subnet, with these groups. Returns when it is
    /// stored and forwards packets.
    fn attach<'a>(&'a self, wanted: &'a Attachment) -> Pending<'a, Result<Attached, NeedError>>;

    /// Whether a VPC link leads to the load balancer, which may not go then.
    fn is_linked(&self, _: &Scope, _: &str) -> Result<bool, NeedError> {
        Ok(false)
    }

    /// Gives back the load balancer's interfaces, but for those in the subnets that it keeps.
    fn release<'a>(
        &'a self,
        scope: &'a Scope,
        load_balancer: &'a str,
        keep: &'a [SubnetId],
    ) -> Pending<'a, Result<(), NeedError>>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub scope: Scope,
    /// The ARN.
    pub load_balancer: String,
    /// `app/name/id`: stands in the interface's description.
    pub path: String,
    pub subnet: SubnetId,
    pub groups: Vec<SecurityGroupId>,
    /// Whether it gets a public address.
    pub is_public: bool,
    /// The Elastic IP address that is its public one.
    pub allocation: Option<AllocationId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    pub address: Ipv4Addr,
    /// Whether nothing has it.
    pub is_free: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubnetPlace {
    pub vpc: VpcId,
    pub zone: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstancePlace {
    pub vpc: VpcId,
    pub zone: String,
    pub address: Ipv4Addr,
    pub is_running: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressPlace {
    /// In one of the VPC's subnets, or at least in its blocks: the zone of the subnet.
    Inside(Option<String>),
    Outside,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub interface: NetworkInterfaceId,
    pub address: Ipv4Addr,
    pub public: Option<Ipv4Addr>,
}

/// Certificates, as listeners name them. Their keys go to the nodes by another way and are nothing to know here.
pub trait Certificates: Send + Sync {
    /// Which version of a certificate is in force, another one after each renewal and import; `None` when there is
    /// no such certificate that can be used.
    fn version(&self, scope: &Scope, arn: &str) -> Result<Option<String>, NeedError>;
}

/// The nodes that carry requests and connections.
pub trait Nodes: Send + Sync {
    /// Serves this and nothing else. Blocks.
    fn follow(&self, plan: &Plan);

    /// What is known of a target; `None` when no load balancer uses its group.
    fn health(&self, group: &str, target: &str, port: u16) -> Option<Health>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NeedError {
    #[error("the subnet has no free address")]
    SubnetFull,
    #[error("{step} failed: {reason}")]
    Step { step: &'static str, reason: String },
}

impl From<NeedError> for service::ServiceError {
    fn from(error: NeedError) -> Self {
        Self::internal(error)
    }
}
