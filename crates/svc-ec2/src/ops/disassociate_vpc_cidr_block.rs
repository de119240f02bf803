//! Takes a further block of addresses from a VPC again.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html>

use crate::ipv6;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DisassociateVpcCidrBlock {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.association_id, "AssociationId")?;
        let vpc = holder(&ec2.view(&call.scope), id)?.map(|vpc| vpc.id.to_string());
        Ok(Asks::new(ec2, call, "DisassociateVpcCidrBlock").on::<Vpc>(vpc.as_deref().unwrap_or("*"))?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.association_id, "AssociationId")?;
        ec2.change(call, None, |change| {
            if let Some((vpc, association)) = ipv6::take_block(change, id)? {
                return Ok(api::DisassociateVpcCidrBlockResult {
                    ipv6_cidr_block_association: Some(render::ipv6_association(
                        &call.scope,
                        &association,
                        "disassociating",
                    )),
                    vpc_id: render::text(&vpc.id),
                    ..Default::default()
                });
            }
            let (vpc, association) = disassociate(change, id)?;
            let shown = render::cidr_association(&association.id, association.cidr, "disassociating");
            Ok(api::DisassociateVpcCidrBlockResult {
                cidr_block_association: Some(shown),
                vpc_id: render::text(&vpc.id),
                ..Default::default()
            })
        })
        .await
    }
}

/// The VPC that has the block.
fn holder(view: &impl Read, association: &str) -> Result<Option<Arc<Vpc>>, ServiceError> {
    let has = |vpc: &Vpc| {
        vpc.cidr_association == association
            || vpc.secondary_cidrs.iter().any(|a| a.id == association)
            || vpc.ipv6_cidrs.iter().any(|a| a.id == association)
    };
    Ok(view.having::<Vpc>(has)?.into_iter().next())
}

fn disassociate(change: &mut Change<'_>, id: &str) -> Result<(Arc<Vpc>, CidrAssociation), ServiceError> {
    let vpc = holder(change, id)?.ok_or_else(|| absent(id))?;
    let Some(association) = vpc.secondary_cidrs.iter().find(|a| a.id == id).cloned() else {
        return Err(ServiceError::client(
            "OperationNotPermitted",
            format!(
                "The vpc CIDR block with association ID {id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
            ),
        ));
    };
    let inside = |subnet: &Subnet| subnet.vpc == vpc.id && association.cidr.contains(&subnet.cidr);
    if !change.having::<Subnet>(inside)?.is_empty() {
        return Err(ServiceError::client(
            "DependencyViolation",
            format!(
                "The vpc CIDR block with association ID {id} has dependencies and cannot be disassociated."
            ),
        ));
    }
    change.edit::<Vpc>(vpc.id.as_str(), |vpc| vpc.secondary_cidrs.retain(|a| a.id != id))?;
    Ok((vpc, association))
}

fn absent(id: &str) -> ServiceError {
    ServiceError::client(
        "InvalidVpcCidrBlockAssociationID.NotFound",
        format!("The vpc CIDR block association ID '{id}' does not exist"),
    )
}
