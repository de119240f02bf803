//! Making instances: what RunInstances asks for becomes rows, each with its interfaces.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>

use crate::change::Change;
use crate::elastic::used_public_addresses;
use crate::error::{combination, invalid_value, missing};
use crate::launch_templates::Asked;
use crate::model::{address, image, instance_type};
use crate::placement::{NewInterface, groups_for, place};
use crate::quota::room;
use crate::read::Read;
use crate::state::{
    Instance, InstanceProfile, InstanceState, InterfaceType, MetadataOptions, NetworkInterface, Resource,
    SecurityGroup, Subnet,
};
use crate::tags::{self, Tags};
use crate::{api, attachments, default_vpc, ipv6};
use base::{InstanceId, SecurityGroupId, VpcId};
use service::ServiceError;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Of one request.
const MAX_COUNT: i32 = 1000;
/// User data before base64.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
const MAX_USER_DATA: usize = 16 * 1024;
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsRequest.html>
const HOP_LIMITS: std::ops::RangeInclusive<i32> = 1..=64;

/// An interface that an instance begins with.
struct Slot {
    device_index: i32,
    /// Whether the interface goes with the instance.
    ends: bool,
    source: SlotSource,
}

enum SlotSource {
    New {
        subnet: Arc<Subnet>,
        groups: BTreeSet<SecurityGroupId>,
        address: Option<Ipv4Addr>,
        of_ipv6: ipv6::Wanted,
        public: Option<bool>,
        description: String,
    },
    Existing {
        interface: Arc<NetworkInterface>,
    },
}

impl Slot {
    /// Whether only one instance can have it.
    fn is_certain(&self) -> bool {
        match &self.source {
            SlotSource::Existing { .. } => true,
            SlotSource::New { address, of_ipv6, .. } => address.is_some() || of_ipv6.is_certain(),
        }
    }

    fn place(&self) -> (&str, &VpcId) {
        match &self.source {
            SlotSource::New { subnet, .. } => (&subnet.zone, &subnet.vpc),
            SlotSource::Existing { interface } => (&interface.zone, &interface.vpc),
        }
    }
}

/// The instances of a request, new or, for a client token that was used, those of then.
pub(crate) fn launch(
    change: &mut Change<'_>,
    asked: &Asked,
    profile: Option<InstanceProfile>,
) -> Result<Vec<Instance>, ServiceError> {
    let input = &asked.input;
    if let Some(earlier) = of_token(change, input)? {
        return Ok(earlier);
    }
    check_image(input)?;
    let kind = input.instance_type.as_deref().unwrap_or(instance_type::DEFAULT);
    if instance_type::find(kind).is_none() {
        return Err(invalid_value(format!("Invalid value '{kind}' for InstanceType.")));
    }
    let count = count(input)?;
    let slots = slots(change, input)?;
    check_slots(kind, &slots)?;
    if count > 1 && slots.iter().any(Slot::is_certain) {
        return Err(combination(
            "Network interfaces and an instance-level private IP address may not be specified on the same request with more than one instance",
        ));
    }
    let have = change.having::<Instance>(|i| !i.state.is_ending())?.len();
    room(have + count - 1, change.quotas().instances_per_region, "InstanceLimitExceeded", "instances")?;
    let reservation: String = change.id("r");
    let mut template = template(change, input, kind, reservation, profile)?;
    template.tags.extend(asked.system_tags.clone());
    (0..count).map(|index| one(change, input, &template, &slots, index)).collect()
}

fn of_token(
    change: &Change<'_>,
    input: &api::RunInstancesRequest,
) -> Result<Option<Vec<Instance>>, ServiceError> {
    let Some(token) = input.client_token.as_ref().filter(|token| !token.is_empty()) else { return Ok(None) };
    let mut same = change.having::<Instance>(|i| i.client_token.as_ref() == Some(token))?;
    same.sort_by_key(|instance| instance.launch_index);
    Ok((!same.is_empty()).then(|| same.into_iter().map(Arc::unwrap_or_clone).collect()))
}

pub(crate) fn check_image(input: &api::RunInstancesRequest) -> Result<(), ServiceError> {
    let id = input.image_id.as_deref().ok_or_else(|| missing("ImageId"))?;
    known_image(id)
}

pub(crate) fn known_image(id: &str) -> Result<(), ServiceError> {
    if id == image::ID {
        return Ok(());
    }
    if !id.starts_with("ami-") {
        let text = format!("Invalid id: \"{id}\" (expecting \"ami-...\")");
        return Err(ServiceError::client("InvalidAMIID.Malformed", text));
    }
    Err(ServiceError::client("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")))
}

