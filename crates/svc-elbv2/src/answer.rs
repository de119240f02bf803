//! Stored records in the shapes of the API.

use crate::api;
use crate::find::{self};
use crate::model::{action, condition};
use crate::state::{Kind, Listener, LoadBalancer, Placement, Rule, Stage, TargetGroup};
use base::Scope;
use store::{Fault, Snapshot};

/// The hosted zones of load balancers' names in us-east-1; each region has its own.
/// <https://docs.aws.amazon.com/general/latest/gr/elb.html>
const ZONES: [(Kind, &str); 2] = [(Kind::Application, "Z35SXDOTRQ7X7K"), (Kind::Network, "Z26RNL4JYFTOTI")];

pub fn load_balancer(lb: &LoadBalancer) -> api::LoadBalancer {
    let (code, reason) = match &lb.stage {
        Stage::Provisioning => ("provisioning", None),
        Stage::Active | Stage::Deleting => ("active", None),
        Stage::Failed { reason } => ("failed", Some(reason.clone())),
    };
    let zone = ZONES.iter().find(|(kind, _)| *kind == lb.kind).map(|(_, zone)| (*zone).to_owned());
    api::LoadBalancer {
        load_balancer_arn: Some(lb.arn()),
        load_balancer_name: Some(lb.name.clone()),
        dns_name: Some(lb.host()),
        canonical_hosted_zone_id: zone,
        created_time: Some(lb.created),
        scheme: Some(if lb.is_internal { "internal" } else { "internet-facing" }.to_owned()),
        vpc_id: Some(lb.vpc.to_string()),
        state: Some(api::LoadBalancerState { code: Some(code.to_owned()), reason }),
        r#type: Some(lb.kind.text().to_owned()),
        availability_zones: Some(lb.placements.iter().map(zone_of).collect()),
        security_groups: Some(lb.groups.iter().map(ToString::to_string).collect()),
        enforce_security_group_inbound_rules_on_private_link_traffic: lb.private_link_filter(),
        ip_address_type: Some("ipv4".to_owned()),
        ..Default::default()
    }
}

pub fn zone_of(placement: &Placement) -> api::AvailabilityZone {
    api::AvailabilityZone {
        zone_name: Some(placement.zone.clone()),
        subnet_id: Some(placement.subnet.to_string()),
        load_balancer_addresses: Some(addresses_of(placement)),
        ..Default::default()
    }
}

/// The addresses that the load balancer's maker chose.
fn addresses_of(placement: &Placement) -> Vec<api::LoadBalancerAddress> {
    let chosen = placement.allocation.iter();
    let shown = chosen.map(|allocation| api::LoadBalancerAddress {
        ip_address: placement.public.map(|address| address.to_string()),
        allocation_id: Some(allocation.to_string()),
        ..Default::default()
    });
    shown.collect()
}

pub fn listener(listener: &Listener) -> api::Listener {
    api::Listener {
        listener_arn: Some(listener.arn()),
        load_balancer_arn: Some(listener.load_balancer_arn()),
        port: Some(i32::from(listener.port)),
        protocol: Some(listener.protocol.clone()),
        default_actions: Some(action::show(&listener.action)),
        ssl_policy: listener.tls.as_ref().map(|tls| tls.policy.clone()),
        certificates: listener.tls.as_ref().map(|tls| {
            vec![api::Certificate { certificate_arn: Some(tls.certificate.clone()), is_default: None }]
        }),
        mutual_authentication: (listener.protocol == "HTTPS").then(|| api::MutualAuthenticationAttributes {
            mode: Some("off".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub fn rule(rule: &Rule) -> api::Rule {
    api::Rule {
        rule_arn: Some(rule.arn()),
        priority: Some(rule.priority.to_string()),
        conditions: Some(rule.conditions.iter().map(condition::show).collect()),
        actions: Some(action::show(&rule.action)),
        is_default: Some(false),
        transforms: None,
    }
}

pub fn default_rule(listener: &Listener) -> api::Rule {
    api::Rule {
        rule_arn: Some(listener.default_rule_arn()),
        priority: Some("default".to_owned()),
        conditions: Some(Vec::new()),
        actions: Some(action::show(&listener.action)),
        is_default: Some(true),
        transforms: None,
    }
}

pub fn target_group(state: &Snapshot, scope: &Scope, group: &TargetGroup) -> Result<api::TargetGroup, Fault> {
    let users = find::users_of(state, scope, &group.arn())?;
    let users = users.into_iter().map(|path| {
        base::Arn::regional("elasticloadbalancing", scope, format!("loadbalancer/{path}")).to_string()
    });
    let check = &group.check;
    Ok(api::TargetGroup {
        target_group_arn: Some(group.arn()),
        target_group_name: Some(group.name.clone()),
        protocol: group.protocol.clone(),
        port: group.port.map(i32::from),
        vpc_id: group.vpc.as_ref().map(ToString::to_string),
        health_check_protocol: check.protocol.clone(),
        health_check_port: check.protocol.is_some().then(|| check.port.clone()),
        health_check_enabled: Some(check.is_enabled),
        health_check_interval_seconds: Some(check.interval_seconds),
        health_check_timeout_seconds: Some(check.timeout_seconds),
        healthy_threshold_count: Some(check.healthy_threshold),
        unhealthy_threshold_count: Some(check.unhealthy_threshold),
        health_check_path: check.path.clone(),
        matcher: check
            .matcher
            .as_ref()
            .map(|codes| api::Matcher { http_code: Some(codes.clone()), grpc_code: None }),
        load_balancer_arns: Some(users.collect()),
        target_type: Some(group.target_type.text().to_owned()),
        protocol_version: group.is_http().then(|| "HTTP1".to_owned()),
        ip_address_type: Some("ipv4".to_owned()),
        target_control_port: None,
    })
}
