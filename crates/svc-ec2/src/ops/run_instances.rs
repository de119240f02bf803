//! Starts instances of the one image there is.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>

use crate::launch::{check_image, launch};
use crate::launch_templates::resolve;
use crate::needs::FoundProfile;
use crate::op::*;
use crate::render::{self, text};

/// Who is given the role of an instance profile.
const SERVICE: &str = "ec2.amazonaws.com";

impl Handler<Ec2> for api::RunInstances {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        // A template that there is not is told to who may launch.
        let resolved = resolve(&ec2.view(&call.scope), call, input).ok();
        let template = resolved.as_ref().and_then(|asked| asked.template.as_ref());
        questions(ec2, call, resolved.as_ref().map_or(input, |asked| &asked.input), template)
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let asked = resolve(&ec2.look(call).await?, call, &input)?;
        if !input.allows(&questions(ec2, call, &asked.input, asked.template.as_ref())?) {
            return Err(changed());
        }
        let input = &asked.input;
        refuse_what_is_missing(input)?;
        check_image(input)?;
        let found = profile(ec2, call, input)?;
        if input.iam_instance_profile.is_some() && found.is_none() {
            return Err(no_profile(input));
        }
        let profile = found.map(|found| found.profile);
        ec2.change(call, input.dry_run, |change| {
            let made = launch(change, &asked, profile)?;
            let instances = made.iter().map(|row| render::instance(change, row)).collect::<Result<_, _>>()?;
            Ok(api::Reservation {
                reservation_id: made.first().map(|row| row.reservation.clone()),
                owner_id: text(&call.scope.account),
                groups: Some(Vec::new()),
                instances: Some(instances),
                ..Default::default()
            })
        })
        .await
    }
}

/// What launching this asks of the policies; the input is the template's and the request's together.
fn questions(ec2: &Ec2, call: &Call, input: &api::RunInstancesRequest, template: Option<&String>) -> Asked {
    let interfaces = input.network_interfaces.as_deref().unwrap_or_default();
    let mut asks = Asks::new(ec2, call, "RunInstances").create::<Instance>(of_instances(input).as_ref())?;
    asks = asks.telling("ec2:InstanceType", input.instance_type.as_ref());
    if let Some(image) = &input.image_id {
        asks = asks.image(image);
    }
    if interfaces.is_empty() || interfaces.iter().any(|i| i.network_interface_id.is_none()) {
        asks = asks.making("network-interface");
    }
    for subnet in input.subnet_id.iter().chain(interfaces.iter().filter_map(|i| i.subnet_id.as_ref())) {
        asks = asks.on::<Subnet>(subnet)?;
    }
    asks = asks.each::<SecurityGroup>(input.security_group_ids.as_ref())?;
    for interface in interfaces {
        asks = asks.each::<SecurityGroup>(interface.groups.as_ref())?;
        asks = match &interface.network_interface_id {
            Some(id) => asks.on::<NetworkInterface>(id)?,
            None => asks,
        };
    }
    if let Some(template) = template {
        asks = asks.on::<LaunchTemplate>(template)?;
    }
    let mut asked = asks.done();
    if let Some(role) = profile(ec2, call, input)?.and_then(|found| found.role) {
        let mut pass = Access::to("iam:PassRole", role);
        pass.context.push(("iam:PassedToService".to_owned(), vec![SERVICE.to_owned()]));
        asked.push(pass);
    }
    Ok(asked)
}

/// The default version of a template, or the role of a profile, is no longer the one that the policies were asked
/// about. SDKs repeat what is answered so.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
fn changed() -> ServiceError {
    ServiceError::client("Unavailable", "The launch template or the instance profile was changed meanwhile.")
        .status(503)
}

fn of_instances(input: &api::RunInstancesRequest) -> Option<Vec<api::TagSpecification>> {
    let all = input.tag_specifications.as_ref()?;
    Some(all.iter().filter(|s| s.resource_type.as_deref() == Some(Instance::KIND)).cloned().collect())
}

fn profile(
    ec2: &Ec2,
    call: &Call,
    input: &api::RunInstancesRequest,
) -> Result<Option<FoundProfile>, ServiceError> {
    let Some(asked) = &input.iam_instance_profile else { return Ok(None) };
    let (Some(needs), Some(name)) = (ec2.needs(), asked.arn.as_ref().or(asked.name.as_ref())) else {
        return Ok(None);
    };
    Ok(needs.profiles.find(&call.scope, name)?)
}