fn count(input: &api::RunInstancesRequest) -> Result<usize, ServiceError> {
    let (min, max) = (input.min_count.unwrap_or(1), input.max_count.unwrap_or(1));
    if min < 1 {
        return Err(invalid_value(format!(
            "Value ({min}) for parameter minCount is invalid. Minimum value is 1."
        )));
    }
    if max < min {
        return Err(ServiceError::client(
            "InvalidParameterValue",
            format!("The minimum number of instances ({min}) cannot be greater than the maximum ({max})."),
        ));
    }
    usize::try_from(max.min(MAX_COUNT)).map_err(|_| invalid_value("Invalid value for MaxCount"))
}

/// What the request says about interfaces, by one of the two ways that AWS has; the first one first.
fn slots(change: &Change<'_>, input: &api::RunInstancesRequest) -> Result<Vec<Slot>, ServiceError> {
    let specified = input.network_interfaces.as_deref().unwrap_or_default();
    if specified.is_empty() {
        return Ok(vec![of_subnet(change, input)?]);
    }
    if input.subnet_id.is_some() || input.security_group_ids.as_ref().is_some_and(|ids| !ids.is_empty()) {
        return Err(combination(
            "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request",
        ));
    }
    if specified.len() > 1 && specified.iter().any(|given| given.associate_public_ip_address == Some(true)) {
        return Err(combination(
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
        ));
    }
    let is_only = specified.len() == 1;
    let mut slots =
        specified.iter().map(|given| slot(change, given, is_only)).collect::<Result<Vec<_>, _>>()?;
    slots.sort_by_key(|slot| slot.device_index);
    Ok(slots)
}

/// Every place once, from the first on, in one zone and one VPC.
fn check_slots(kind: &str, slots: &[Slot]) -> Result<(), ServiceError> {
    attachments::check_count(kind, slots.len())?;
    let Some((first, others)) = slots.split_first().filter(|(first, _)| first.device_index == 0) else {
        return Err(invalid_value("Each network interface requires a device index, and the first is 0"));
    };
    let existing = slots.iter().filter_map(|slot| match &slot.source {
        SlotSource::Existing { interface } => Some(&interface.id),
        SlotSource::New { .. } => None,
    });
    let mut seen = BTreeSet::new();
    for id in existing {
        if !seen.insert(id) {
            return Err(attachments::in_use(id.as_str()));
        }
    }
    let mut before = first;
    for slot in others {
        if slot.device_index == before.device_index {
            return Err(invalid_value(format!(
                "The device index '{}' is given to more than one network interface.",
                slot.device_index
            )));
        }
        let ((zone, vpc), (first_zone, first_vpc)) = (slot.place(), first.place());
        attachments::check_place(zone, vpc, first_zone, first_vpc)?;
        before = slot;
    }
    Ok(())
}

fn slot(
    change: &Change<'_>,
    given: &api::InstanceNetworkInterfaceSpecification,
    is_only: bool,
) -> Result<Slot, ServiceError> {
    let device_index = match given.device_index {
        None if is_only => 0,
        index => attachments::device_index(index)?,
    };
    if let Some(id) = &given.network_interface_id {
        let source = SlotSource::Existing { interface: attachments::free(change, id)? };
        return Ok(Slot { device_index, ends: given.delete_on_termination == Some(true), source });
    }
    let subnet = subnet(change, given.subnet_id.as_ref())?;
    let source = SlotSource::New {
        groups: groups(change, &subnet, given.groups.as_ref())?,
        address: parse(given.private_ip_address.as_deref())?,
        of_ipv6: of_ipv6(given.ipv6_addresses.as_ref(), given.ipv6_address_count)?,
        // Several interfaces mean that AWS gives no public address by itself.
        public: given.associate_public_ip_address.or((!is_only).then_some(false)),
        description: given.description.clone().unwrap_or_default(),
        subnet,
    };
    Ok(Slot { device_index, ends: given.delete_on_termination != Some(false), source })
}

fn of_subnet(change: &Change<'_>, input: &api::RunInstancesRequest) -> Result<Slot, ServiceError> {
    let subnet = subnet(change, input.subnet_id.as_ref())?;
    check_zone(input, &subnet)?;
    let named = named_groups(change, &subnet, input.security_groups.as_ref())?;
    let ids = match (&input.security_group_ids, named) {
        (Some(ids), None) if !ids.is_empty() => Some(ids.clone()),
        (_, named) => named,
    };
    let source = SlotSource::New {
        groups: groups(change, &subnet, ids.as_ref())?,
        address: parse(input.private_ip_address.as_deref())?,
        of_ipv6: of_ipv6(input.ipv6_addresses.as_ref(), input.ipv6_address_count)?,
        public: None,
        description: String::new(),
        subnet,
    };
    Ok(Slot { device_index: 0, ends: true, source })
}

