//! Makes a subnet, under the default network ACL of its VPC.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html>

use crate::ipv6;
use crate::model::cidr;
use crate::op::*;
use crate::render;
use crate::subnets;
use ipnet::Ipv4Net;

impl Handler<Ec2> for api::CreateSubnet {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateSubnet")
            .create::<Subnet>(input.tag_specifications.as_ref())?
            .telling("ec2:AvailabilityZone", input.availability_zone.as_ref())
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "CreateSubnet",
            &[
                ("OutpostArn", input.outpost_arn.is_some()),
                ("Ipv6Native", input.ipv6_native == Some(true)),
                ("Ipv4IpamPoolId", input.ipv4_ipam_pool_id.is_some()),
                ("Ipv4NetmaskLength", input.ipv4_netmask_length.is_some()),
                ("Ipv6IpamPoolId", input.ipv6_ipam_pool_id.is_some()),
                ("Ipv6NetmaskLength", input.ipv6_netmask_length.is_some()),
            ],
        )?;
        ec2.change(call, input.dry_run, |change| {
            let subnet = create(change, &input)?;
            Ok(api::CreateSubnetResult { subnet: Some(render::subnet(change, &subnet)?) })
        })
        .await
    }
}

fn create(change: &mut Change<'_>, input: &api::CreateSubnetRequest) -> Result<Subnet, ServiceError> {
    let vpc = change.find::<Vpc>(required(&input.vpc_id, "VpcId")?)?;
    let siblings = change.having::<Subnet>(|s| s.vpc == vpc.id)?;
    room(siblings.len(), change.quotas().subnets_per_vpc, "SubnetLimitExceeded", "subnets")?;
    let cidr = cidr_in(&vpc, &siblings, required(&input.cidr_block, "cidrBlock")?)?;
    let zone = subnets::zone_of(
        &change.scope().region,
        input.availability_zone.as_ref(),
        input.availability_zone_id.as_ref(),
    )?;
    let tags = tags::specified(Subnet::KIND, input.tag_specifications.as_ref())?;
    let of_ipv6 = input.ipv6_cidr_block.as_ref();
    let of_ipv6 = of_ipv6.map(|text| ipv6::subnet_block(change, &vpc, text)).transpose()?;
    let mut subnet = subnets::create(change, &vpc, cidr, zone, tags)?;
    if of_ipv6.is_some() {
        subnet.ipv6_cidr = of_ipv6;
        change.put(&subnet)?;
    }
    Ok(subnet)
}

fn cidr_in(vpc: &Vpc, siblings: &[Arc<Subnet>], text: &str) -> Result<Ipv4Net, ServiceError> {
    let cidr = cidr::ipv4(text).ok_or_else(|| bad_cidr(text, "cidrBlock"))?;
    if !vpc.cidrs().any(|block| block.contains(&cidr)) || !cidr::PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
        return Err(ServiceError::client("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    if siblings.iter().any(|other| cidr::overlap(&other.cidr, &cidr)) {
        let message = format!("The CIDR '{text}' conflicts with another subnet");
        return Err(ServiceError::client("InvalidSubnet.Conflict", message));
    }
    Ok(cidr)
}
