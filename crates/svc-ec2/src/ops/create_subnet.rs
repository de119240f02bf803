//! Makes a subnet, under the default network ACL of its VPC.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html>

use crate::model::{cidr, zone};
use crate::op::*;
use crate::render;
use base::Region;
use ipnet::Ipv4Net;

impl Handler<Ec2> for api::CreateSubnet {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateSubnet")
            .create::<Subnet>(input.tag_specifications.as_ref())?
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
                ("Ipv6CidrBlock", input.ipv6_cidr_block.is_some()),
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
    let subnet = Subnet {
        scope: change.scope().clone(),
        id: change.id("subnet"),
        vpc: vpc.id.clone(),
        cidr: cidr_in(&vpc, &siblings, required(&input.cidr_block, "cidrBlock")?)?,
        zone: zone_of(&change.scope().region, input)?,
        map_public_ip_on_launch: false,
        hostname_type: "ip-name".to_owned(),
        resource_name_a_record: false,
        tags: tags::specified(Subnet::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&subnet)?;
    associate_default_acl(change, &subnet)?;
    Ok(subnet)
}

fn cidr_in(vpc: &Vpc, siblings: &[Arc<Subnet>], text: &str) -> Result<Ipv4Net, ServiceError> {
    let cidr = cidr::ipv4(text).ok_or_else(|| bad_cidr(text, "cidrBlock"))?;
    if !vpc.cidr.contains(&cidr) || !cidr::PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
        return Err(ServiceError::client("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    if siblings.iter().any(|other| cidr::overlap(&other.cidr, &cidr)) {
        let message = format!("The CIDR '{text}' conflicts with another subnet");
        return Err(ServiceError::client("InvalidSubnet.Conflict", message));
    }
    Ok(cidr)
}

/// The zone asked for by name or by id; the region's first when the caller leaves it to AWS.
fn zone_of(region: &Region, input: &api::CreateSubnetRequest) -> Result<String, ServiceError> {
    let zones = zone::zones(region);
    let (found, wanted) = match (&input.availability_zone, &input.availability_zone_id) {
        (Some(_), Some(_)) => {
            return Err(combination("Only one of availabilityZone and availabilityZoneId can be provided"));
        }
        (Some(name), None) => (zones.iter().find(|z| &z.name == name), name.as_str()),
        (None, Some(id)) => (zones.iter().find(|z| &z.id == id), id.as_str()),
        (None, None) => (zones.first(), ""),
    };
    found.map(|zone| zone.name.clone()).ok_or_else(|| {
        let names: Vec<_> = zones.iter().map(|z| z.name.as_str()).collect();
        let why = "Subnets can currently only be created in the following availability zones:";
        bad_value(wanted, "availabilityZone", &format!("{why} {}.", names.join(", ")))
    })
}

fn associate_default_acl(change: &mut Change<'_>, subnet: &Subnet) -> Result<(), ServiceError> {
    for acl in change.having::<NetworkAcl>(|acl| acl.vpc == subnet.vpc && acl.is_default)? {
        let association = NetworkAclAssociation { id: change.id("aclassoc"), subnet: subnet.id.clone() };
        change.edit::<NetworkAcl>(acl.id.as_str(), |acl| acl.associations.push(association))?;
    }
    Ok(())
}
