//! Gives a VPC a further block of addresses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html>

use crate::ipv6;
use crate::model::cidr;
use crate::model::vpc_blocks;
use crate::op::*;
use crate::peering;
use crate::render;
use crate::route_target::blocks;
use crate::vpcs;
use ipnet::{IpNet, Ipv4Net};

impl Handler<Ec2> for api::AssociateVpcCidrBlock {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AssociateVpcCidrBlock").on::<Vpc>(required(&input.vpc_id, "VpcId")?)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "AssociateVpcCidrBlock",
            &[
                ("Ipv6CidrBlock", input.ipv6_cidr_block.is_some()),
                ("Ipv6CidrBlockNetworkBorderGroup", input.ipv6_cidr_block_network_border_group.is_some()),
                ("Ipv6Pool", input.ipv6_pool.is_some()),
                ("Ipv4IpamPoolId", input.ipv4_ipam_pool_id.is_some()),
                ("Ipv4NetmaskLength", input.ipv4_netmask_length.is_some()),
                ("Ipv6IpamPoolId", input.ipv6_ipam_pool_id.is_some()),
                ("Ipv6NetmaskLength", input.ipv6_netmask_length.is_some()),
            ],
        )?;
        let id = required(&input.vpc_id, "VpcId")?;
        if input.amazon_provided_ipv6_cidr_block == Some(true) {
            if input.cidr_block.is_some() {
                return Err(combination(
                    "Only one of cidrBlock and amazonProvidedIpv6CidrBlock can be provided",
                ));
            }
            let association = ec2.change(call, None, |change| ipv6::give_block(change, id)).await?;
            return Ok(api::AssociateVpcCidrBlockResult {
                ipv6_cidr_block_association: Some(render::ipv6_association(
                    &call.scope,
                    &association,
                    "associating",
                )),
                vpc_id: Some(id.to_owned()),
                ..Default::default()
            });
        }
        let block = vpcs::block(required(&input.cidr_block, "cidrBlock")?)?;
        ec2.change(call, None, |change| {
            let association = associate(change, id, block)?;
            let shown = render::cidr_association(&association.id, association.cidr, "associating");
            Ok(api::AssociateVpcCidrBlockResult {
                cidr_block_association: Some(shown),
                vpc_id: Some(id.to_owned()),
                ..Default::default()
            })
        })
        .await
    }
}

fn associate(change: &mut Change<'_>, id: &str, block: Ipv4Net) -> Result<CidrAssociation, ServiceError> {
    let vpc = change.find::<Vpc>(id)?;
    let have: Vec<Ipv4Net> = vpc.cidrs().collect();
    if have.len() >= change.quotas().cidrs_per_vpc {
        let limit = change.quotas().cidrs_per_vpc;
        return Err(ServiceError::client(
            "CidrLimitExceeded",
            format!("This network '{id}' has met its maximum number of allowed CIDRs: {limit}"),
        ));
    }
    if have.iter().any(|other| cidr::overlap(other, &block)) {
        return Err(ServiceError::client(
            "InvalidVpc.Range",
            format!("The CIDR '{block}' conflicts with another CIDR block of the VPC."),
        ));
    }
    if vpc_blocks::is_restricted(&have, block) {
        return Err(restricted(block));
    }
    check_routes(change, &vpc, block)?;
    peering::check_block(change, &vpc, block)?;
    let association = CidrAssociation { id: change.id("vpc-cidr-assoc"), cidr: block };
    let added = association.clone();
    change.edit::<Vpc>(id, |vpc| vpc.secondary_cidrs.push(added))?;
    Ok(association)
}

fn restricted(block: Ipv4Net) -> ServiceError {
    ServiceError::client(
        "InvalidVpc.Range",
        format!(
            "The CIDR '{block}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html."
        ),
    )
}

/// A block that holds a route's destination would take what that route leads elsewhere.
fn check_routes(change: &Change<'_>, vpc: &Vpc, block: Ipv4Net) -> Result<(), ServiceError> {
    for table in change.having::<RouteTable>(|table| table.vpc == vpc.id)? {
        for route in &table.routes {
            let inside =
                blocks(change, &route.destination)?.into_iter().find(|cidr| IpNet::V4(block).contains(cidr));
            if let Some(cidr) = inside {
                let message = format!(
                    "The CIDR '{block}' is the same as or larger than the destination {cidr} of a route in {}.",
                    table.id
                );
                return Err(ServiceError::client("InvalidVpc.Range", message));
            }
        }
    }
    Ok(())
}
