//! VPC peering connections: whether two VPCs may be peered, and the two rows of a connection.
//! <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations>

use crate::change::Change;
use crate::model::cidr;
use crate::quota::room;
use crate::read::Read;
use crate::state::{PeeringEnd, PeeringStatus, Vpc, VpcPeeringConnection};
use base::{Scope, VpcId};
use ipnet::Ipv4Net;
use service::ServiceError;
use std::sync::Arc;
use store::Fault;

/// The VPC at an end, in whichever account and region that is.
pub(crate) fn vpc_at(view: &impl Read, end: &PeeringEnd) -> Result<Option<Arc<Vpc>>, Fault> {
    view.row::<Vpc>(&end.scope.key(end.vpc.as_str()))
}

/// Whether two VPCs' addresses can be told apart.
pub(crate) fn overlap(one: &Vpc, other: &Vpc) -> bool {
    one.cidrs().any(|block| other.cidrs().any(|theirs| cidr::overlap(&block, &theirs)))
}

/// The connections of a VPC of this scope.
pub(crate) fn of_vpc(view: &impl Read, vpc: &VpcId) -> Result<Vec<Arc<VpcPeeringConnection>>, Fault> {
    view.having::<VpcPeeringConnection>(|connection| connection.other(vpc).is_some())
}

/// The active connection between two VPCs, the first of which is of this scope.
pub(crate) fn between(
    view: &impl Read,
    vpc: &VpcId,
    other: &VpcId,
) -> Result<Option<Arc<VpcPeeringConnection>>, Fault> {
    let leads = |c: &VpcPeeringConnection| c.is_active() && c.other(vpc).is_some_and(|end| end.vpc == *other);
    Ok(view.having::<VpcPeeringConnection>(leads)?.into_iter().next())
}

/// Gives the connection a status at both ends.
pub(crate) fn set_status(
    change: &mut Change<'_>,
    connection: &VpcPeeringConnection,
    status: &PeeringStatus,
) -> Result<VpcPeeringConnection, ServiceError> {
    let mut own = connection.clone();
    for scope in scopes(connection) {
        if let Some(row) = change.row::<VpcPeeringConnection>(&scope.key(connection.id.as_str()))? {
            let mut row = Arc::unwrap_or_clone(row);
            row.status = status.clone();
            change.put(&row)?;
            if row.scope == connection.scope {
                own = row;
            }
        }
    }
    Ok(own)
}

/// The scopes that have a row of the connection.
pub(crate) fn scopes(connection: &VpcPeeringConnection) -> Vec<Scope> {
    let mut scopes = vec![connection.requester.scope.clone()];
    if connection.accepter.scope != connection.requester.scope {
        scopes.push(connection.accepter.scope.clone());
    }
    scopes
}

/// The connection, if the caller is at its accepting end.
pub(crate) fn to_accept(
    change: &Change<'_>,
    id: &str,
    verb: &str,
    regions: &str,
) -> Result<Arc<VpcPeeringConnection>, ServiceError> {
    let connection = change.find::<VpcPeeringConnection>(id)?;
    let (own, accepter) = (change.scope(), &connection.accepter.scope);
    if own.account != accepter.account {
        return Err(not_permitted(format!("User ({}) cannot {verb} peering {id}", own.account)));
    }
    if own.region != accepter.region {
        return Err(not_permitted(format!(
            "Incorrect region ({}) specified for this request. VPC peering connection {id} must be {regions} in region {}",
            own.region, accepter.region
        )));
    }
    Ok(connection)
}

fn not_permitted(message: String) -> ServiceError {
    ServiceError::client("OperationNotPermitted", message)
}

pub(crate) fn wrong_state(connection: &VpcPeeringConnection, from: &str, to: &str) -> ServiceError {
    let id = &connection.id;
    ServiceError::client(
        "InvalidStateTransition",
        format!("Invalid state transition for {id}, attempted to transition from {from} to {to}"),
    )
}

/// Whether a VPC may have one more active connection.
pub(crate) fn check_active(change: &Change<'_>, end: &PeeringEnd) -> Result<(), ServiceError> {
    let have = change
        .rows::<VpcPeeringConnection>(&end.scope.prefix())?
        .iter()
        .filter(|connection| connection.is_active() && connection.other(&end.vpc).is_some())
        .count();
    let quota = change.quotas().active_peering_connections_per_vpc;
    let code = "ActiveVpcPeeringConnectionPerVpcLimitExceeded";
    room(have, quota, code, "active VPC peering connections")
}

/// A further block of a VPC must not meet a block at the other end of a connection.
pub(crate) fn check_block(view: &impl Read, vpc: &Vpc, block: Ipv4Net) -> Result<(), ServiceError> {
    for connection in of_vpc(view, &vpc.id)?.iter().filter(|connection| connection.is_active()) {
        let other = connection.other(&vpc.id).map(|end| vpc_at(view, end)).transpose()?.flatten();
        if other.is_some_and(|other| other.cidrs().any(|theirs| cidr::overlap(&theirs, &block))) {
            return Err(ServiceError::client(
                "InvalidVpc.Range",
                format!("The CIDR '{block}' overlaps with a CIDR block of the VPC behind {}.", connection.id),
            ));
        }
    }
    Ok(())
}
