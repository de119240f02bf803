//! Detaches an internet gateway from a VPC without public addresses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html>

use crate::op::*;

impl Handler<Ec2> for api::DetachInternetGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DetachInternetGateway")
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
        ec2.change(call, input.dry_run, |change| detach(change, id, vpc)).await?;
        Ok(api::DetachInternetGatewayOutput {})
    }
}

fn detach(change: &mut Change<'_>, id: &str, vpc: &str) -> Result<(), ServiceError> {
    let gateway = change.find::<InternetGateway>(id)?;
    let vpc = change.find::<Vpc>(vpc)?;
    if gateway.vpc.as_ref() != Some(&vpc.id) {
        let message = format!("resource {id} is not attached to network {}", vpc.id);
        return Err(ServiceError::client("Gateway.NotAttached", message));
    }
    if has_public_addresses(change, &vpc)? {
        return Err(ServiceError::client(
            "DependencyViolation",
            format!(
                "Network {} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
                vpc.id
            ),
        ));
    }
    change.edit::<InternetGateway>(id, |g| g.vpc = None)
}

fn has_public_addresses(change: &Change<'_>, vpc: &Vpc) -> Result<bool, ServiceError> {
    for address in change.having::<Address>(|a| a.association.is_some())? {
        let Some(association) = &address.association else { continue };
        let interface = change.lookup::<NetworkInterface>(association.interface.as_str())?;
        if interface.is_some_and(|i| i.vpc == vpc.id) {
            return Ok(true);
        }
    }
    Ok(false)
}
