//! Instances, and what filters may ask of them.

use super::{described, group_identifiers, internal_domain, many, network_interface, one, text};
use crate::api;
use crate::filter::Facts;
use crate::model::{image, instance_type};
use crate::read::Read;
use crate::state::{Instance, InstanceState, MetadataOptions, NetworkInterface, Vpc};
use crate::tags;
use std::sync::Arc;
use store::Fault;

/// The interfaces that an instance has, by their place.
pub(crate) fn interfaces_of(view: &impl Read, row: &Instance) -> Result<Vec<Arc<NetworkInterface>>, Fault> {
    let has =
        |i: &NetworkInterface| i.attachment.as_ref().is_some_and(|a| a.instance.as_ref() == Some(&row.id));
    let mut found = view.having::<NetworkInterface>(has)?;
    found.sort_by_key(|interface| interface.attachment.as_ref().map(|a| a.device_index));
    Ok(found)
}

pub(crate) fn instance_state(state: InstanceState) -> Option<api::InstanceState> {
    let (code, name) = state.code_and_name();
    Some(api::InstanceState { code: Some(code), name: text(name) })
}

/// What a terminated instance shows is what AWS goes on showing: nothing of the network.
pub(crate) fn instance(view: &impl Read, row: &Instance) -> Result<api::Instance, Fault> {
    let interfaces = interfaces_of(view, row)?;
    let shown = interfaces.iter().map(|i| network_interface(view, i)).collect::<Result<Vec<_>, _>>()?;
    let first = shown.first();
    let association = first.and_then(|i| i.association.as_ref());
    let names = view.lookup::<Vpc>(row.vpc.as_str())?.is_some_and(|vpc| vpc.dns_hostnames);
    let gone = matches!(row.state, InstanceState::Terminated { .. });
    let there = |value: Option<String>| if gone { None } else { value };
    let (vcpus, groups) = (
        instance_type::find(&row.instance_type).map(|known| known.vcpus),
        match interfaces.first() {
            Some(first) => group_identifiers(view, &first.groups)?,
            None => Vec::new(),
        },
    );
    let private_name =
        format!("ip-{}.{}", row.private_ip.to_string().replace('.', "-"), internal_domain(&row.scope.region));
    Ok(api::Instance {
        instance_id: text(&row.id),
        image_id: text(&row.image),
        instance_type: text(&row.instance_type),
        ami_launch_index: Some(row.launch_index),
        architecture: text(image::architecture()),
        client_token: text(row.client_token.as_deref().unwrap_or_default()),
        cpu_options: Some(api::CpuOptions {
            core_count: vcpus,
            threads_per_core: Some(1),
            ..Default::default()
        }),
        ebs_optimized: Some(false),
        ena_support: Some(true),
        hypervisor: text("xen"),
        iam_instance_profile: row
            .profile
            .as_ref()
            .map(|profile| api::IamInstanceProfile { arn: text(&profile.arn), id: text(&profile.id) }),
        launch_time: Some(row.launched),
        metadata_options: Some(metadata_options(row.metadata)),
        monitoring: Some(api::Monitoring { state: text("disabled") }),
        network_interfaces: Some(shown.iter().map(of_instance).collect()),
        placement: Some(api::Placement {
            availability_zone: text(&row.zone),
            group_name: text(""),
            tenancy: text("default"),
            ..Default::default()
        }),
        platform_details: text("Linux/UNIX"),
        private_dns_name: text(if gone { "" } else { private_name.as_str() }),
        private_ip_address: there(text(row.private_ip)),
        product_codes: Some(Vec::new()),
        block_device_mappings: Some(Vec::new()),
        public_dns_name: text(
            association.filter(|_| names).and_then(|a| a.public_dns_name.as_deref()).unwrap_or_default(),
        ),
        public_ip_address: association.and_then(|a| a.public_ip.clone()),
        root_device_name: text(image::ROOT_DEVICE),
        root_device_type: text("ebs"),
        security_groups: Some(groups),
        source_dest_check: first.and_then(|i| i.source_dest_check),
        state: instance_state(row.state),
        state_reason: row
            .reason
            .as_ref()
            .map(|reason| api::StateReason { code: text(&reason.code), message: text(&reason.message) }),
        state_transition_reason: text(transition(row)),
        subnet_id: there(text(&row.subnet)),
        usage_operation: text("RunInstances"),
        virtualization_type: text("hvm"),
        vpc_id: there(text(&row.vpc)),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    })
}

