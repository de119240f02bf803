//! Subnets, and which of their addresses are taken.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::model::{address, zone};
use crate::read::Read;
use crate::state::{Ipv6Association, NetworkInterface, Subnet};
use crate::tags;
use base::Arn;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use store::Fault;

/// The addresses that interfaces in the subnet hold.
pub(crate) fn used_addresses(view: &impl Read, subnet: &Subnet) -> Result<BTreeSet<Ipv4Addr>, Fault> {
    let interfaces = view.having::<NetworkInterface>(|i| i.subnet == subnet.id)?;
    Ok(interfaces.iter().flat_map(|i| i.addresses().collect::<Vec<_>>()).collect())
}

pub(crate) fn available_addresses(view: &impl Read, subnet: &Subnet) -> Result<u32, Fault> {
    let used = u32::try_from(used_addresses(view, subnet)?.len()).unwrap_or(u32::MAX);
    Ok(address::capacity(subnet.cidr).saturating_sub(used))
}

pub(crate) fn subnet(view: &impl Read, row: &Subnet) -> Result<api::Subnet, Fault> {
    let available = available_addresses(view, row)?;
    Ok(api::Subnet {
        subnet_id: text(&row.id),
        subnet_arn: text(Arn::regional("ec2", &row.scope, format!("subnet/{}", row.id))),
        owner_id: text(&row.scope.account),
        vpc_id: text(&row.vpc),
        cidr_block: text(row.cidr),
        availability_zone: text(&row.zone),
        availability_zone_id: zone::zone_id(&row.scope.region, &row.zone),
        available_ip_address_count: i32::try_from(available).ok(),
        state: text("available"),
        default_for_az: Some(row.is_default),
        map_public_ip_on_launch: Some(row.map_public_ip_on_launch),
        map_customer_owned_ip_on_launch: Some(false),
        assign_ipv6_address_on_creation: Some(row.assign_ipv6),
        ipv6_cidr_block_association_set: Some(
            row.ipv6_cidr.iter().map(|a| subnet_ipv6(a, "associated")).collect(),
        ),
        enable_dns64: Some(false),
        ipv6_native: Some(false),
        private_dns_name_options_on_launch: Some(api::PrivateDnsNameOptionsOnLaunch {
            hostname_type: text(&row.hostname_type),
            enable_resource_name_dns_a_record: Some(row.resource_name_a_record),
            enable_resource_name_dns_aaaa_record: Some(false),
        }),
        block_public_access_states: Some(api::BlockPublicAccessStates {
            internet_gateway_block_mode: text("off"),
        }),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    })
}

pub(crate) fn subnet_ipv6(row: &Ipv6Association, state: &str) -> api::SubnetIpv6CidrBlockAssociation {
    api::SubnetIpv6CidrBlockAssociation {
        association_id: text(&row.id),
        ipv6_cidr_block: text(row.cidr),
        ipv6_cidr_block_state: Some(api::SubnetCidrBlockState { state: text(state), status_message: None }),
        ..Default::default()
    }
}

impl Facts for api::Subnet {
    const FILTERS: &'static [&'static str] = &[
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "availabilityZoneId",
        "available-ip-address-count",
        "cidr",
        "cidr-block",
        "cidrBlock",
        "default-for-az",
        "defaultForAz",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "map-public-ip-on-launch",
        "owner-id",
        "state",
        "subnet-arn",
        "subnet-id",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let of_ipv6 = self.ipv6_cidr_block_association_set.as_ref();
        match filter {
            "availability-zone" | "availabilityZone" => one(self.availability_zone.as_ref()),
            "availability-zone-id" | "availabilityZoneId" => one(self.availability_zone_id.as_ref()),
            "available-ip-address-count" => one(self.available_ip_address_count),
            "cidr" | "cidr-block" | "cidrBlock" => one(self.cidr_block.as_ref()),
            "default-for-az" | "defaultForAz" => one(self.default_for_az),
            "ipv6-cidr-block-association.association-id" => many(of_ipv6, |a| a.association_id.clone()),
            "ipv6-cidr-block-association.ipv6-cidr-block" => many(of_ipv6, |a| a.ipv6_cidr_block.clone()),
            "ipv6-cidr-block-association.state" => {
                many(of_ipv6, |a| a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.clone()))
            }
            "map-public-ip-on-launch" => one(self.map_public_ip_on_launch),
            "owner-id" => one(self.owner_id.as_ref()),
            "state" => one(self.state.as_ref()),
            "subnet-arn" => one(self.subnet_arn.as_ref()),
            "subnet-id" => one(self.subnet_id.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(subnet_id, tags);
}
