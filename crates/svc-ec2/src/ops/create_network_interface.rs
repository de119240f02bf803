//! Makes a network interface of the user's own.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html>

use crate::ipv6;
use crate::model::address::first_free;
use crate::op::*;
use crate::placement::{NewInterface, SUBNET_FULL, groups_for, place, wanted_address};
use crate::render::{self, used_addresses};
use crate::secondary::MAX_SECONDARY;
use std::net::Ipv4Addr;

impl Handler<Ec2> for api::CreateNetworkInterface {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateNetworkInterface")
            .create::<NetworkInterface>(input.tag_specifications.as_ref())?
            .on::<Subnet>(required(&input.subnet_id, "SubnetId")?)?
            .each::<SecurityGroup>(input.groups.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse_what_is_missing(&input)?;
        ec2.change(call, input.dry_run, |change| {
            let interface = create(change, &input)?;
            Ok(api::CreateNetworkInterfaceResult {
                network_interface: Some(render::network_interface(change, &interface)?),
                client_token: input.client_token.clone(),
            })
        })
        .await
    }
}

fn refuse_what_is_missing(input: &api::CreateNetworkInterfaceRequest) -> Result<(), ServiceError> {
    let some = |n: Option<i32>| n.is_some_and(|n| n > 0);
    refuse(
        "CreateNetworkInterface",
        &[
            ("Ipv4Prefixes", input.ipv4_prefixes.as_ref().is_some_and(|l| !l.is_empty())),
            ("Ipv4PrefixCount", some(input.ipv4_prefix_count)),
            ("Ipv6Prefixes", input.ipv6_prefixes.as_ref().is_some_and(|l| !l.is_empty())),
            ("Ipv6PrefixCount", some(input.ipv6_prefix_count)),
            ("EnablePrimaryIpv6", input.enable_primary_ipv6 == Some(true)),
            ("ConnectionTrackingSpecification", input.connection_tracking_specification.is_some()),
            ("Operator", input.operator.is_some()),
            ("InterfaceType", input.interface_type.as_deref().is_some_and(|t| t != "interface")),
        ],
    )
}

fn create(
    change: &mut Change<'_>,
    input: &api::CreateNetworkInterfaceRequest,
) -> Result<NetworkInterface, ServiceError> {
    let subnet = change.find::<Subnet>(required(&input.subnet_id, "SubnetId")?)?;
    let token = input.client_token.as_ref();
    let same = change.having::<NetworkInterface>(|i| token.is_some() && i.client_token.as_ref() == token)?;
    if let Some(same) = same.into_iter().next() {
        return Ok(Arc::unwrap_or_clone(same));
    }
    let wanted = Addresses::of(input)?;
    let new = NewInterface {
        subnet: &subnet,
        groups: groups_for(
            change,
            change.quotas().security_groups_per_interface,
            &subnet.vpc,
            input.groups.as_ref(),
        )?,
        address: wanted.primary,
        interface_type: InterfaceType::Interface,
        description: input.description.clone().unwrap_or_default(),
        requester: None,
        attached_to: None,
        tags: tags::specified(NetworkInterface::KIND, input.tag_specifications.as_ref())?,
    };
    let mut interface = place(change, new)?;
    interface.client_token = token.cloned();
    interface.secondary_ips = secondary(change, &subnet, interface.private_ip, &wanted)?;
    let named = input.ipv6_addresses.iter().flatten().filter_map(|given| given.ipv6_address.as_ref());
    let of_ipv6 = ipv6::Wanted::of(named, input.ipv6_address_count)?.or_of(&subnet);
    interface.ipv6_addresses = ipv6::choose(change, &subnet, 0, &of_ipv6)?;
    change.put(&interface)?;
    Ok(interface)
}

/// The private addresses that a request asks for.
struct Addresses {
    primary: Option<Ipv4Addr>,
    secondary: Vec<Ipv4Addr>,
    /// Further ones of AWS's choice.
    more: usize,
}

impl Addresses {
    fn of(input: &api::CreateNetworkInterfaceRequest) -> Result<Self, ServiceError> {
        let parse = |text: &str| -> Result<Ipv4Addr, ServiceError> {
            text.parse().map_err(|_| bad_value(text, "address", "Invalid IPv4 address."))
        };
        let mut primary = input.private_ip_address.as_deref().map(parse).transpose()?;
        let mut secondary = Vec::new();
        for given in input.private_ip_addresses.iter().flatten() {
            let ip = parse(required(&given.private_ip_address, "privateIpAddress")?)?;
            match (given.primary, primary) {
                (Some(true), None) => primary = Some(ip),
                (Some(true), Some(_)) => {
                    return Err(combination("Only one primary private IP address can be specified."));
                }
                _ => secondary.push(ip),
            }
        }
        let more = usize::try_from(input.secondary_private_ip_address_count.unwrap_or(0)).unwrap_or(0);
        if secondary.len() + more > MAX_SECONDARY {
            return Err(ServiceError::client(
                "PrivateIpAddressLimitExceeded",
                format!("Number of private addresses will exceed limit of {}.", MAX_SECONDARY + 1),
            ));
        }
        Ok(Self { primary, secondary, more })
    }
}

fn secondary(
    change: &Change<'_>,
    subnet: &Subnet,
    primary: Ipv4Addr,
    wanted: &Addresses,
) -> Result<Vec<Ipv4Addr>, ServiceError> {
    let mut used = used_addresses(change, subnet)?;
    used.insert(primary);
    let mut out = Vec::new();
    for ip in &wanted.secondary {
        out.push(wanted_address(subnet, *ip, &used)?);
        used.insert(*ip);
    }
    for _ in 0..wanted.more {
        let free = first_free(subnet.cidr, &used).ok_or_else(|| {
            ServiceError::client(SUBNET_FULL, "The specified subnet does not have enough free addresses.")
        })?;
        used.insert(free);
        out.push(free);
    }
    Ok(out)
}
