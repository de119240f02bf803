//! Deletes a NAT gateway; its interface goes and its address is free again.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DeleteNatGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteNatGateway")
            .on::<NatGateway>(required(&input.nat_gateway_id, "NatGatewayId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.nat_gateway_id, "NatGatewayId")?;
        ec2.change(call, input.dry_run, |change| delete(change, id)).await?;
        Ok(api::DeleteNatGatewayResult { nat_gateway_id: Some(id.to_owned()) })
    }
}

fn delete(change: &mut Change<'_>, id: &str) -> Result<(), ServiceError> {
    let gateway = change.find::<NatGateway>(id)?;
    if !gateway.is_available() {
        return Err(NatGateway::missing(id));
    }
    if let Some(public) = &gateway.public {
        change.edit::<Address>(public.allocation.as_str(), |a| a.association = None)?;
    }
    if let Some(interface) = change.lookup::<NetworkInterface>(gateway.interface.as_str())? {
        change.remove(&*interface)?;
    }
    let at = change.now();
    // Rows that nobody can see any more go with this one.
    for old in change.having::<NatGateway>(|g| !render::is_visible(g, at))? {
        change.remove(&*old)?;
    }
    change.edit::<NatGateway>(id, |g| g.state = NatState::Deleted { at })
}