/// A zone that is named must be the subnet's.
fn check_zone(input: &api::RunInstancesRequest, subnet: &Subnet) -> Result<(), ServiceError> {
    let zone = input.placement.as_ref().and_then(|p| p.availability_zone.as_deref());
    match zone.filter(|zone| !zone.is_empty() && *zone != subnet.zone) {
        None => Ok(()),
        Some(zone) => Err(invalid_value(format!(
            "Invalid availability zone: [{zone}]; the subnet '{}' is in {}",
            subnet.id, subnet.zone
        ))),
    }
}

fn of_ipv6(
    named: Option<&Vec<api::InstanceIpv6Address>>,
    count: Option<i32>,
) -> Result<ipv6::Wanted, ServiceError> {
    ipv6::Wanted::of(named.into_iter().flatten().filter_map(|given| given.ipv6_address.as_ref()), count)
}

/// Groups by name, which only the default VPC has.
fn named_groups(
    change: &Change<'_>,
    subnet: &Subnet,
    names: Option<&Vec<String>>,
) -> Result<Option<Vec<String>>, ServiceError> {
    let Some(names) = names.filter(|names| !names.is_empty()) else { return Ok(None) };
    let id_of = |name: &String| {
        let found = change.having::<SecurityGroup>(|g| g.vpc == subnet.vpc && &g.name == name)?;
        found.first().map(|group| group.id.to_string()).ok_or_else(|| {
            ServiceError::client(
                "InvalidGroup.NotFound",
                format!("The security group '{name}' does not exist in VPC '{}'", subnet.vpc),
            )
        })
    };
    names.iter().map(id_of).collect::<Result<_, _>>().map(Some)
}

fn groups(
    change: &Change<'_>,
    subnet: &Subnet,
    ids: Option<&Vec<String>>,
) -> Result<BTreeSet<SecurityGroupId>, ServiceError> {
    groups_for(change, change.quotas().security_groups_per_interface, &subnet.vpc, ids)
}

/// The subnet named, or the first of the default VPC.
fn subnet(change: &Change<'_>, id: Option<&String>) -> Result<Arc<Subnet>, ServiceError> {
    if let Some(id) = id {
        return change.find::<Subnet>(id);
    }
    let no_default = || {
        ServiceError::client("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")
    };
    let vpc = default_vpc::find(change)?.ok_or_else(|| {
        ServiceError::client(
            "VPCIdNotSpecified",
            "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
        )
    })?;
    let mut subnets = change.having::<Subnet>(|subnet| subnet.vpc == vpc.id)?;
    subnets.sort_by(|a, b| a.zone.cmp(&b.zone));
    subnets.into_iter().next().ok_or_else(no_default)
}

fn parse(text: Option<&str>) -> Result<Option<Ipv4Addr>, ServiceError> {
    text.map(|text| text.parse().map_err(|_| invalid_value(format!("Invalid IPv4 address: {text}"))))
        .transpose()
}

/// What all instances of one request have alike.
struct Template {
    reservation: String,
    instance_type: String,
    metadata: MetadataOptions,
    profile: Option<InstanceProfile>,
    tags: Tags,
    interface_tags: Tags,
}

fn template(
    change: &Change<'_>,
    input: &api::RunInstancesRequest,
    kind: &str,
    reservation: String,
    profile: Option<InstanceProfile>,
) -> Result<Template, ServiceError> {
    let _ = change;
    if let Some(data) = &input.user_data {
        check_user_data(data)?;
    }
    let specified = input.tag_specifications.clone().unwrap_or_default();
    let of = |kind: &str| -> Vec<api::TagSpecification> {
        specified.iter().filter(|s| s.resource_type.as_deref() == Some(kind)).cloned().collect()
    };
    // Those of other kinds are refused by the first.
    let others: Vec<_> = specified
        .iter()
        .filter(|s| s.resource_type.as_deref() != Some(NetworkInterface::KIND))
        .cloned()
        .collect();
    Ok(Template {
        reservation,
        instance_type: kind.to_owned(),
        metadata: metadata(MetadataOptions::default(), input.metadata_options.as_ref())?,
        profile,
        tags: tags::specified(Instance::KIND, Some(&others))?,
        interface_tags: tags::specified(NetworkInterface::KIND, Some(&of(NetworkInterface::KIND)))?,
    })
}

