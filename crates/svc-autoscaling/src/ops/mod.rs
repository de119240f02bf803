//! One file per operation, named as AWS names it; this is the registry.

mod attach_instances;
mod attach_load_balancer_target_groups;
mod attach_traffic_sources;
mod create_auto_scaling_group;
mod create_or_update_tags;
mod delete_auto_scaling_group;
mod delete_policy;
mod delete_tags;
mod describe_account_limits;
mod describe_adjustment_types;
mod describe_auto_scaling_groups;
mod describe_auto_scaling_instances;
mod describe_load_balancer_target_groups;
mod describe_policies;
mod describe_scaling_activities;
mod describe_scaling_process_types;
mod describe_tags;
mod describe_termination_policy_types;
mod describe_traffic_sources;
mod detach_instances;
mod detach_load_balancer_target_groups;
mod detach_traffic_sources;
mod enter_standby;
mod execute_policy;
mod exit_standby;
mod put_scaling_policy;
mod resume_processes;
mod set_desired_capacity;
mod set_instance_health;
mod set_instance_protection;
mod suspend_processes;
mod terminate_instance_in_auto_scaling_group;
mod update_auto_scaling_group;

use crate::{Scaling, api};
use std::sync::Arc;

/// The operations that Auto Scaling serves.
pub fn registry(scaling: Arc<Scaling>) -> service::Registry {
    service::Registry::builder(&api::MODEL, scaling)
        .with::<api::AttachInstances>()
        .with::<api::AttachLoadBalancerTargetGroups>()
        .with::<api::AttachTrafficSources>()
        .with::<api::CreateAutoScalingGroup>()
        .with::<api::CreateOrUpdateTags>()
        .with::<api::DeleteAutoScalingGroup>()
        .with::<api::DeletePolicy>()
        .with::<api::DeleteTags>()
        .with::<api::DescribeAccountLimits>()
        .with::<api::DescribeAdjustmentTypes>()
        .with::<api::DescribeAutoScalingGroups>()
        .with::<api::DescribeAutoScalingInstances>()
        .with::<api::DescribeLoadBalancerTargetGroups>()
        .with::<api::DescribePolicies>()
        .with::<api::DescribeScalingActivities>()
        .with::<api::DescribeScalingProcessTypes>()
        .with::<api::DescribeTags>()
        .with::<api::DescribeTerminationPolicyTypes>()
        .with::<api::DescribeTrafficSources>()
        .with::<api::DetachInstances>()
        .with::<api::DetachLoadBalancerTargetGroups>()
        .with::<api::DetachTrafficSources>()
        .with::<api::EnterStandby>()
        .with::<api::ExecutePolicy>()
        .with::<api::ExitStandby>()
        .with::<api::PutScalingPolicy>()
        .with::<api::ResumeProcesses>()
        .with::<api::SetDesiredCapacity>()
        .with::<api::SetInstanceHealth>()
        .with::<api::SetInstanceProtection>()
        .with::<api::SuspendProcesses>()
        .with::<api::TerminateInstanceInAutoScalingGroup>()
        .with::<api::UpdateAutoScalingGroup>()
        .build()
}
