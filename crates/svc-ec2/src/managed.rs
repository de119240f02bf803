//! Network interfaces that services hold for their users: requester-managed interfaces.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html>
//!
//! Lambda's are shared by every function with the same subnet and set of groups, and go when
//! the last of them does; others belong to one user.

use crate::Ec2;
use crate::change::Change;
use crate::elastic;
use crate::launch::public_address;
use crate::placement::{NewInterface, SUBNET_FULL, place};
use crate::read::Read;
use crate::render::available_addresses;
use crate::state::{Address, InterfaceType, NetworkInterface, SecurityGroup, Subnet};
use crate::tags::Tags;
use base::{AllocationId, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp, VpcId};
use service::ServiceError;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use store::{Fault, Tx};

/// Which service wants the interface, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagedKind {
    /// Shared. The function's name stands in the description, as on AWS.
    Lambda { function: String },
    /// A database instance's own.
    Rds { db: String },
    /// A load balancer's own, in one of its subnets.
    LoadBalancer { path: String, is_public: bool, allocation: Option<AllocationId> },
    /// A VPC link's own, in each of its subnets.
    VpcLink { link: String },
}

/// Subnets and groups that a service's user named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    pub subnets: Vec<SubnetId>,
    pub groups: BTreeSet<SecurityGroupId>,
}

/// What a service needs to know of its interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    pub interface: NetworkInterfaceId,
    pub subnet: SubnetId,
    pub vpc: VpcId,
    /// The availability zone's name.
    pub zone: String,
    pub address: Ipv4Addr,
    pub public: Option<Ipv4Addr>,
}

