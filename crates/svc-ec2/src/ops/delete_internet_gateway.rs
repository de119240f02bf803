//! Deletes an internet gateway that is attached to nothing.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteInternetGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteInternetGateway")
            .on::<InternetGateway>(required(&input.internet_gateway_id, "InternetGatewayId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.internet_gateway_id, "InternetGatewayId")?;
        ec2.change(call, input.dry_run, |change| {
            let gateway = change.find::<InternetGateway>(id)?;
            if gateway.vpc.is_some() {
                return Err(dependency("internetGateway", id));
            }
            Ok(change.remove(&*gateway)?)
        })
        .await?;
        Ok(api::DeleteInternetGatewayOutput {})
    }
}
