//! The default VPC of a region: `172.31.0.0/16` with a public `/20` subnet in every zone.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>
//!
//! An account has one from the beginning. Here it is made when EC2 is first used in a region, in
//! the transaction of that use, and once: who deletes it does not get it again unasked.

use crate::change::Change;
use crate::model::{cidr, zone};
use crate::quota::room;
use crate::read::Read;
use crate::state::{
    DefaultVpcGiven, InternetGateway, Resource, Route, RouteDestination, RouteTable, RouteTarget, Subnet, Vpc,
};
use crate::tags::Tags;
use crate::{subnets, vpcs};
use ipnet::Ipv4Net;
use service::ServiceError;
use std::net::Ipv4Addr;
use std::sync::Arc;
use store::Fault;

const BLOCK: (Ipv4Addr, u8) = (Ipv4Addr::new(172, 31, 0, 0), 16);
const SUBNET_PREFIX: u8 = 20;

/// Whether the region has had its default VPC, be it there still or not.
pub(crate) fn is_given(view: &impl Read) -> Result<bool, Fault> {
    Ok(view.row::<DefaultVpcGiven>(&DefaultVpcGiven::key_of(view.scope()))?.is_some())
}

/// Gives the region its default VPC if it has not had one.
pub(crate) fn give(change: &mut Change<'_>) -> Result<(), ServiceError> {
    if is_given(change)? {
        return Ok(());
    }
    change.note_default_vpc()?;
    // A data directory from before default VPCs may have as many VPCs as the quota allows.
    if change.all::<Vpc>()?.len() < change.quotas().vpcs_per_region {
        create(change)?;
    }
    Ok(())
}

/// The region's default VPC, if it has one.
pub(crate) fn find(view: &impl Read) -> Result<Option<Arc<Vpc>>, Fault> {
    Ok(view.having::<Vpc>(|vpc| vpc.is_default)?.into_iter().next())
}

/// Makes the default VPC with its subnets and its way to the internet.
pub(crate) fn create(change: &mut Change<'_>) -> Result<Vpc, ServiceError> {
    let vpc = vpcs::create(change, block()?, Tags::new(), true)?;
    for zone in zone::zones(&change.scope().region) {
        create_subnet(change, &vpc, zone.name)?;
    }
    let gateway = create_gateway(change, &vpc)?;
    for table in change.having::<RouteTable>(|table| table.vpc == vpc.id)? {
        let target = RouteTarget::InternetGateway(gateway.id.clone());
        let route = Route { destination: RouteDestination::Cidr(Ipv4Net::default().into()), target };
        change.edit::<RouteTable>(table.id(), |table| table.routes.push(route))?;
    }
    Ok(vpc)
}

fn block() -> Result<Ipv4Net, ServiceError> {
    Ipv4Net::new(BLOCK.0, BLOCK.1).map_err(|_| crate::error::invalid_value("no block"))
}

fn create_gateway(change: &mut Change<'_>, vpc: &Vpc) -> Result<InternetGateway, ServiceError> {
    let have = change.all::<InternetGateway>()?.len();
    let quota = change.quotas().internet_gateways_per_region;
    room(have, quota, "InternetGatewayLimitExceeded", "internet gateways")?;
    let gateway = InternetGateway {
        scope: vpc.scope.clone(),
        id: change.id("igw"),
        vpc: Some(vpc.id.clone()),
        tags: Tags::new(),
    };
    change.put(&gateway)?;
    Ok(gateway)
}

/// The default subnet of a zone, in the first free twentieth of the block.
pub(crate) fn create_subnet(
    change: &mut Change<'_>,
    vpc: &Vpc,
    zone: String,
) -> Result<Subnet, ServiceError> {
    let siblings = change.having::<Subnet>(|subnet| subnet.vpc == vpc.id)?;
    room(siblings.len(), change.quotas().subnets_per_vpc, "SubnetLimitExceeded", "subnets")?;
    let is_free = |block: &Ipv4Net| !siblings.iter().any(|other| cidr::overlap(&other.cidr, block));
    let free = vpc.cidr.subnets(SUBNET_PREFIX).ok().and_then(|mut blocks| blocks.find(is_free));
    let cidr = free.ok_or_else(|| {
        ServiceError::client(
            "InsufficientCidrBlocks",
            "There is no room for a default subnet in the default VPC.",
        )
    })?;
    let mut subnet = subnets::create(change, vpc, cidr, zone, Tags::new())?;
    subnet.is_default = true;
    subnet.map_public_ip_on_launch = true;
    change.put(&subnet)?;
    Ok(subnet)
}
