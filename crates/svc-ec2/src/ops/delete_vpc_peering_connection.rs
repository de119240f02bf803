//! Deletes a peering connection; either end may. Routes to it lead nowhere from then on.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcPeeringConnection.html>

use crate::op::*;
use crate::peering;

impl Handler<Ec2> for api::DeleteVpcPeeringConnection {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteVpcPeeringConnection")
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
            let connection = change.find::<VpcPeeringConnection>(id)?;
            let now = change.now();
            let withdraws = connection.is_pending(now) && connection.requester.scope == *change.scope();
            if !(connection.is_active() || withdraws) {
                return Err(peering::wrong_state(&connection, connection.code(now), "deleting"));
            }
            let status = PeeringStatus::Deleted { at: now, by: call.scope.account.clone() };
            peering::set_status(change, &connection, &status)
        })
        .await?;
        Ok(api::DeleteVpcPeeringConnectionResult { r#return: Some(true) })
    }
}
