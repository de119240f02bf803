//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>

use super::check;
use crate::model::name;
use crate::state::{Attributes, Kind, LoadBalancer, Stage, Tags};
use crate::{Elb, LOAD_BALANCERS_MAX, access, answer, api, find, invalid, tags};
use base::AllocationId;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::CreateLoadBalancer {
    fn access(_: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let short = if input.r#type.as_deref() == Some("network") { "net" } else { "app" };
        let resource = format!("loadbalancer/{short}/{}/*", input.name.as_deref().unwrap_or_default());
        let asked = access::on_new(call, "CreateLoadBalancer", &resource, input.tags.as_deref());
        let scheme = input.scheme.clone().unwrap_or_else(|| "internet-facing".to_owned());
        let asked = access::with(asked, "Scheme", Some(&[scheme]));
        let asked = access::with(asked, "SecurityGroup", input.security_groups.as_deref());
        Ok(vec![access::with(asked, "Subnet", Some(&subnets(input)))])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let wanted = wanted(elb, call, input)?;
        let made = elb.store.write(move |tx| insert(tx, wanted)).await?;
        elb.nudge.notify_one();
        let shown = answer::load_balancer(&made);
        Ok(api::CreateLoadBalancerOutput { load_balancers: Some(vec![shown]) })
    }
}

fn subnets(input: &api::CreateLoadBalancerInput) -> Vec<String> {
    let mapped = input.subnet_mappings.iter().flatten().filter_map(|m| m.subnet_id.clone());
    input.subnets.iter().flatten().cloned().chain(mapped).collect()
}

fn refuse(input: &api::CreateLoadBalancerInput) -> Result<(), ServiceError> {
    let mappings = input.subnet_mappings.as_deref().unwrap_or_default();
    let refused = [
        (input.r#type.as_deref() == Some("gateway"), "A gateway load balancer"),
        (
            input.ip_address_type.as_deref().is_some_and(|t| t != "ipv4"),
            "A load balancer with IPv6 addresses",
        ),
        (input.customer_owned_ipv4_pool.is_some(), "CustomerOwnedIpv4Pool"),
        (input.ipam_pools.is_some(), "IpamPools"),
        (input.enable_prefix_for_ipv6_source_nat.as_deref() == Some("on"), "EnablePrefixForIpv6SourceNat"),
        (mappings.iter().any(|m| m.private_ipv4_address.is_some()), "A chosen private address"),
        (mappings.iter().any(|m| m.ipv6_address.is_some()), "A chosen IPv6 address"),
    ];
    match refused.into_iter().find(|(is_asked, _)| *is_asked) {
        Some((_, what)) => Err(ServiceError::not_implemented(what)),
        None => Ok(()),
    }
}

fn wanted(elb: &Elb, call: &Call, input: api::CreateLoadBalancerInput) -> Result<LoadBalancer, ServiceError> {
    refuse(&input)?;
    let name = input.name.clone().unwrap_or_default();
    name::check("load balancer", &name)?;
    if input.subnets.is_some() && input.subnet_mappings.is_some() {
        return Err(invalid::validation("You can specify either subnets or subnet mappings, but not both"));
    }
    let kind = if input.r#type.as_deref() == Some("network") { Kind::Network } else { Kind::Application };
    let (vpc, mut placements) = check::placements(elb, &call.scope, kind, subnets(&input))?;
    let has_groups = input.security_groups.as_ref().is_some_and(|groups| !groups.is_empty());
    let groups = if kind == Kind::Network && !has_groups {
        // It lets everything through, and can never get groups.
        Vec::new()
    } else {
        check::security_groups(elb, &call.scope, &vpc, input.security_groups.clone())?
    };
    let is_internal = input.scheme.as_deref() == Some("internal");
    for mapping in input.subnet_mappings.iter().flatten() {
        let Some(allocation) = mapping.allocation_id.clone().map(AllocationId::from) else { continue };
        if placements.iter().any(|placement| placement.allocation.as_ref() == Some(&allocation)) {
            return Err(invalid::configuration(format!(
                "The Elastic IP address '{allocation}' cannot be specified for more than one subnet"
            )));
        }
        let public = check::allocation(elb, &call.scope, kind, is_internal, &allocation)?;
        let own = placements.iter_mut().find(|p| Some(p.subnet.as_str()) == mapping.subnet_id.as_deref());
        if let Some(own) = own {
            (own.allocation, own.public) = (Some(allocation), Some(public));
        }
    }
    if !is_internal && !elb.needs.network.has_internet_gateway(&call.scope, &vpc)? {
        return Err(ServiceError::client("InvalidSubnet", format!("VPC {vpc} has no internet gateway")));
    }
    let mut own_tags = Tags::new();
    tags::add(&mut own_tags, input.tags)?;
    Ok(LoadBalancer {
        scope: call.scope.clone(),
        name,
        id: elb.needs.ids.hex(16),
        kind,
        is_internal,
        vpc,
        placements,
        groups,
        filters_private_link: true,
        created: call.now,
        stage: Stage::Provisioning,
        attributes: Attributes::new(),
        tags: own_tags,
    })
}

/// The same one again is found; a different one of the same name is not made.
fn insert(tx: &mut store::Tx, wanted: LoadBalancer) -> Result<LoadBalancer, ServiceError> {
    let existing = find::load_balancers(&tx.snapshot(), &wanted.scope)?;
    if let Some(known) = existing.iter().find(|lb| lb.name == wanted.name) {
        let subnets = |lb: &LoadBalancer| {
            let mut subnets: Vec<_> = lb.placements.iter().map(|p| p.subnet.clone()).collect();
            subnets.sort();
            subnets
        };
        let is_same = (known.kind, known.is_internal, &known.groups, subnets(known), &known.tags)
            == (wanted.kind, wanted.is_internal, &wanted.groups, subnets(&wanted), &wanted.tags);
        if is_same {
            return Ok(LoadBalancer::clone(known));
        }
        let name = &wanted.name;
        return Err(ServiceError::client(
            "DuplicateLoadBalancerName",
            format!("A load balancer with the same name '{name}' exists, but with different settings"),
        ));
    }
    if existing.len() >= LOAD_BALANCERS_MAX {
        return Err(ServiceError::client(
            "TooManyLoadBalancers",
            "The maximum number of load balancers has been reached",
        ));
    }
    tx.put(&wanted)?;
    Ok(wanted)
}
