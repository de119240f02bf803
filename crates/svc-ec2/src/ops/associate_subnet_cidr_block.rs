//! Gives a subnet a block of its VPC's IPv6.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSubnetCidrBlock.html>

use crate::ipv6;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::AssociateSubnetCidrBlock {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AssociateSubnetCidrBlock")
            .on::<Subnet>(required(&input.subnet_id, "SubnetId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "AssociateSubnetCidrBlock",
            &[
                ("Ipv6IpamPoolId", input.ipv6_ipam_pool_id.is_some()),
                ("Ipv6NetmaskLength", input.ipv6_netmask_length.is_some()),
            ],
        )?;
        let id = required(&input.subnet_id, "SubnetId")?;
        let block = required(&input.ipv6_cidr_block, "ipv6CidrBlock")?;
        let association = ec2.change(call, None, |change| associate(change, id, block)).await?;
        Ok(api::AssociateSubnetCidrBlockResult {
            ipv6_cidr_block_association: Some(render::subnet_ipv6(&association, "associating")),
            subnet_id: Some(id.to_owned()),
        })
    }
}

fn associate(change: &mut Change<'_>, id: &str, block: &str) -> Result<Ipv6Association, ServiceError> {
    let subnet = change.find::<Subnet>(id)?;
    let vpc = change.find::<Vpc>(subnet.vpc.as_str())?;
    if subnet.ipv6_cidr.is_some() {
        return Err(ServiceError::client(
            "CidrLimitExceeded",
            format!("This subnet '{id}' has met its maximum number of allowed CIDRs: 1"),
        ));
    }
    let association = ipv6::subnet_block(change, &vpc, block)?;
    let added = association.clone();
    change.edit::<Subnet>(id, |subnet| subnet.ipv6_cidr = Some(added))?;
    Ok(association)
}
