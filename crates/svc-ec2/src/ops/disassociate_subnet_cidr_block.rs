//! Takes its block of IPv6 from a subnet.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateSubnetCidrBlock.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DisassociateSubnetCidrBlock {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.association_id, "AssociationId")?;
        let subnet = holder(&ec2.view(&call.scope), id)?.map(|subnet| subnet.id.to_string());
        Ok(Asks::new(ec2, call, "DisassociateSubnetCidrBlock")
            .on::<Subnet>(subnet.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.association_id, "AssociationId")?;
        let (subnet, gone) = ec2.change(call, None, |change| disassociate(change, id)).await?;
        Ok(api::DisassociateSubnetCidrBlockResult {
            ipv6_cidr_block_association: Some(render::subnet_ipv6(&gone, "disassociating")),
            subnet_id: render::text(&subnet.id),
        })
    }
}

/// The subnet that has the block.
fn holder(view: &impl Read, association: &str) -> Result<Option<Arc<Subnet>>, ServiceError> {
    let has = |subnet: &Subnet| subnet.ipv6_cidr.as_ref().is_some_and(|a| a.id == association);
    Ok(view.having::<Subnet>(has)?.into_iter().next())
}

fn disassociate(change: &mut Change<'_>, id: &str) -> Result<(Arc<Subnet>, Ipv6Association), ServiceError> {
    let absent = || {
        ServiceError::client(
            "InvalidSubnetCidrBlockAssociationID.NotFound",
            format!("The subnet CIDR block association ID '{id}' does not exist"),
        )
    };
    let subnet = holder(change, id)?.ok_or_else(absent)?;
    let gone = subnet.ipv6_cidr.clone().ok_or_else(absent)?;
    let uses = |i: &NetworkInterface| i.subnet == subnet.id && !i.ipv6_addresses.is_empty();
    if !change.having::<NetworkInterface>(uses)?.is_empty() {
        return Err(ServiceError::client(
            "DependencyViolation",
            format!(
                "The subnet CIDR block with association ID {id} has dependencies and cannot be disassociated."
            ),
        ));
    }
    change.edit::<Subnet>(subnet.id.as_str(), |subnet| {
        subnet.ipv6_cidr = None;
        // Without a block there is nothing to assign.
        subnet.assign_ipv6 = false;
    })?;
    Ok((subnet, gone))
}
