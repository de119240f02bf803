//! Deletes an egress-only internet gateway. Routes to it lead nowhere from then on.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteEgressOnlyInternetGateway.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteEgressOnlyInternetGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.egress_only_internet_gateway_id, "EgressOnlyInternetGatewayId")?;
        Ok(Asks::new(ec2, call, "DeleteEgressOnlyInternetGateway")
            .on::<EgressOnlyInternetGateway>(id)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.egress_only_internet_gateway_id, "EgressOnlyInternetGatewayId")?;
        ec2.change(call, input.dry_run, |change| {
            let gateway = change.find::<EgressOnlyInternetGateway>(id)?;
            Ok(change.remove(&*gateway)?)
        })
        .await?;
        Ok(api::DeleteEgressOnlyInternetGatewayResult { return_code: Some(true) })
    }
}
