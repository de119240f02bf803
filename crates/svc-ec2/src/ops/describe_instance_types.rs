//! Shows the instance types that there are, and what each has.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html>

use crate::model::image;
use crate::model::instance_type::{self, InstanceType};
use crate::op::*;
use crate::render::{one, text};

impl Handler<Ec2> for api::DescribeInstanceTypes {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeInstanceTypes"))
    }

    async fn run(_: &Ec2, _: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = ("InstanceType", &input.instance_types);
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ids);
        let page = wanted.select(named(input.instance_types.as_ref())?.into_iter().map(shown).collect())?;
        Ok(api::DescribeInstanceTypesResult { instance_types: Some(page.items), next_token: page.next_token })
    }
}

fn named(names: Option<&Vec<String>>) -> Result<Vec<InstanceType>, ServiceError> {
    let Some(names) = names.filter(|names| !names.is_empty()) else {
        return Ok(instance_type::TYPES.to_vec());
    };
    let unknown: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| instance_type::find(name).is_none()).collect();
    if !unknown.is_empty() {
        return Err(ServiceError::client(
            "InvalidInstanceType",
            format!("The following supplied instance types do not exist: [{}]", unknown.join(", ")),
        ));
    }
    Ok(names.iter().filter_map(|name| instance_type::find(name)).collect())
}

fn shown(known: InstanceType) -> api::InstanceTypeInfo {
    api::InstanceTypeInfo {
        instance_type: text(known.name),
        current_generation: Some(!known.name.starts_with("m1.")),
        free_tier_eligible: Some(known.free_tier),
        supported_usage_classes: Some(vec!["on-demand".to_owned()]),
        supported_root_device_types: Some(vec!["ebs".to_owned()]),
        supported_virtualization_types: Some(vec!["hvm".to_owned()]),
        bare_metal: Some(false),
        burstable_performance_supported: Some(known.burstable),
        instance_storage_supported: Some(false),
        hibernation_supported: Some(false),
        processor_info: Some(api::ProcessorInfo {
            supported_architectures: Some(vec![image::architecture().to_owned()]),
            ..Default::default()
        }),
        v_cpu_info: Some(api::VCpuInfo {
            default_v_cpus: Some(known.vcpus),
            default_cores: Some(known.vcpus),
            default_threads_per_core: Some(1),
            ..Default::default()
        }),
        memory_info: Some(api::MemoryInfo { size_in_mi_b: Some(known.memory_mib) }),
        network_info: Some(api::NetworkInfo {
            maximum_network_interfaces: Some(known.interfaces),
            ipv4_addresses_per_interface: Some(known.addresses),
            ..Default::default()
        }),
        ..Default::default()
    }
}

impl Facts for api::InstanceTypeInfo {
    const FILTERS: &'static [&'static str] = &[
        "bare-metal",
        "burstable-performance-supported",
        "current-generation",
        "free-tier-eligible",
        "hibernation-supported",
        "instance-type",
        "memory-info.size-in-mib",
        "processor-info.supported-architecture",
        "supported-root-device-type",
        "supported-usage-class",
        "supported-virtualization-type",
        "vcpu-info.default-vcpus",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "bare-metal" => one(self.bare_metal),
            "burstable-performance-supported" => one(self.burstable_performance_supported),
            "current-generation" => one(self.current_generation),
            "free-tier-eligible" => one(self.free_tier_eligible),
            "hibernation-supported" => one(self.hibernation_supported),
            "instance-type" => one(self.instance_type.as_ref()),
            "memory-info.size-in-mib" => one(self.memory_info.as_ref().and_then(|m| m.size_in_mi_b)),
            "processor-info.supported-architecture" => vec![image::architecture().to_owned()],
            "supported-root-device-type" => vec!["ebs".to_owned()],
            "supported-usage-class" => vec!["on-demand".to_owned()],
            "supported-virtualization-type" => vec!["hvm".to_owned()],
            "vcpu-info.default-vcpus" => one(self.v_cpu_info.as_ref().and_then(|v| v.default_v_cpus)),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.instance_type.as_deref().unwrap_or_default()
    }
}
