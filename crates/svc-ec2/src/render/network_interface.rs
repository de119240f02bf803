//! Network interfaces, with the Elastic IP addresses and DNS names they have.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::model::zone;
use crate::read::Read;
use crate::state::{Address, NetworkInterface, SecurityGroup, Vpc};
use crate::tags;
use base::{Region, SecurityGroupId};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use store::Fault;

pub(crate) fn network_interface(
    view: &impl Read,
    row: &NetworkInterface,
) -> Result<api::NetworkInterface, Fault> {
    let names = view.lookup::<Vpc>(row.vpc.as_str())?.is_some_and(|vpc| vpc.dns_hostnames);
    let region = &row.scope.region;
    let private_name = |ip: Ipv4Addr| names.then(|| private_dns_name(region, ip));
    let public = view.having::<Address>(|a| a.association.as_ref().is_some_and(|x| x.interface == row.id))?;
    let association = |ip: Ipv4Addr| {
        let elastic = public.iter().find_map(|address| associated(address, ip, names));
        elastic.or_else(|| given(row, names).filter(|_| ip == row.private_ip))
    };
    let addresses = row.addresses().map(|ip| api::NetworkInterfacePrivateIpAddress {
        association: association(ip),
        primary: Some(ip == row.private_ip),
        private_dns_name: private_name(ip),
        private_ip_address: text(ip),
    });
    Ok(api::NetworkInterface {
        network_interface_id: text(&row.id),
        owner_id: text(&row.scope.account),
        subnet_id: text(&row.subnet),
        vpc_id: text(&row.vpc),
        availability_zone: text(&row.zone),
        availability_zone_id: zone::zone_id(region, &row.zone),
        description: text(&row.description),
        groups: Some(group_identifiers(view, &row.groups)?),
        interface_type: text(row.interface_type.as_str()),
        mac_address: text(row.mac()),
        private_ip_address: text(row.private_ip),
        private_dns_name: private_name(row.private_ip),
        private_ip_addresses: Some(addresses.collect()),
        ipv6_address: row.ipv6_addresses.first().map(ToString::to_string),
        ipv6_addresses: Some(ipv6_addresses(row)),
        association: association(row.private_ip),
        attachment: attachment(row),
        requester_id: row.requester.clone(),
        requester_managed: Some(row.requester.is_some()),
        source_dest_check: Some(row.source_dest_check),
        status: text(if row.attachment.is_some() { "in-use" } else { "available" }),
        operator: Some(api::OperatorResponse { managed: Some(false), ..Default::default() }),
        tag_set: tags::rendered(&row.tags),
        ..Default::default()
    })
}

fn ipv6_addresses(row: &NetworkInterface) -> Vec<api::NetworkInterfaceIpv6Address> {
    let shown = |address: &std::net::Ipv6Addr| api::NetworkInterfaceIpv6Address {
        ipv6_address: text(address),
        is_primary_ipv6: Some(false),
        ..Default::default()
    };
    row.ipv6_addresses.iter().map(shown).collect()
}

/// `ip-10-0-0-5.ec2.internal`, or with the region's name outside us-east-1.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/AWS-dns.html>
fn private_dns_name(region: &Region, ip: Ipv4Addr) -> String {
    format!("ip-{}.{}", ip.to_string().replace('.', "-"), internal_domain(region))
}

/// The domain of private names.
pub(crate) fn internal_domain(region: &Region) -> String {
    match region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    }
}

fn public_dns_name(region: &Region, ip: Ipv4Addr) -> String {
    let host = ip.to_string().replace('.', "-");
    match region.as_str() {
        "us-east-1" => format!("ec2-{host}.compute-1.amazonaws.com"),
        region => format!("ec2-{host}.{region}.compute.amazonaws.com"),
    }
}

fn associated(address: &Arc<Address>, ip: Ipv4Addr, names: bool) -> Option<api::NetworkInterfaceAssociation> {
    let association = address.association.as_ref().filter(|a| a.private_ip == ip)?;
    Some(api::NetworkInterfaceAssociation {
        allocation_id: text(&address.id),
        association_id: text(&association.id),
        ip_owner_id: text(&address.scope.account),
        public_ip: text(address.public_ip),
        public_dns_name: names.then(|| public_dns_name(&address.scope.region, address.public_ip)),
        ..Default::default()
    })
}

/// The association with a public address of AWS's choice, which has no id and belongs to Amazon.
fn given(row: &NetworkInterface, names: bool) -> Option<api::NetworkInterfaceAssociation> {
    let public = row.public_ip?;
    Some(api::NetworkInterfaceAssociation {
        ip_owner_id: text("amazon"),
        public_ip: text(public),
        public_dns_name: names.then(|| public_dns_name(&row.scope.region, public)),
        ..Default::default()
    })
}

