//! Makes a VPC and what every VPC comes with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html>

use crate::ipv6;
use crate::op::*;
use crate::render;
use crate::vpcs;
use ipnet::Ipv4Net;

impl Handler<Ec2> for api::CreateVpc {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateVpc").create::<Vpc>(input.tag_specifications.as_ref())?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse_pools(&input)?;
        let cidr = cidr_of(&input)?;
        let tags = tags::specified(Vpc::KIND, input.tag_specifications.as_ref())?;
        ec2.change(call, input.dry_run, |change| {
            let mut vpc = vpcs::create(change, cidr, tags, false)?;
            if input.amazon_provided_ipv6_cidr_block == Some(true) {
                vpc.ipv6_cidrs.push(ipv6::give_block(change, vpc.id.as_str())?);
            }
            Ok(api::CreateVpcResult { vpc: Some(render::vpc(&vpc)) })
        })
        .await
    }
}

fn refuse_pools(input: &api::CreateVpcRequest) -> Result<(), ServiceError> {
    refuse(
        "CreateVpc",
        &[
            ("Ipv6Pool", input.ipv6_pool.is_some()),
            ("Ipv6CidrBlock", input.ipv6_cidr_block.is_some()),
            ("Ipv4IpamPoolId", input.ipv4_ipam_pool_id.is_some()),
            ("Ipv4NetmaskLength", input.ipv4_netmask_length.is_some()),
            ("Ipv6IpamPoolId", input.ipv6_ipam_pool_id.is_some()),
            ("Ipv6NetmaskLength", input.ipv6_netmask_length.is_some()),
            ("Ipv6CidrBlockNetworkBorderGroup", input.ipv6_cidr_block_network_border_group.is_some()),
            ("VpcEncryptionControl", input.vpc_encryption_control.is_some()),
            ("InstanceTenancy", input.instance_tenancy.as_deref().is_some_and(|t| t != "default")),
        ],
    )
}

fn cidr_of(input: &api::CreateVpcRequest) -> Result<Ipv4Net, ServiceError> {
    vpcs::block(required(&input.cidr_block, "cidrBlock")?)
}