/// Why there is no interface.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ManagedError {
    #[error("no subnet is named")]
    NoSubnet,
    #[error("the subnet `{0}` does not exist")]
    SubnetMissing(SubnetId),
    #[error("the security group `{0}` does not exist")]
    SecurityGroupMissing(SecurityGroupId),
    #[error("the subnets are in more than one VPC")]
    SubnetsOfSeveralVpcs,
    #[error("the security groups are not in the subnets' VPC")]
    SecurityGroupsOfAnotherVpc,
    #[error("the subnet `{0}` has no free address")]
    SubnetFull(SubnetId),
    #[error("the address `{0}` does not exist or is somebody else's")]
    AddressTaken(AllocationId),
    #[error("there are as many interfaces as the quota allows")]
    QuotaReached,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Ec2 {
    /// Whether the subnets and groups exist and are in one VPC, and in which.
    pub fn check_placement(&self, scope: &Scope, wanted: &Placement) -> Result<VpcId, ManagedError> {
        vpc_of(&self.view(scope), wanted)
    }

    /// Whether one more interface fits into a subnet.
    pub fn has_free_address(&self, scope: &Scope, subnet: &SubnetId) -> Result<bool, Fault> {
        let view = self.view(scope);
        match view.lookup::<Subnet>(subnet.as_str())? {
            Some(row) => Ok(available_addresses(&view, &row)? > 0),
            None => Ok(false),
        }
    }

    /// Creates or finds an interface in each subnet, in the order of the subnets, and notes that
    /// `user` (an ARN) uses it. All or none; asking again for the same changes nothing.
    pub async fn attach_managed(
        &self,
        scope: &Scope,
        now: Timestamp,
        user: &str,
        kind: &ManagedKind,
        wanted: &Placement,
    ) -> Result<Vec<Managed>, ManagedError> {
        self.managed_write(scope, now, |change| {
            vpc_of(change, wanted)?;
            wanted.subnets.iter().map(|subnet| attach(change, user, kind, subnet, &wanted.groups)).collect()
        })
        .await
    }

    /// [`Self::attach_managed`] in one subnet.
    pub async fn create_managed_interface(
        &self,
        scope: &Scope,
        now: Timestamp,
        user: &str,
        kind: &ManagedKind,
        subnet: &SubnetId,
        groups: &BTreeSet<SecurityGroupId>,
    ) -> Result<Managed, ManagedError> {
        let wanted = Placement { subnets: vec![subnet.clone()], groups: groups.clone() };
        let made = self.attach_managed(scope, now, user, kind, &wanted).await?;
        made.into_iter().next().ok_or(ManagedError::NoSubnet)
    }

    /// Notes that `user` uses only what `keep` names; interfaces that nobody uses are deleted.
    pub async fn release_managed(
        &self,
        scope: &Scope,
        now: Timestamp,
        user: &str,
        keep: Option<&Placement>,
    ) -> Result<(), ManagedError> {
        self.managed_write(scope, now, |change| {
            for row in change.having::<NetworkInterface>(|i| i.users.contains_key(user))? {
                let kept = keep.is_some_and(|k| k.subnets.contains(&row.subnet) && k.groups == row.groups);
                if !kept {
                    release(change, &row, user)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Notes that `user` no longer uses this interface.
    pub async fn release_managed_interface(
        &self,
        scope: &Scope,
        now: Timestamp,
        user: &str,
        interface: &NetworkInterfaceId,
    ) -> Result<(), ManagedError> {
        self.managed_write(scope, now, |change| {
            match change.lookup::<NetworkInterface>(interface.as_str())? {
                Some(row) => release(change, &row, user),
                None => Ok(()),
            }
        })
        .await
    }

    /// Gives `user`'s own interfaces other groups, as when a database instance is modified.
    pub async fn regroup_managed(
        &self,
        scope: &Scope,
        now: Timestamp,
        user: &str,
        groups: &BTreeSet<SecurityGroupId>,
    ) -> Result<(), ManagedError> {
        self.managed_write(scope, now, |change| {
            for row in change.having::<NetworkInterface>(|i| i.users.contains_key(user))? {
                let wanted = Placement { subnets: vec![row.subnet.clone()], groups: groups.clone() };
                vpc_of(change, &wanted)?;
                let mut row = Arc::unwrap_or_clone(row);
                row.groups = groups.clone();
                change.put(&row)?;
            }
            Ok(())
        })
        .await
    }

    async fn managed_write<R: Send>(
        &self,
        scope: &Scope,
        now: Timestamp,
        f: impl FnOnce(&mut Change<'_>) -> Result<R, ManagedError> + Send,
    ) -> Result<R, ManagedError> {
        self.store
            .write(|tx: &mut Tx| f(&mut Change::new(tx, scope, self.ids.as_ref(), now, &self.quotas)))
            .await
    }
}

fn vpc_of(view: &impl Read, wanted: &Placement) -> Result<VpcId, ManagedError> {
    let mut vpc: Option<VpcId> = None;
    for id in &wanted.subnets {
        let subnet = subnet(view, id)?;
        if vpc.as_ref().is_some_and(|v| v != &subnet.vpc) {
            return Err(ManagedError::SubnetsOfSeveralVpcs);
        }
        vpc = Some(subnet.vpc.clone());
    }
    let vpc = vpc.ok_or(ManagedError::NoSubnet)?;
    for id in &wanted.groups {
        let group = view
            .lookup::<SecurityGroup>(id.as_str())?
            .ok_or_else(|| ManagedError::SecurityGroupMissing(id.clone()))?;
        if group.vpc != vpc {
            return Err(ManagedError::SecurityGroupsOfAnotherVpc);
        }
    }
    Ok(vpc)
}

fn subnet(view: &impl Read, id: &SubnetId) -> Result<Arc<Subnet>, ManagedError> {
    view.lookup::<Subnet>(id.as_str())?.ok_or_else(|| ManagedError::SubnetMissing(id.clone()))
}

fn attach(
    change: &mut Change<'_>,
    user: &str,
    kind: &ManagedKind,
    subnet_id: &SubnetId,
    groups: &BTreeSet<SecurityGroupId>,
) -> Result<Managed, ManagedError> {
    let subnet = subnet(change, subnet_id)?;
    let existing = change.having::<NetworkInterface>(|i| serves(i, user, kind, &subnet, groups))?;
    let mut row = match existing.into_iter().next() {
        Some(row) => Arc::unwrap_or_clone(row),
        None => fresh(change, kind, &subnet, groups)?,
    };
    let purpose = match kind {
        ManagedKind::Lambda { function } => function,
        ManagedKind::Rds { db } => db,
        ManagedKind::LoadBalancer { path, .. } => path,
        ManagedKind::VpcLink { link } => link,
    };
    if row.users.insert(user.to_owned(), purpose.clone()).is_none() {
        change.put(&row)?;
    }
    let mut public = row.public_ip;
    if let ManagedKind::LoadBalancer { allocation: Some(allocation), .. } = kind {
        public = Some(associate(change, allocation, &row)?);
    }
    Ok(Managed {
        interface: row.id,
        subnet: row.subnet,
        vpc: row.vpc,
        zone: row.zone,
        address: row.private_ip,
        public,
    })
}

/// Gives the interface an Elastic IP address, unless it has it already.
fn associate(
    change: &mut Change<'_>,
    allocation: &AllocationId,
    row: &NetworkInterface,
) -> Result<Ipv4Addr, ManagedError> {
    let taken = || ManagedError::AddressTaken(allocation.clone());
    let address = change.lookup::<Address>(allocation.as_str())?.ok_or_else(taken)?;
    match &address.association {
        Some(held) if held.interface == row.id => {}
        Some(_) => return Err(taken()),
        None => {
            elastic::associate(change, allocation, &row.id, row.private_ip).map_err(|_| taken())?;
        }
    }
    Ok(address.public_ip)
}

/// Whether an existing interface is what is asked for.
fn serves(
    row: &NetworkInterface,
    user: &str,
    kind: &ManagedKind,
    subnet: &Subnet,
    groups: &BTreeSet<SecurityGroupId>,
) -> bool {
    let placed = row.subnet == subnet.id && &row.groups == groups;
    match kind {
        ManagedKind::Lambda { .. } => placed && row.interface_type == InterfaceType::Lambda,
        ManagedKind::Rds { .. } | ManagedKind::VpcLink { .. } => placed && row.users.contains_key(user),
        // Its groups may be about to change.
        ManagedKind::LoadBalancer { .. } => row.subnet == subnet.id && row.users.contains_key(user),
    }
}

fn fresh(
    change: &Change<'_>,
    kind: &ManagedKind,
    subnet: &Subnet,
    groups: &BTreeSet<SecurityGroupId>,
) -> Result<NetworkInterface, ManagedError> {
    let (interface_type, description, requester, owner) = match kind {
        ManagedKind::Lambda { function } => (
            InterfaceType::Lambda,
            format!("AWS Lambda VPC ENI-{function}-{}", change.ids().uuid()),
            "amazon-aws",
            "amazon-aws",
        ),
        ManagedKind::Rds { .. } => {
            (InterfaceType::Interface, "RDSNetworkInterface".to_owned(), "amazon-rds", "amazon-rds")
        }
        ManagedKind::LoadBalancer { path, .. } => {
            let is_network = path.starts_with("net/");
            let kind = if is_network { InterfaceType::NetworkLoadBalancer } else { InterfaceType::Interface };
            (kind, format!("ELB {path}"), "amazon-elb", "amazon-elb")
        }
        ManagedKind::VpcLink { link } => {
            (InterfaceType::ApiGateway, format!("API Gateway VPC link {link}"), "apigateway", "amazon-aws")
        }
    };
    let new = NewInterface {
        subnet,
        groups: groups.clone(),
        address: None,
        interface_type,
        description,
        requester: Some(requester),
        attached_to: Some(owner),
        tags: Tags::new(),
    };
    let mut row = place(change, new).map_err(|error| refused(&error, subnet))?;
    if matches!(kind, ManagedKind::LoadBalancer { is_public: true, allocation: None, .. }) {
        row.public_ip = Some(public_address(change).map_err(|error| refused(&error, subnet))?);
    }
    Ok(row)
}

/// Placing fails for these reasons only; a failing table comes as one of the service's errors.
fn refused(error: &ServiceError, subnet: &Subnet) -> ManagedError {
    match error.code.as_ref() {
        SUBNET_FULL => ManagedError::SubnetFull(subnet.id.clone()),
        "NetworkInterfaceLimitExceeded" => ManagedError::QuotaReached,
        _ => ManagedError::Fault(Fault::Commit(error.message.clone())),
    }
}

fn release(change: &mut Change<'_>, row: &NetworkInterface, user: &str) -> Result<(), ManagedError> {
    let mut row = row.clone();
    if row.users.remove(user).is_none() {
        return Ok(());
    }
    if row.users.is_empty() {
        let holds = |a: &Address| a.association.as_ref().is_some_and(|held| held.interface == row.id);
        for address in change.having::<Address>(holds)? {
            change.put(&Address { association: None, ..Arc::unwrap_or_clone(address) })?;
        }
        change.remove(&row)?;
    } else {
        change.put(&row)?;
    }
    Ok(())
}
