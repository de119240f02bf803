//! Rows as the API shows them.

use crate::api;
use crate::state::{Activity, Group, Member, Outcome, Policy, TemplateVersion};
use crate::tags;

fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

pub fn group(row: &Group) -> api::AutoScalingGroup {
    let subnets: Vec<&str> = row.places.iter().map(|place| place.subnet.as_str()).collect();
    let source = |arn: &String| api::TrafficSourceIdentifier { identifier: text(arn), r#type: text("elbv2") };
    api::AutoScalingGroup {
        auto_scaling_group_name: text(&row.name),
        auto_scaling_group_arn: text(row.arn()),
        launch_template: Some(api::LaunchTemplateSpecification {
            launch_template_id: text(&row.template.id),
            launch_template_name: text(&row.template.name),
            version: row.template.version.clone(),
        }),
        min_size: Some(row.min),
        max_size: Some(row.max),
        desired_capacity: Some(row.desired),
        default_cooldown: Some(row.cooldown_s),
        availability_zones: Some(row.zones().iter().map(ToString::to_string).collect()),
        load_balancer_names: Some(Vec::new()),
        target_group_arns: Some(row.target_groups.clone()),
        health_check_type: text(if row.heeds_load_balancers { "ELB" } else { "EC2" }),
        health_check_grace_period: Some(row.grace_s),
        instances: Some(row.members.iter().filter_map(instance).collect()),
        created_time: Some(row.created),
        suspended_processes: Some(
            row.suspended
                .iter()
                .map(|(process, since)| api::SuspendedProcess {
                    process_name: text(process.text()),
                    suspension_reason: text(format!("User suspended at {}", since.iso8601())),
                })
                .collect(),
        ),
        vpc_zone_identifier: text(if row.names_subnets { subnets.join(",") } else { String::new() }),
        enabled_metrics: Some(Vec::new()),
        status: row.is_deleting.then(|| "Delete in progress".to_owned()),
        tags: Some(tags::describe(row)),
        termination_policies: Some(row.termination.iter().map(|policy| policy.text().to_owned()).collect()),
        new_instances_protected_from_scale_in: Some(row.protects_new),
        service_linked_role_arn: text(&row.role),
        capacity_rebalance: Some(false),
        traffic_sources: Some(row.target_groups.iter().map(source).collect()),
        ..Default::default()
    }
}

fn template(version: &TemplateVersion) -> api::LaunchTemplateSpecification {
    api::LaunchTemplateSpecification {
        launch_template_id: text(&version.id),
        launch_template_name: text(&version.name),
        version: text(version.number),
    }
}

fn health(member: &Member) -> &'static str {
    if member.is_healthy { "Healthy" } else { "Unhealthy" }
}

fn given(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// A member as its group shows it, once it has an instance.
pub fn instance(member: &Member) -> Option<api::Instance> {
    Some(api::Instance {
        instance_id: Some(member.instance.clone()?),
        instance_type: given(&member.kind),
        availability_zone: text(&member.place.zone),
        lifecycle_state: text(member.stage.text()),
        health_status: text(health(member)),
        launch_template: member.template.as_ref().map(template),
        image_id: given(&member.image),
        protected_from_scale_in: Some(member.is_protected),
        ..Default::default()
    })
}

/// A member by itself.
pub fn instance_details(group: &Group, member: &Member) -> Option<api::AutoScalingInstanceDetails> {
    Some(api::AutoScalingInstanceDetails {
        instance_id: Some(member.instance.clone()?),
        instance_type: given(&member.kind),
        auto_scaling_group_name: text(&group.name),
        availability_zone: text(&member.place.zone),
        lifecycle_state: text(member.stage.text()),
        health_status: text(health(member).to_ascii_uppercase()),
        launch_template: member.template.as_ref().map(template),
        image_id: given(&member.image),
        protected_from_scale_in: Some(member.is_protected),
        ..Default::default()
    })
}

pub fn activity(row: &Activity) -> api::Activity {
    let progress = match row.outcome {
        Outcome::InProgress => 50,
        Outcome::Successful | Outcome::Failed | Outcome::Cancelled => 100,
    };
    api::Activity {
        activity_id: text(&row.id),
        auto_scaling_group_name: text(&row.group),
        auto_scaling_group_arn: text(&row.group_arn),
        description: text(&row.description),
        cause: text(&row.cause),
        start_time: Some(row.began),
        end_time: row.ended,
        status_code: text(row.outcome.text()),
        status_message: row.message.clone(),
        progress: Some(progress),
        details: text(&row.details),
        ..Default::default()
    }
}

pub fn policy(row: &Policy) -> api::ScalingPolicy {
    api::ScalingPolicy {
        auto_scaling_group_name: text(&row.group),
        policy_name: text(&row.name),
        policy_arn: text(row.arn()),
        policy_type: text("SimpleScaling"),
        adjustment_type: text(row.adjustment_type.text()),
        scaling_adjustment: Some(row.adjustment),
        min_adjustment_magnitude: row.min_magnitude,
        cooldown: row.cooldown_s,
        alarms: Some(Vec::new()),
        enabled: Some(true),
        ..Default::default()
    }
}