/// Base64 of at most [`MAX_USER_DATA`].
pub(crate) fn check_user_data(data: &str) -> Result<(), ServiceError> {
    use base64::Engine;
    let decoded = base64::engine::general_purpose::STANDARD.decode(data.trim());
    let bytes = decoded.map_err(|_| {
        ServiceError::client("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
    })?;
    if bytes.len() > MAX_USER_DATA {
        return Err(invalid_value(format!("User data is limited to {MAX_USER_DATA} bytes")));
    }
    Ok(())
}

impl Default for MetadataOptions {
    /// As the newer images of AWS have it: only requests with a token are answered.
    fn default() -> Self {
        Self { enabled: true, tokens_required: true, hop_limit: 2, tags: false }
    }
}

/// `now` with what a request says otherwise.
pub(crate) fn metadata(
    now: MetadataOptions,
    asked: Option<&api::InstanceMetadataOptionsRequest>,
) -> Result<MetadataOptions, ServiceError> {
    let Some(asked) = asked else { return Ok(now) };
    if asked.http_protocol_ipv6.as_deref() == Some("enabled") {
        return Err(ServiceError::not_implemented("the parameter HttpProtocolIpv6 of MetadataOptions"));
    }
    let hop_limit = match asked.http_put_response_hop_limit {
        None => now.hop_limit,
        Some(limit) if HOP_LIMITS.contains(&limit) => u8::try_from(limit).unwrap_or(now.hop_limit),
        Some(limit) => {
            return Err(invalid_value(format!(
                "Value ({limit}) for parameter HttpPutResponseHopLimit is invalid. It must be between 1 and 64."
            )));
        }
    };
    let switch =
        |value: &Option<String>, on: &str, now: bool| value.as_deref().map_or(now, |value| value == on);
    Ok(MetadataOptions {
        enabled: switch(&asked.http_endpoint, "enabled", now.enabled),
        tokens_required: switch(&asked.http_tokens, "required", now.tokens_required),
        hop_limit,
        tags: switch(&asked.instance_metadata_tags, "enabled", now.tags),
    })
}

fn one(
    change: &mut Change<'_>,
    input: &api::RunInstancesRequest,
    template: &Template,
    slots: &[Slot],
    index: usize,
) -> Result<Instance, ServiceError> {
    let id: InstanceId = change.id("i");
    let mut first = None;
    for slot in slots {
        let made = occupy(change, template, slot, &id)?;
        first.get_or_insert(made);
    }
    let Some((interface, wants_public_ip)) = first else {
        return Err(invalid_value("Each network interface requires a device index, and the first is 0"));
    };
    let instance = Instance {
        scope: change.scope().clone(),
        id,
        reservation: template.reservation.clone(),
        launch_index: i32::try_from(index).unwrap_or_default(),
        image: image::ID.to_owned(),
        instance_type: template.instance_type.clone(),
        subnet: interface.subnet.clone(),
        vpc: interface.vpc.clone(),
        zone: interface.zone.clone(),
        interface: interface.id.clone(),
        private_ip: interface.private_ip,
        state: InstanceState::Pending,
        reason: None,
        user_data: input.user_data.clone(),
        profile: template.profile.clone(),
        metadata: template.metadata,
        terminates_on_shutdown: input.instance_initiated_shutdown_behavior.as_deref() == Some("terminate"),
        termination_protected: input.disable_api_termination == Some(true),
        stop_protected: input.disable_api_stop == Some(true),
        wants_public_ip,
        launched: change.now(),
        boots: 1,
        client_token: input.client_token.clone().filter(|token| !token.is_empty()),
        tags: template.tags.clone(),
    };
    change.put(&instance)?;
    Ok(instance)
}

/// The interface of a slot, attached, and whether it has a public address for as long as the instance runs.
fn occupy(
    change: &mut Change<'_>,
    template: &Template,
    slot: &Slot,
    instance: &InstanceId,
) -> Result<(NetworkInterface, bool), ServiceError> {
    let (mut interface, wants_public_ip) = match &slot.source {
        SlotSource::Existing { interface } => (NetworkInterface::clone(interface), false),
        SlotSource::New { subnet, groups, address, of_ipv6, public, description } => {
            let new = NewInterface {
                subnet,
                groups: groups.clone(),
                address: *address,
                interface_type: InterfaceType::Interface,
                description: description.clone(),
                requester: None,
                attached_to: None,
                tags: template.interface_tags.clone(),
            };
            let mut interface = place(change, new)?;
            let of_ipv6 = of_ipv6.clone().or_of(subnet);
            interface.ipv6_addresses = ipv6::choose(change, subnet, 0, &of_ipv6)?;
            (interface, public.unwrap_or(subnet.map_public_ip_on_launch))
        }
    };
    interface.attachment = Some(attachments::attachment(change, instance, slot.device_index, slot.ends));
    if wants_public_ip {
        interface.public_ip = Some(public_address(change)?);
    }
    change.put(&interface)?;
    Ok((interface, wants_public_ip))
}

/// A public address that nobody has.
pub(crate) fn public_address(change: &Change<'_>) -> Result<Ipv4Addr, ServiceError> {
    address::first_free_public(&used_public_addresses(change)?).ok_or_else(|| {
        ServiceError::client("InsufficientAddressCapacity", "There are no more addresses available.")
    })
}
