//! Asks for a peering connection to another VPC, which may be another account's or another region's.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcPeeringConnection.html>

use crate::op::*;
use crate::peering;
use crate::render;
use base::Scope;

impl Handler<Ec2> for api::CreateVpcPeeringConnection {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateVpcPeeringConnection")
            .create::<VpcPeeringConnection>(input.tag_specifications.as_ref())?
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let connection = create(change, &input)?;
            let mut shown = render::vpc_peering_connection(change, &connection, change.now())?;
            shown.status = Some(api::VpcPeeringConnectionStateReason {
                code: render::text("initiating-request"),
                message: Some(format!("Initiating Request to {}", connection.accepter.scope.account)),
            });
            Ok(api::CreateVpcPeeringConnectionResult { vpc_peering_connection: Some(shown) })
        })
        .await
    }
}

/// A request that nobody accepts ends after a week.
const PENDING_MS: i64 = 7 * 24 * 60 * 60 * 1000;

fn create(
    change: &mut Change<'_>,
    input: &api::CreateVpcPeeringConnectionRequest,
) -> Result<VpcPeeringConnection, ServiceError> {
    let vpc = change.find::<Vpc>(required(&input.vpc_id, "VpcId")?)?;
    let requester = PeeringEnd { scope: change.scope().clone(), vpc: vpc.id.clone() };
    let accepter = accepter(change, input)?;
    if accepter == requester {
        return Err(invalid_value(format!(
            "A VPC peering connection needs two VPCs, and {} is one.",
            vpc.id
        )));
    }
    check_is_new(change, &requester, &accepter)?;
    let other = peering::vpc_at(change, &accepter)?;
    if other.is_none() && accepter.scope == requester.scope {
        return Err(Vpc::missing(accepter.vpc.as_str()));
    }
    let possible = other.is_some_and(|other| !peering::overlap(&vpc, &other));
    let status = if possible { PeeringStatus::Pending } else { PeeringStatus::Failed { at: change.now() } };
    let connection = VpcPeeringConnection {
        scope: change.scope().clone(),
        id: change.id("pcx"),
        requester,
        accepter,
        status,
        expires: base::Timestamp(change.now().millis() + PENDING_MS),
        tags: tags::specified(VpcPeeringConnection::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&connection)?;
    if possible && connection.accepter.scope != connection.scope {
        let scope = connection.accepter.scope.clone();
        change.put(&VpcPeeringConnection { scope, tags: Tags::new(), ..connection.clone() })?;
    }
    Ok(connection)
}

fn accepter(
    change: &Change<'_>,
    input: &api::CreateVpcPeeringConnectionRequest,
) -> Result<PeeringEnd, ServiceError> {
    let own = change.scope();
    let account = match input.peer_owner_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => id.parse().map_err(|_| bad_value(id, "peerOwnerId", "It is not an account ID."))?,
        None => own.account.clone(),
    };
    let region = match input.peer_region.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => name.parse().map_err(|_| bad_value(name, "peerRegion", "It is not a Region."))?,
        None => own.region.clone(),
    };
    let vpc = required(&input.peer_vpc_id, "PeerVpcId")?.to_owned().into();
    Ok(PeeringEnd { scope: Scope { account, region }, vpc })
}

fn check_is_new(
    change: &Change<'_>,
    requester: &PeeringEnd,
    accepter: &PeeringEnd,
) -> Result<(), ServiceError> {
    let now = change.now();
    let mine = change.all::<VpcPeeringConnection>()?;
    let lives = |c: &VpcPeeringConnection| c.is_active() || c.is_pending(now);
    let same =
        |c: &VpcPeeringConnection| lives(c) && c.other(&requester.vpc).is_some_and(|end| end == accepter);
    if mine.iter().any(|connection| same(connection)) {
        return Err(ServiceError::client(
            "VpcPeeringConnectionAlreadyExists",
            "A VPC peering connection between the VPCs already exists.",
        ));
    }
    let pending = mine.iter().filter(|c| c.is_pending(now) && c.requester.scope == requester.scope).count();
    let quota = change.quotas().pending_peering_connections;
    let code = "OutstandingVpcPeeringConnectionLimitExceeded";
    room(pending, quota, code, "outstanding VPC peering connection requests")
}
