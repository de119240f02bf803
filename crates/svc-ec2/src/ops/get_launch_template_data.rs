//! What a launch template would say to make an instance like this one.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetLaunchTemplateData.html>

use crate::op::*;
use crate::render::{interfaces_of, text};

impl Handler<Ec2> for api::GetLaunchTemplateData {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.instance_id, "InstanceId")?;
        Ok(Asks::new(ec2, call, "GetLaunchTemplateData").on::<Instance>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let row = view.find::<Instance>(required(&input.instance_id, "InstanceId")?)?;
        let interfaces = interfaces_of(&view, &row)?;
        let switch = |on: bool| text(if on { "enabled" } else { "disabled" });
        let tags =
            tags::rendered(&row.tags.clone().into_iter().filter(|(k, _)| !k.starts_with("aws:")).collect());
        let data = api::ResponseLaunchTemplateData {
            image_id: text(&row.image),
            instance_type: text(&row.instance_type),
            ebs_optimized: Some(false),
            monitoring: Some(api::LaunchTemplatesMonitoring { enabled: Some(false) }),
            placement: Some(api::LaunchTemplatePlacement {
                availability_zone: text(&row.zone),
                group_name: text(""),
                tenancy: text("default"),
                ..Default::default()
            }),
            iam_instance_profile: row.profile.as_ref().map(|profile| {
                api::LaunchTemplateIamInstanceProfileSpecification { arn: text(&profile.arn), name: None }
            }),
            user_data: row.user_data.clone(),
            disable_api_termination: Some(row.termination_protected),
            disable_api_stop: Some(row.stop_protected),
            instance_initiated_shutdown_behavior: text(if row.terminates_on_shutdown {
                "terminate"
            } else {
                "stop"
            }),
            metadata_options: Some(api::LaunchTemplateInstanceMetadataOptions {
                http_endpoint: switch(row.metadata.enabled),
                http_tokens: text(if row.metadata.tokens_required { "required" } else { "optional" }),
                http_put_response_hop_limit: Some(i32::from(row.metadata.hop_limit)),
                instance_metadata_tags: switch(row.metadata.tags),
                ..Default::default()
            }),
            network_interfaces: Some(interfaces.iter().map(|i| interface(i)).collect()),
            tag_specifications: tags.filter(|tags| !tags.is_empty()).map(|tags| {
                vec![api::LaunchTemplateTagSpecification {
                    resource_type: text(Instance::KIND),
                    tags: Some(tags),
                }]
            }),
            ..Default::default()
        };
        Ok(api::GetLaunchTemplateDataResult { launch_template_data: Some(data) })
    }
}

fn interface(row: &NetworkInterface) -> api::LaunchTemplateInstanceNetworkInterfaceSpecification {
    let attachment = row.attachment.as_ref();
    api::LaunchTemplateInstanceNetworkInterfaceSpecification {
        associate_public_ip_address: row.public_ip.is_some().then_some(true),
        delete_on_termination: attachment.map(|a| a.delete_on_termination),
        description: text(&row.description),
        device_index: attachment.map(|a| a.device_index),
        groups: Some(row.groups.iter().map(ToString::to_string).collect()),
        interface_type: text("interface"),
        ipv6_addresses: Some(
            row.ipv6_addresses
                .iter()
                .map(|address| api::InstanceIpv6Address { ipv6_address: text(address), ..Default::default() })
                .collect(),
        ),
        network_interface_id: text(&row.id),
        private_ip_address: text(row.private_ip),
        private_ip_addresses: Some(vec![api::PrivateIpAddressSpecification {
            primary: Some(true),
            private_ip_address: text(row.private_ip),
        }]),
        subnet_id: text(&row.subnet),
        ..Default::default()
    }
}
