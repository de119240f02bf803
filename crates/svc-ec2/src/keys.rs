//! Condition keys that tell what a resource is, or what something is made in.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys>
//!
//! Which of them an action has is for AWS's reference to say, not for this file.

use crate::state::{
    Address, Instance, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint,
};
use base::{Arn, Scope};

/// A key with its value.
pub(crate) type Key = (&'static str, String);

/// VPCs and subnets are named by their ARNs in some keys.
fn arn(scope: &Scope, kind: &str, id: &str) -> String {
    Arn::regional("ec2", scope, format!("{kind}/{id}")).to_string()
}

fn in_vpc(scope: &Scope, vpc: &base::VpcId) -> Key {
    ("ec2:Vpc", arn(scope, "vpc", vpc.as_str()))
}

fn in_subnet(scope: &Scope, subnet: &base::SubnetId) -> Key {
    ("ec2:Subnet", arn(scope, "subnet", subnet.as_str()))
}

pub(crate) fn vpc(vpc: &Vpc) -> Vec<Key> {
    vec![("ec2:VpcID", vpc.id.to_string()), ("ec2:Tenancy", "default".to_owned())]
}

/// What a VPC tells of what is made in it.
pub(crate) fn lent_by_vpc(vpc: &Vpc) -> Vec<Key> {
    vec![in_vpc(&vpc.scope, &vpc.id)]
}

pub(crate) fn subnet(subnet: &Subnet) -> Vec<Key> {
    vec![
        ("ec2:SubnetID", subnet.id.to_string()),
        ("ec2:AvailabilityZone", subnet.zone.clone()),
        in_vpc(&subnet.scope, &subnet.vpc),
    ]
}

/// What a subnet tells of what is made in it.
pub(crate) fn lent_by_subnet(subnet: &Subnet) -> Vec<Key> {
    vec![
        in_subnet(&subnet.scope, &subnet.id),
        in_vpc(&subnet.scope, &subnet.vpc),
        ("ec2:AvailabilityZone", subnet.zone.clone()),
    ]
}

pub(crate) fn security_group(group: &SecurityGroup) -> Vec<Key> {
    vec![("ec2:SecurityGroupID", group.id.to_string()), in_vpc(&group.scope, &group.vpc)]
}

pub(crate) fn route_table(table: &RouteTable) -> Vec<Key> {
    vec![("ec2:RouteTableID", table.id.to_string()), in_vpc(&table.scope, &table.vpc)]
}

pub(crate) fn network_acl(acl: &NetworkAcl) -> Vec<Key> {
    vec![("ec2:NetworkAclID", acl.id.to_string()), in_vpc(&acl.scope, &acl.vpc)]
}

pub(crate) fn network_interface(interface: &NetworkInterface) -> Vec<Key> {
    vec![
        ("ec2:NetworkInterfaceID", interface.id.to_string()),
        in_vpc(&interface.scope, &interface.vpc),
        in_subnet(&interface.scope, &interface.subnet),
        ("ec2:AvailabilityZone", interface.zone.clone()),
    ]
}

pub(crate) fn vpc_endpoint(endpoint: &VpcEndpoint) -> Vec<Key> {
    vec![
        ("ec2:VpceServiceName", endpoint.service_name.clone()),
        ("ec2:VpceServiceOwner", "amazon".to_owned()),
    ]
}

pub(crate) fn address(address: &Address) -> Vec<Key> {
    vec![
        ("ec2:AllocationId", address.id.to_string()),
        ("ec2:Domain", "vpc".to_owned()),
        ("ec2:PublicIpAddress", address.public_ip.to_string()),
    ]
}

pub(crate) fn instance(instance: &Instance) -> Vec<Key> {
    vec![
        ("ec2:InstanceID", instance.id.to_string()),
        ("ec2:InstanceType", instance.instance_type.clone()),
        ("ec2:AvailabilityZone", instance.zone.clone()),
        ("ec2:Tenancy", "default".to_owned()),
    ]
}
