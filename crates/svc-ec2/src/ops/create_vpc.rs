//! Makes a VPC and what every VPC comes with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html>

use crate::model::acl_entry::AclTraffic;
use crate::model::cidr;
use crate::model::permission::Peer;
use crate::op::*;
use crate::permissions;
use crate::render;
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
        refuse_ipv6_and_pools(&input)?;
        let cidr = cidr_of(&input)?;
        let tags = tags::specified(Vpc::KIND, input.tag_specifications.as_ref())?;
        ec2.change(call, input.dry_run, |change| {
            let vpc = create(change, cidr, tags)?;
            Ok(api::CreateVpcResult { vpc: Some(render::vpc(&vpc)) })
        })
        .await
    }
}

fn refuse_ipv6_and_pools(input: &api::CreateVpcRequest) -> Result<(), ServiceError> {
    refuse(
        "CreateVpc",
        &[
            ("AmazonProvidedIpv6CidrBlock", input.amazon_provided_ipv6_cidr_block == Some(true)),
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
    let text = required(&input.cidr_block, "cidrBlock")?;
    let cidr = cidr::ipv4(text).ok_or_else(|| bad_cidr(text, "cidrBlock"))?;
    if cidr::PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
        return Ok(cidr);
    }
    Err(ServiceError::client("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")))
}

/// A VPC comes with a main route table, a default network ACL and a default security group.
fn create(change: &mut Change<'_>, cidr: Ipv4Net, tags: Tags) -> Result<Vpc, ServiceError> {
    let existing = change.all::<Vpc>()?;
    room(existing.len(), change.quotas().vpcs_per_region, "VpcLimitExceeded", "VPCs")?;
    let vpc = Vpc {
        scope: change.scope().clone(),
        id: change.id("vpc"),
        cidr,
        cidr_association: change.id::<String>("vpc-cidr-assoc"),
        // All VPCs of a region begin with the same options: AmazonProvidedDNS.
        dhcp_options: existing.first().map_or_else(|| change.id("dopt"), |v| v.dhcp_options.clone()),
        dns_support: true,
        dns_hostnames: false,
        tags,
    };
    change.put(&vpc)?;
    change.put(&main_route_table(change, &vpc))?;
    change.put(&default_network_acl(change, &vpc))?;
    default_security_group(change, &vpc)?;
    Ok(vpc)
}

fn main_route_table(change: &Change<'_>, vpc: &Vpc) -> RouteTable {
    RouteTable {
        scope: vpc.scope.clone(),
        id: change.id("rtb"),
        vpc: vpc.id.clone(),
        associations: vec![RouteTableAssociation { id: change.id("rtbassoc"), subnet: None }],
        routes: Vec::new(),
        client_token: None,
        tags: Tags::new(),
    }
}

fn default_network_acl(change: &Change<'_>, vpc: &Vpc) -> NetworkAcl {
    let allow_all = |egress| NetworkAclEntry {
        number: 100,
        egress,
        allow: true,
        traffic: AclTraffic::ALL,
        cidr: Ipv4Net::default().into(),
    };
    NetworkAcl {
        scope: vpc.scope.clone(),
        id: change.id("acl"),
        vpc: vpc.id.clone(),
        is_default: true,
        entries: vec![allow_all(true), allow_all(false)],
        associations: Vec::new(),
        client_token: None,
        tags: Tags::new(),
    }
}

/// Its members may talk to each other and to everybody.
fn default_security_group(change: &mut Change<'_>, vpc: &Vpc) -> Result<(), ServiceError> {
    let group = SecurityGroup {
        scope: vpc.scope.clone(),
        id: change.id("sg"),
        name: SecurityGroup::DEFAULT.to_owned(),
        description: "default VPC security group".to_owned(),
        vpc: vpc.id.clone(),
        tags: Tags::new(),
    };
    change.put(&group)?;
    permissions::add_everything(change, &group, false, Peer::Group(group.id.clone()))?;
    permissions::add_everything(change, &group, true, Peer::Cidr(Ipv4Net::default().into()))
}
