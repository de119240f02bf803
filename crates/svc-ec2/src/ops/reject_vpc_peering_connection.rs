//! Rejects a request for a peering connection.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RejectVpcPeeringConnection.html>

use crate::op::*;
use crate::peering;

impl Handler<Ec2> for api::RejectVpcPeeringConnection {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "RejectVpcPeeringConnection")
            .on::<VpcPeeringConnection>(required(
                &input.vpc_peering_connection_id,
                "VpcPeeringConnectionId",
            )?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.vpc_peering_connection_id, "VpcPeeringConnectionId")?;
        ec2.change(call, input.dry_run, |change| {
            let connection = peering::to_accept(change, id, "reject", "accepted or rejected")?;
            let now = change.now();
            if !connection.is_pending(now) {
                return Err(peering::wrong_state(&connection, connection.code(now), "rejected"));
            }
            let status = PeeringStatus::Rejected { at: now, by: call.scope.account.clone() };
            peering::set_status(change, &connection, &status)
        })
        .await?;
        Ok(api::RejectVpcPeeringConnectionResult { r#return: Some(true) })
    }
}