fn attachment(row: &NetworkInterface) -> Option<api::NetworkInterfaceAttachment> {
    let attachment = row.attachment.as_ref()?;
    Some(api::NetworkInterfaceAttachment {
        attachment_id: text(&attachment.id),
        attach_time: Some(attachment.attached),
        delete_on_termination: Some(attachment.delete_on_termination),
        instance_id: attachment.instance.as_ref().map(ToString::to_string),
        device_index: Some(attachment.device_index),
        network_card_index: Some(0),
        instance_owner_id: text(&attachment.owner),
        status: text("attached"),
        ..Default::default()
    })
}

/// Groups with their names.
pub(crate) fn group_identifiers(
    view: &impl Read,
    groups: &BTreeSet<SecurityGroupId>,
) -> Result<Vec<api::GroupIdentifier>, Fault> {
    groups
        .iter()
        .map(|id| {
            let group = view.lookup::<SecurityGroup>(id.as_str())?;
            Ok(api::GroupIdentifier { group_id: text(id), group_name: group.map(|g| g.name.clone()) })
        })
        .collect()
}

impl Facts for api::NetworkInterface {
    const FILTERS: &'static [&'static str] = &[
        "addresses.association.public-ip",
        "addresses.primary",
        "addresses.private-ip-address",
        "association.allocation-id",
        "association.association-id",
        "association.public-ip",
        "attachment.attachment-id",
        "attachment.device-index",
        "attachment.instance-id",
        "attachment.instance-owner-id",
        "attachment.status",
        "availability-zone",
        "availability-zone-id",
        "description",
        "group-id",
        "group-name",
        "interface-type",
        "ipv6-addresses.ipv6-address",
        "mac-address",
        "network-interface-id",
        "owner-id",
        "private-dns-name",
        "private-ip-address",
        "requester-id",
        "requester-managed",
        "source-dest-check",
        "status",
        "subnet-id",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        if let Some(rest) = filter.strip_prefix("attachment.") {
            return attachment_facts(self.attachment.as_ref(), rest);
        }
        if let Some(rest) = filter.strip_prefix("addresses.").or(filter.strip_prefix("association.")) {
            return address_facts(self, filter, rest);
        }
        match filter {
            "availability-zone" => one(self.availability_zone.as_ref()),
            "availability-zone-id" => one(self.availability_zone_id.as_ref()),
            "description" => one(self.description.as_ref()),
            "group-id" => many(self.groups.as_ref(), |g| g.group_id.clone()),
            "group-name" => many(self.groups.as_ref(), |g| g.group_name.clone()),
            "interface-type" => one(self.interface_type.as_ref()),
            "ipv6-addresses.ipv6-address" => many(self.ipv6_addresses.as_ref(), |a| a.ipv6_address.clone()),
            "mac-address" => one(self.mac_address.as_ref()),
            "network-interface-id" => one(self.network_interface_id.as_ref()),
            "owner-id" => one(self.owner_id.as_ref()),
            "private-dns-name" => one(self.private_dns_name.as_ref()),
            "private-ip-address" => one(self.private_ip_address.as_ref()),
            "requester-id" => one(self.requester_id.as_ref()),
            "requester-managed" => one(self.requester_managed),
            "source-dest-check" => one(self.source_dest_check),
            "status" => one(self.status.as_ref()),
            "subnet-id" => one(self.subnet_id.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(network_interface_id, tag_set);
}

fn attachment_facts(attachment: Option<&api::NetworkInterfaceAttachment>, fact: &str) -> Vec<String> {
    let Some(attachment) = attachment else { return Vec::new() };
    match fact {
        "attachment-id" => one(attachment.attachment_id.as_ref()),
        "device-index" => one(attachment.device_index),
        "instance-id" => one(attachment.instance_id.as_ref()),
        "instance-owner-id" => one(attachment.instance_owner_id.as_ref()),
        "status" => one(attachment.status.as_ref()),
        _ => Vec::new(),
    }
}

fn address_facts(interface: &api::NetworkInterface, filter: &str, fact: &str) -> Vec<String> {
    let addresses = interface.private_ip_addresses.as_ref();
    match (filter, fact) {
        ("addresses.primary", _) => many(addresses, |a| a.primary),
        ("addresses.private-ip-address", _) => many(addresses, |a| a.private_ip_address.clone()),
        (_, "association.public-ip" | "public-ip") => {
            many(addresses, |a| a.association.as_ref().and_then(|x| x.public_ip.clone()))
        }
        (_, "allocation-id") => {
            many(addresses, |a| a.association.as_ref().and_then(|x| x.allocation_id.clone()))
        }
        (_, "association-id") => {
            many(addresses, |a| a.association.as_ref().and_then(|x| x.association_id.clone()))
        }
        _ => Vec::new(),
    }
}