fn transition(row: &Instance) -> String {
    match (&row.reason, row.state) {
        (Some(reason), InstanceState::Stopped | InstanceState::Terminated { .. })
            if reason.code == "Client.UserInitiatedShutdown" =>
        {
            "User initiated".to_owned()
        }
        (Some(reason), InstanceState::Terminated { .. }) => reason.code.clone(),
        _ => String::new(),
    }
}

pub(crate) fn metadata_options(options: MetadataOptions) -> api::InstanceMetadataOptionsResponse {
    let switch = |on| text(if on { "enabled" } else { "disabled" });
    api::InstanceMetadataOptionsResponse {
        state: text("applied"),
        http_tokens: text(if options.tokens_required { "required" } else { "optional" }),
        http_put_response_hop_limit: Some(i32::from(options.hop_limit)),
        http_endpoint: switch(options.enabled),
        http_protocol_ipv6: text("disabled"),
        instance_metadata_tags: switch(options.tags),
    }
}

/// An interface as its instance shows it.
fn of_instance(shown: &api::NetworkInterface) -> api::InstanceNetworkInterface {
    let association = |a: &api::NetworkInterfaceAssociation| api::InstanceNetworkInterfaceAssociation {
        ip_owner_id: a.ip_owner_id.clone(),
        public_dns_name: a.public_dns_name.clone(),
        public_ip: a.public_ip.clone(),
        ..Default::default()
    };
    let attachment = shown.attachment.as_ref().map(|a| api::InstanceNetworkInterfaceAttachment {
        attach_time: a.attach_time,
        attachment_id: a.attachment_id.clone(),
        delete_on_termination: a.delete_on_termination,
        device_index: a.device_index,
        network_card_index: a.network_card_index,
        status: a.status.clone(),
        ..Default::default()
    });
    let addresses = shown.private_ip_addresses.iter().flatten().map(|a| api::InstancePrivateIpAddress {
        association: a.association.as_ref().map(association),
        primary: a.primary,
        private_dns_name: a.private_dns_name.clone(),
        private_ip_address: a.private_ip_address.clone(),
    });
    api::InstanceNetworkInterface {
        association: shown.association.as_ref().map(association),
        attachment,
        description: shown.description.clone(),
        groups: shown.groups.clone(),
        interface_type: shown.interface_type.clone(),
        ipv6_addresses: Some(ipv6_addresses(shown)),
        mac_address: shown.mac_address.clone(),
        network_interface_id: shown.network_interface_id.clone(),
        owner_id: shown.owner_id.clone(),
        private_dns_name: shown.private_dns_name.clone(),
        private_ip_address: shown.private_ip_address.clone(),
        private_ip_addresses: Some(addresses.collect()),
        source_dest_check: shown.source_dest_check,
        status: shown.status.clone(),
        subnet_id: shown.subnet_id.clone(),
        vpc_id: shown.vpc_id.clone(),
        ..Default::default()
    }
}

fn ipv6_addresses(shown: &api::NetworkInterface) -> Vec<api::InstanceIpv6Address> {
    let address = |a: &api::NetworkInterfaceIpv6Address| api::InstanceIpv6Address {
        ipv6_address: a.ipv6_address.clone(),
        is_primary_ipv6: a.is_primary_ipv6,
    };
    shown.ipv6_addresses.iter().flatten().map(address).collect()
}

