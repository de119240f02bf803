//! One file per operation, named as AWS names it; this is the registry.

mod add_listener_certificates;
mod add_tags;
mod check;
mod create_listener;
mod create_load_balancer;
mod create_rule;
mod create_target_group;
mod delete_listener;
mod delete_load_balancer;
mod delete_rule;
mod delete_target_group;
mod deregister_targets;
mod describe_account_limits;
mod describe_capacity_reservation;
mod describe_listener_attributes;
mod describe_listener_certificates;
mod describe_listeners;
mod describe_load_balancer_attributes;
mod describe_load_balancers;
mod describe_rules;
mod describe_ssl_policies;
mod describe_tags;
mod describe_target_group_attributes;
mod describe_target_groups;
mod describe_target_health;
mod modify_listener;
mod modify_listener_attributes;
mod modify_load_balancer_attributes;
mod modify_rule;
mod modify_target_group;
mod modify_target_group_attributes;
mod register_targets;
mod remove_listener_certificates;
mod remove_tags;
mod set_rule_priorities;
mod set_security_groups;
mod set_subnets;
mod tagged;

use crate::{Elb, api};
use std::sync::Arc;

/// The operations that elastic load balancing serves.
pub fn registry(elb: Arc<Elb>) -> service::Registry {
    service::Registry::builder(&api::MODEL, elb)
        .with::<api::AddListenerCertificates>()
        .with::<api::AddTags>()
        .with::<api::CreateListener>()
        .with::<api::CreateLoadBalancer>()
        .with::<api::CreateRule>()
        .with::<api::CreateTargetGroup>()
        .with::<api::DeleteListener>()
        .with::<api::DeleteLoadBalancer>()
        .with::<api::DeleteRule>()
        .with::<api::DeleteTargetGroup>()
        .with::<api::DeregisterTargets>()
        .with::<api::DescribeAccountLimits>()
        .with::<api::DescribeCapacityReservation>()
        .with::<api::DescribeListenerAttributes>()
        .with::<api::DescribeListenerCertificates>()
        .with::<api::DescribeListeners>()
        .with::<api::DescribeLoadBalancerAttributes>()
        .with::<api::DescribeLoadBalancers>()
        .with::<api::DescribeRules>()
        .with::<api::DescribeSSLPolicies>()
        .with::<api::DescribeTags>()
        .with::<api::DescribeTargetGroupAttributes>()
        .with::<api::DescribeTargetGroups>()
        .with::<api::DescribeTargetHealth>()
        .with::<api::ModifyListener>()
        .with::<api::ModifyListenerAttributes>()
        .with::<api::ModifyLoadBalancerAttributes>()
        .with::<api::ModifyRule>()
        .with::<api::ModifyTargetGroup>()
        .with::<api::ModifyTargetGroupAttributes>()
        .with::<api::RegisterTargets>()
        .with::<api::RemoveListenerCertificates>()
        .with::<api::RemoveTags>()
        .with::<api::SetRulePriorities>()
        .with::<api::SetSecurityGroups>()
        .with::<api::SetSubnets>()
        .build()
}
