//! VPCs with what every VPC comes with, and the default one that a region begins with.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html>

use crate::change::Change;
use crate::dhcp;
use crate::error::bad_cidr;
use crate::model::acl_entry::AclTraffic;
use crate::model::cidr;
use crate::model::permission::Peer;
use crate::permissions;
use crate::quota::room;
use crate::read::Read;
use crate::state::{NetworkAcl, NetworkAclEntry, RouteTable, RouteTableAssociation, SecurityGroup, Vpc};
use crate::tags::Tags;
use ipnet::Ipv4Net;
use service::ServiceError;

/// A block of addresses as a request names it.
pub(crate) fn block(text: &str) -> Result<Ipv4Net, ServiceError> {
    let cidr = cidr::ipv4(text).ok_or_else(|| bad_cidr(text, "cidrBlock"))?;
    if cidr::PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
        return Ok(cidr);
    }
    Err(ServiceError::client("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")))
}

/// A VPC comes with a main route table, a default network ACL and a default security group.
pub(crate) fn create(
    change: &mut Change<'_>,
    cidr: Ipv4Net,
    tags: Tags,
    is_default: bool,
) -> Result<Vpc, ServiceError> {
    let have = change.all::<Vpc>()?.len();
    room(have, change.quotas().vpcs_per_region, "VpcLimitExceeded", "VPCs")?;
    let vpc = Vpc {
        scope: change.scope().clone(),
        id: change.id("vpc"),
        cidr,
        cidr_association: change.id::<String>("vpc-cidr-assoc"),
        secondary_cidrs: Vec::new(),
        ipv6_cidrs: Vec::new(),
        // All VPCs of a region begin with the same options: AmazonProvidedDNS.
        dhcp_options: dhcp::region_default(change)?,
        dns_support: true,
        // <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html#vpc-dns-support>
        dns_hostnames: is_default,
        is_default,
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