impl Facts for api::Instance {
    const FILTERS: &'static [&'static str] = &[
        "affinity",
        "architecture",
        "availability-zone",
        "client-token",
        "dns-name",
        "host-id",
        "hypervisor",
        "iam-instance-profile.arn",
        "iam-instance-profile.id",
        "image-id",
        "instance-id",
        "instance-lifecycle",
        "instance-state-code",
        "instance-state-name",
        "instance-type",
        "instance.group-id",
        "instance.group-name",
        "ip-address",
        "key-name",
        "launch-index",
        "launch-time",
        "metadata-options.http-endpoint",
        "metadata-options.http-put-response-hop-limit",
        "metadata-options.http-tokens",
        "metadata-options.instance-metadata-tags",
        "monitoring-state",
        "network-interface.addresses.private-ip-address",
        "network-interface.group-id",
        "network-interface.mac-address",
        "network-interface.network-interface-id",
        "network-interface.private-ip-address",
        "network-interface.subnet-id",
        "network-interface.vpc-id",
        "owner-id",
        "placement-group-name",
        "placement-partition-number",
        "platform",
        "platform-details",
        "private-dns-name",
        "private-ip-address",
        "root-device-name",
        "root-device-type",
        "source-dest-check",
        "state-reason-code",
        "state-reason-message",
        "subnet-id",
        "tag-value",
        "tenancy",
        "virtualization-type",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        if let Some(rest) = filter.strip_prefix("network-interface.") {
            return interface_facts(self.network_interfaces.as_ref(), rest);
        }
        let (state, options) = (self.state.as_ref(), self.metadata_options.as_ref());
        let (profile, reason) = (self.iam_instance_profile.as_ref(), self.state_reason.as_ref());
        match filter {
            "architecture" => one(self.architecture.as_ref()),
            "availability-zone" => one(self.placement.as_ref().and_then(|p| p.availability_zone.as_ref())),
            "client-token" => one(self.client_token.as_ref()),
            "dns-name" => one(self.public_dns_name.as_ref()),
            "hypervisor" => one(self.hypervisor.as_ref()),
            "iam-instance-profile.arn" => one(profile.and_then(|p| p.arn.as_ref())),
            "iam-instance-profile.id" => one(profile.and_then(|p| p.id.as_ref())),
            "image-id" => one(self.image_id.as_ref()),
            "instance-id" => one(self.instance_id.as_ref()),
            "instance-state-code" => one(state.and_then(|s| s.code)),
            "instance-state-name" => one(state.and_then(|s| s.name.as_ref())),
            "instance-type" => one(self.instance_type.as_ref()),
            "instance.group-id" => many(self.security_groups.as_ref(), |g| g.group_id.clone()),
            "instance.group-name" => many(self.security_groups.as_ref(), |g| g.group_name.clone()),
            "ip-address" => one(self.public_ip_address.as_ref()),
            "launch-index" => one(self.ami_launch_index),
            "launch-time" => one(self.launch_time.map(|at| at.iso8601_ms())),
            "metadata-options.http-endpoint" => one(options.and_then(|o| o.http_endpoint.as_ref())),
            "metadata-options.http-put-response-hop-limit" => {
                one(options.and_then(|o| o.http_put_response_hop_limit))
            }
            "metadata-options.http-tokens" => one(options.and_then(|o| o.http_tokens.as_ref())),
            "monitoring-state" => one(self.monitoring.as_ref().and_then(|m| m.state.as_ref())),
            "owner-id" => many(self.network_interfaces.as_ref(), |i| i.owner_id.clone()),
            "platform-details" => one(self.platform_details.as_ref()),
            "private-dns-name" => one(self.private_dns_name.as_ref()),
            "private-ip-address" => one(self.private_ip_address.as_ref()),
            "root-device-name" => one(self.root_device_name.as_ref()),
            "root-device-type" => one(self.root_device_type.as_ref()),
            "source-dest-check" => one(self.source_dest_check),
            "state-reason-code" => one(reason.and_then(|r| r.code.as_ref())),
            "state-reason-message" => one(reason.and_then(|r| r.message.as_ref())),
            "metadata-options.instance-metadata-tags" => {
                one(options.and_then(|o| o.instance_metadata_tags.as_ref()))
            }
            "tag-value" => many(self.tags.as_ref(), |tag| tag.value.clone()),
            "subnet-id" => one(self.subnet_id.as_ref()),
            "tenancy" => one(self.placement.as_ref().and_then(|p| p.tenancy.as_ref())),
            "virtualization-type" => one(self.virtualization_type.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }
    described!(instance_id, tags);
}

fn interface_facts(interfaces: Option<&Vec<api::InstanceNetworkInterface>>, fact: &str) -> Vec<String> {
    match fact {
        "addresses.private-ip-address" => interfaces
            .into_iter()
            .flatten()
            .flat_map(|i| many(i.private_ip_addresses.as_ref(), |a| a.private_ip_address.clone()))
            .collect(),
        "group-id" => interfaces
            .into_iter()
            .flatten()
            .flat_map(|i| many(i.groups.as_ref(), |g| g.group_id.clone()))
            .collect(),
        "mac-address" => many(interfaces, |i| i.mac_address.clone()),
        "network-interface-id" => many(interfaces, |i| i.network_interface_id.clone()),
        "private-ip-address" => many(interfaces, |i| i.private_ip_address.clone()),
        "subnet-id" => many(interfaces, |i| i.subnet_id.clone()),
        "vpc-id" => many(interfaces, |i| i.vpc_id.clone()),
        _ => Vec::new(),
    }
}