fn no_profile(input: &api::RunInstancesRequest) -> ServiceError {
    let asked = input.iam_instance_profile.as_ref();
    let (parameter, value) = match asked.and_then(|a| a.arn.as_deref()) {
        Some(arn) => ("iamInstanceProfile.arn", arn),
        None => ("iamInstanceProfile.name", asked.and_then(|a| a.name.as_deref()).unwrap_or_default()),
    };
    bad_value(
        value,
        parameter,
        if parameter.ends_with("arn") {
            "Invalid IAM Instance Profile ARN"
        } else {
            "Invalid IAM Instance Profile name"
        },
    )
}

fn refuse_what_is_missing(input: &api::RunInstancesRequest) -> Result<(), ServiceError> {
    let given = |list: Option<usize>| list.is_some_and(|n| n > 0);
    refuse(
        "RunInstances",
        &[
            ("BlockDeviceMappings", given(input.block_device_mappings.as_ref().map(Vec::len))),
            ("KeyName", input.key_name.is_some()),
            ("KernelId", input.kernel_id.is_some()),
            ("RamdiskId", input.ramdisk_id.is_some()),
            ("EnablePrimaryIpv6", input.enable_primary_ipv6 == Some(true)),
            ("Monitoring", input.monitoring.as_ref().is_some_and(|m| m.enabled == Some(true))),
            (
                "Placement",
                // Terraform sends what it was not told as empty texts. The zone is compared with the subnet's.
                input.placement.as_ref().is_some_and(|p| {
                    let given = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.is_empty());
                    (given(&p.tenancy) && p.tenancy.as_deref() != Some("default"))
                        || [&p.group_name, &p.group_id, &p.host_id, &p.affinity].into_iter().any(given)
                        || given(&p.host_resource_group_arn)
                        || p.partition_number.is_some_and(|n| n > 0)
                }),
            ),
            (
                "CreditSpecification.CpuCredits=standard",
                input
                    .credit_specification
                    .as_ref()
                    .is_some_and(|c| c.cpu_credits.as_deref() == Some("standard")),
            ),
            ("ElasticGpuSpecification", given(input.elastic_gpu_specification.as_ref().map(Vec::len))),
            (
                "ElasticInferenceAccelerators",
                given(input.elastic_inference_accelerators.as_ref().map(Vec::len)),
            ),
            ("InstanceMarketOptions", input.instance_market_options.is_some()),
            ("CpuOptions", input.cpu_options.is_some()),
            ("CapacityReservationSpecification", input.capacity_reservation_specification.is_some()),
            (
                "HibernationOptions",
                input.hibernation_options.as_ref().is_some_and(|h| h.configured == Some(true)),
            ),
            ("LicenseSpecifications", given(input.license_specifications.as_ref().map(Vec::len))),
            ("EnclaveOptions", input.enclave_options.as_ref().is_some_and(|e| e.enabled == Some(true))),
            ("PrivateDnsNameOptions", input.private_dns_name_options.is_some()),
            ("MaintenanceOptions", input.maintenance_options.is_some()),
            ("NetworkPerformanceOptions", input.network_performance_options.is_some()),
            ("Operator", input.operator.is_some()),
            ("SecondaryInterfaces", given(input.secondary_interfaces.as_ref().map(Vec::len))),
            ("AdditionalInfo", input.additional_info.is_some()),
            ("EbsOptimized", input.ebs_optimized == Some(true)),
            ("TagSpecification of a volume", tags_of_volumes(input)),
        ],
    )?;
    for interface in input.network_interfaces.iter().flatten() {
        refuse_of_interface(interface)?;
    }
    Ok(())
}

fn tags_of_volumes(input: &api::RunInstancesRequest) -> bool {
    input.tag_specifications.iter().flatten().any(|s| s.resource_type.as_deref() == Some("volume"))
}

fn refuse_of_interface(given: &api::InstanceNetworkInterfaceSpecification) -> Result<(), ServiceError> {
    let some = |n: Option<i32>| n.is_some_and(|n| n > 0);
    refuse(
        "RunInstances",
        &[
            ("NetworkInterface.Ipv4PrefixCount", some(given.ipv4_prefix_count)),
            (
                "NetworkInterface.SecondaryPrivateIpAddressCount",
                some(given.secondary_private_ip_address_count),
            ),
            (
                "NetworkInterface.PrivateIpAddresses",
                given.private_ip_addresses.as_ref().is_some_and(|l| !l.is_empty()),
            ),
            ("NetworkInterface.AssociateCarrierIpAddress", given.associate_carrier_ip_address == Some(true)),
            (
                "NetworkInterface.InterfaceType",
                given.interface_type.as_deref().is_some_and(|t| t != "interface"),
            ),
            ("NetworkInterface.EnaSrdSpecification", given.ena_srd_specification.is_some()),
            (
                "NetworkInterface.ConnectionTrackingSpecification",
                given.connection_tracking_specification.is_some(),
            ),
        ],
    )
}
