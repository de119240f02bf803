//! Subnets: their zones, and the network ACL that each has from the beginning.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html>

use crate::change::Change;
use crate::error::{bad_value, combination};
use crate::model::zone;
use crate::read::Read;
use crate::state::{NetworkAcl, NetworkAclAssociation, Subnet, Vpc};
use crate::tags::Tags;
use base::Region;
use ipnet::Ipv4Net;
use service::ServiceError;

/// Makes a subnet under the default network ACL of its VPC.
pub(crate) fn create(
    change: &mut Change<'_>,
    vpc: &Vpc,
    cidr: Ipv4Net,
    zone: String,
    tags: Tags,
) -> Result<Subnet, ServiceError> {
    let subnet = Subnet {
        scope: change.scope().clone(),
        id: change.id("subnet"),
        vpc: vpc.id.clone(),
        cidr,
        ipv6_cidr: None,
        assign_ipv6: false,
        zone,
        map_public_ip_on_launch: false,
        hostname_type: "ip-name".to_owned(),
        resource_name_a_record: false,
        is_default: false,
        tags,
    };
    change.put(&subnet)?;
    associate_default_acl(change, &subnet)?;
    Ok(subnet)
}

/// The zone asked for by name or by id; the region's first when the caller leaves it to AWS.
pub(crate) fn zone_of(
    region: &Region,
    name: Option<&String>,
    id: Option<&String>,
) -> Result<String, ServiceError> {
    let zones = zone::zones(region);
    let (found, wanted) = match (name, id) {
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
