//! Attaches an internet gateway: one to a VPC, one VPC to a gateway.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html>

use crate::op::*;

impl Handler<Ec2> for api::AttachInternetGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AttachInternetGateway")
            .on::<InternetGateway>(required(&input.internet_gateway_id, "InternetGatewayId")?)?
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.internet_gateway_id, "InternetGatewayId")?;
        let vpc = required(&input.vpc_id, "VpcId")?;
        ec2.change(call, input.dry_run, |change| attach(change, id, vpc)).await?;
        Ok(api::AttachInternetGatewayOutput {})
    }
}

fn attach(change: &mut Change<'_>, id: &str, vpc: &str) -> Result<(), ServiceError> {
    let gateway = change.find::<InternetGateway>(id)?;
    let vpc = change.find::<Vpc>(vpc)?;
    if let Some(other) = &gateway.vpc {
        return Err(already_associated(format!("resource {id} is already attached to network {other}")));
    }
    if !change.having::<InternetGateway>(|g| g.vpc.as_ref() == Some(&vpc.id))?.is_empty() {
        return Err(invalid_value(format!("Network {} already has an internet gateway attached", vpc.id)));
    }
    change.edit::<InternetGateway>(id, |g| g.vpc = Some(vpc.id.clone()))
}
