//! What several operations check about subnets, groups and actions.

use crate::Elb;
use crate::find;
use crate::invalid::{certificate_not_found, configuration, validation};
use crate::state::{Action, Kind, LoadBalancer, Placement, TargetType};
use base::{AllocationId, Scope, SecurityGroupId, SubnetId, VpcId};
use service::ServiceError;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use store::Snapshot;

/// The subnets' VPC and zones, or AWS's reason why a load balancer cannot be in them.
pub(super) fn placements(
    elb: &Elb,
    scope: &Scope,
    kind: Kind,
    subnets: Vec<String>,
) -> Result<(VpcId, Vec<Placement>), ServiceError> {
    let mut vpc: Option<VpcId> = None;
    let mut placed: Vec<Placement> = Vec::new();
    for id in subnets.into_iter().map(SubnetId::from) {
        let place = elb.needs.network.subnet(scope, &id)?.ok_or_else(|| {
            ServiceError::client("SubnetNotFound", format!("The subnet ID '{id}' does not exist"))
        })?;
        if vpc.as_ref().is_some_and(|vpc| *vpc != place.vpc) {
            return Err(configuration("All subnets must belong to the same VPC"));
        }
        if placed.iter().any(|other| other.zone == place.zone) {
            return Err(configuration(
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
            ));
        }
        vpc = Some(place.vpc);
        placed.push(Placement::new(id, place.zone));
    }
    let least = if kind == Kind::Application { 2 } else { 1 };
    match vpc {
        Some(vpc) if placed.len() >= least => Ok((vpc, placed)),
        Some(_) => {
            Err(validation("At least two subnets in two different Availability Zones must be specified"))
        }
        None => Err(validation("At least one subnet must be specified")),
    }
}

/// The groups, or the VPC's default one.
pub(super) fn security_groups(
    elb: &Elb,
    scope: &Scope,
    vpc: &VpcId,
    given: Option<Vec<String>>,
) -> Result<Vec<SecurityGroupId>, ServiceError> {
    let given: BTreeSet<SecurityGroupId> =
        given.unwrap_or_default().into_iter().map(SecurityGroupId::from).collect();
    if given.is_empty() {
        return Ok(vec![elb.needs.network.default_group(scope, vpc)?]);
    }
    for group in &given {
        let found = elb.needs.network.group_vpc(scope, group)?;
        if found.as_ref() != Some(vpc) {
            let text = match found {
                None => format!("The security group '{group}' does not exist"),
                Some(_) => format!("The security group '{group}' is not in the VPC '{vpc}'"),
            };
            return Err(ServiceError::client("InvalidSecurityGroup", text));
        }
    }
    Ok(given.into_iter().collect())
}

/// Whether an Elastic IP address can be a new load balancer's.
pub(super) fn allocation(
    elb: &Elb,
    scope: &Scope,
    kind: Kind,
    is_internal: bool,
    allocation: &AllocationId,
) -> Result<Ipv4Addr, ServiceError> {
    if kind != Kind::Network || is_internal {
        return Err(configuration(
            "Elastic IP addresses can only be specified for internet-facing network load balancers",
        ));
    }
    match elb.needs.network.allocation(scope, allocation)? {
        Some(found) if found.is_free => Ok(found.address),
        Some(_) => Err(ServiceError::client(
            "ResourceInUse",
            format!("The Elastic IP address '{allocation}' is already associated"),
        )),
        None => Err(ServiceError::client(
            "AllocationIdNotFound",
            format!("The allocation ID '{allocation}' does not exist"),
        )),
    }
}

/// Whether there is such a certificate that a listener can use.
pub(super) fn certificate(elb: &Elb, scope: &Scope, arn: &str) -> Result<(), ServiceError> {
    match elb.needs.certificates.version(scope, arn)? {
        Some(_) => Ok(()),
        None => Err(certificate_not_found(arn)),
    }
}

/// Whether an action's groups exist and can be used by this load balancer.
pub(super) fn action(
    state: &Snapshot,
    scope: &Scope,
    lb: &LoadBalancer,
    protocol: &str,
    action: &Action,
) -> Result<(), ServiceError> {
    if lb.kind == Kind::Network && action.groups().len() != 1 {
        return Err(ServiceError::client(
            "InvalidLoadBalancerAction",
            "A listener of a network load balancer must forward to one target group",
        ));
    }
    for (arn, _) in action.groups() {
        let group = find::target_group(state, scope, arn)?;
        let fits = match lb.kind {
            Kind::Application => group.is_http() || group.target_type == TargetType::Lambda,
            // What goes on encrypted was decrypted here.
            Kind::Network => {
                group.protocol.as_deref() == Some("TCP")
                    || (protocol == "TLS" && group.protocol.as_deref() == Some("TLS"))
            }
        };
        if !fits {
            return Err(ServiceError::client(
                "IncompatibleProtocols",
                format!("The protocol of the target group '{arn}' does not fit the listener"),
            ));
        }
        if group.vpc.as_ref().is_some_and(|vpc| *vpc != lb.vpc) {
            return Err(configuration(
                "The following target groups are not in the load balancer VPC: '".to_owned() + arn + "'",
            ));
        }
        if find::users_of(state, scope, arn)?.iter().any(|user| *user != lb.path()) {
            return Err(ServiceError::client(
                "TargetGroupAssociationLimit",
                format!(
                    "The following target groups cannot be associated with more than one load balancer: {arn}"
                ),
            ));
        }
        if group.attribute("preserve_client_ip.enabled") == "true" {
            return Err(ServiceError::not_implemented(
                "Keeping the client's address (preserve_client_ip.enabled=true, the default for instances)",
            ));
        }
    }
    Ok(())
}
