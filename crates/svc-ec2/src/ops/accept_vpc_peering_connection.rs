//! Accepts a request for a peering connection, which is then active.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptVpcPeeringConnection.html>

use crate::op::*;
use crate::peering;
use crate::render;

impl Handler<Ec2> for api::AcceptVpcPeeringConnection {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.vpc_peering_connection_id, "VpcPeeringConnectionId")?;
        let known = ec2.view(&call.scope).lookup::<VpcPeeringConnection>(id)?;
        let vpc = known.map(|connection| connection.accepter.vpc.to_string());
        Ok(Asks::new(ec2, call, "AcceptVpcPeeringConnection")
            .on::<VpcPeeringConnection>(id)?
            .on::<Vpc>(vpc.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.vpc_peering_connection_id, "VpcPeeringConnectionId")?;
        ec2.change(call, input.dry_run, |change| {
            let connection = accept(change, id)?;
            let mut shown = render::vpc_peering_connection(change, &connection, change.now())?;
            shown.status = Some(api::VpcPeeringConnectionStateReason {
                code: render::text("provisioning"),
                message: render::text("Provisioning"),
            });
            Ok(api::AcceptVpcPeeringConnectionResult { vpc_peering_connection: Some(shown) })
        })
        .await
    }
}

fn accept(change: &mut Change<'_>, id: &str) -> Result<VpcPeeringConnection, ServiceError> {
    let connection = peering::to_accept(change, id, "accept", "accepted")?;
    let now = change.now();
    if !connection.is_pending(now) {
        return Err(peering::wrong_state(&connection, connection.code(now), "provisioning"));
    }
    for end in connection.ends() {
        peering::check_active(change, end)?;
    }
    // Either VPC may have got blocks since, or be gone.
    let requester = peering::vpc_at(change, &connection.requester)?;
    let accepter = peering::vpc_at(change, &connection.accepter)?;
    let apart = requester.zip(accepter).is_some_and(|(one, other)| !peering::overlap(&one, &other));
    let status = if apart { PeeringStatus::Active } else { PeeringStatus::Failed { at: now } };
    peering::set_status(change, &connection, &status)
}
