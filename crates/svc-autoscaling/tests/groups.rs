//! Auto Scaling as its clients use it, over an EC2 and target groups that are faked.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use base::Timestamp;
use service::testing::{Asking, root_call};
use support::{GROUP, NOW, World, part};
use svc_autoscaling::needs::{MachineState, TargetHealth};

const WEB: &[(&str, &str)] = &[
    ("AutoScalingGroupName", "web"),
    ("LaunchTemplate.LaunchTemplateId", "lt-1"),
    ("MinSize", "0"),
    ("MaxSize", "4"),
    ("DesiredCapacity", "2"),
    ("VPCZoneIdentifier", "subnet-a,subnet-b"),
];
const NAME: (&str, &str) = ("AutoScalingGroupName", "web");

fn changed<'a>(form: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = form.to_vec();
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        if !value.is_empty() {
            form.push((name, value));
        }
    }
    form
}

fn made(changes: &[(&str, &str)]) -> World {
    let world = World::new();
    world.ok("CreateAutoScalingGroup", &changed(WEB, changes));
    world.rest();
    world
}

#[test]
fn a_group_launches_grows_shrinks_and_goes() {
    let w = made(&[
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a"),
        ("Tags.member.1.PropagateAtLaunch", "true"),
    ]);
    assert_eq!(w.members(), ["i-001 us-east-1a InService HEALTHY", "i-002 us-east-1b InService HEALTHY"]);
    let launch = w.fake.cloud().launches[0].clone();
    assert_eq!(
        launch.tags,
        [("team".into(), "a".into()), ("aws:autoscaling:groupName".into(), "web".into())]
    );

    w.ok("SetDesiredCapacity", &[NAME, ("DesiredCapacity", "3")]);
    w.rest();
    assert_eq!(w.members().len(), 3);
    w.ok("UpdateAutoScalingGroup", &[NAME, ("MaxSize", "1")]);
    w.rest();
    assert_eq!(w.members().len(), 1);
    let shown = w.ok("DescribeAutoScalingGroups", &[("AutoScalingGroupNames.member.1", "web")]);
    assert_eq!((part(&shown, "DesiredCapacity"), part(&shown, "MaxSize")), ("1".into(), "1".into()));
    assert_eq!(part(&shown, "VPCZoneIdentifier"), "subnet-a,subnet-b");

    assert!(w.fails("DeleteAutoScalingGroup", &[NAME]).starts_with("ResourceInUse: You cannot delete"));
    w.ok("SetDesiredCapacity", &[NAME, ("DesiredCapacity", "0")]);
    w.rest();
    assert_eq!((w.members(), w.fake.running()), (vec![], vec![]));
    w.ok("DeleteAutoScalingGroup", &[NAME]);
    assert_eq!(
        w.fails("SetDesiredCapacity", &[NAME, ("DesiredCapacity", "0")]),
        "ValidationError: AutoScalingGroup name not found - AutoScalingGroup 'web' not found"
    );
    assert_eq!(
        w.activities().iter().filter(|a| a.ends_with(": Successful")).count(),
        6,
        "{:?}",
        w.activities()
    );
}

#[test]
fn a_group_that_is_deleted_with_force_takes_its_instances_along() {
    let w = made(&[("NewInstancesProtectedFromScaleIn", "true")]);
    w.ok("DeleteAutoScalingGroup", &[NAME, ("ForceDelete", "true")]);
    assert_eq!(part(&w.ok("DescribeAutoScalingGroups", &[]), "Status"), "Delete in progress");
    w.rest();
    assert!(!w.ok("DescribeAutoScalingGroups", &[]).contains("<member>"));
    assert!(w.fake.running().is_empty());
}

#[test]
fn what_ends_or_is_found_sick_is_replaced_in_its_zone() {
    let w = made(&[]);
    w.fake.cloud().machines.get_mut("i-001").unwrap().state = MachineState::Ended;
    w.rest();
    assert_eq!(w.members(), ["i-002 us-east-1b InService HEALTHY", "i-003 us-east-1a InService HEALTHY"]);

    w.fake.cloud().machines.get_mut("i-002").unwrap().state = MachineState::Stopped;
    w.ok("SetInstanceHealth", &[("InstanceId", "i-003"), ("HealthStatus", "Unhealthy")]);
    w.rest();
    assert_eq!(w.members(), ["i-004 us-east-1a InService HEALTHY", "i-005 us-east-1b InService HEALTHY"]);
    assert_eq!(w.fake.cloud().ended.iter().collect::<Vec<_>>(), ["i-002", "i-003"]);

    w.ok("SuspendProcesses", &[NAME, ("ScalingProcesses.member.1", "ReplaceUnhealthy")]);
    w.ok("SetInstanceHealth", &[("InstanceId", "i-004"), ("HealthStatus", "Unhealthy")]);
    w.rest();
    assert_eq!(w.members()[0], "i-004 us-east-1a InService UNHEALTHY");
    w.ok("ResumeProcesses", &[NAME]);
    w.rest();
    assert_eq!(w.members().len(), 2);
    assert!(w.fake.cloud().ended.contains("i-004"));
}

#[test]
fn load_balancers_are_told_and_their_checks_heeded_after_the_grace_period() {
    let w = made(&[
        ("TargetGroupARNs.member.1", GROUP),
        ("HealthCheckType", "ELB"),
        ("HealthCheckGracePeriod", "60"),
    ]);
    assert_eq!(w.members().len(), 2);
    assert_eq!(w.fake.cloud().targets.len(), 2);
    let groups = |w: &World| part(&w.ok("DescribeLoadBalancerTargetGroups", &[NAME]), "State");
    assert_eq!(groups(&w), "Added");
    for health in w.fake.cloud().targets.values_mut() {
        *health = TargetHealth::Healthy;
    }
    assert_eq!(groups(&w), "InService");

    w.fake.cloud().targets.insert("i-001".into(), TargetHealth::Unhealthy);
    let wake = w.pass().unwrap();
    assert!(wake <= Timestamp(NOW.millis() + 60_000));
    w.rest();
    assert!(w.fake.cloud().ended.is_empty(), "it is young");
    w.clock.advance_ms(60_000);
    w.pass();
    assert_eq!(w.fake.cloud().targets["i-001"], TargetHealth::Draining);
    assert!(w.fake.cloud().ended.is_empty(), "requests come to their end first");
    w.rest();
    assert_eq!(w.members(), ["i-002 us-east-1b InService HEALTHY", "i-003 us-east-1a InService HEALTHY"]);

    w.ok(
        "DetachTrafficSources",
        &[NAME, ("TrafficSources.member.1.Identifier", GROUP), ("TrafficSources.member.1.Type", "elbv2")],
    );
    w.rest();
    assert!(w.fake.cloud().targets.is_empty());
    w.ok("AttachLoadBalancerTargetGroups", &[NAME, ("TargetGroupARNs.member.1", GROUP)]);
    w.rest();
    assert_eq!(w.fake.cloud().targets.len(), 2);
}

#[test]
fn instances_come_and_leave_by_hand() {
    let w = made(&[("TargetGroupARNs.member.1", GROUP)]);
    let standby = [NAME, ("InstanceIds.member.1", "i-001"), ("ShouldDecrementDesiredCapacity", "true")];
    w.ok("EnterStandby", &standby);
    w.rest();
    assert_eq!(w.members(), ["i-001 us-east-1a Standby HEALTHY", "i-002 us-east-1b InService HEALTHY"]);
    assert_eq!(w.fake.cloud().targets.len(), 1);
    w.ok("ExitStandby", &standby[..2]);
    w.rest();
    assert_eq!(w.members().iter().filter(|m| m.contains("InService")).count(), 2);

    w.ok(
        "DetachInstances",
        &[NAME, ("InstanceIds.member.1", "i-002"), ("ShouldDecrementDesiredCapacity", "false")],
    );
    w.rest();
    assert_eq!(w.members(), ["i-001 us-east-1a InService HEALTHY", "i-003 us-east-1b InService HEALTHY"]);
    assert_eq!(w.fake.running(), ["i-001", "i-002", "i-003"], "a detached instance runs on");
    let marked =
        || w.fake.cloud().machines.values().map(|m| m.group.clone().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(marked(), ["web", "", "web"], "and is tagged as one of the group no more");
    assert_eq!(w.fake.cloud().targets.keys().collect::<Vec<_>>(), ["i-001", "i-003"]);
    w.ok("AttachInstances", &[NAME, ("InstanceIds.member.1", "i-002")]);
    w.rest();
    assert_eq!(w.members().len(), 3);
    assert_eq!(marked(), ["web", "web", "web"], "until it is attached again");

    w.ok(
        "TerminateInstanceInAutoScalingGroup",
        &[("InstanceId", "i-002"), ("ShouldDecrementDesiredCapacity", "true")],
    );
    w.rest();
    assert_eq!(w.members().len(), 2);
    assert_eq!(
        w.fails(
            "TerminateInstanceInAutoScalingGroup",
            &[("InstanceId", "i-none"), ("ShouldDecrementDesiredCapacity", "true")]
        ),
        "ValidationError: Instance Id not found - No managed instance found for instance ID: i-none"
    );
}

#[test]
fn protected_instances_stay_and_the_policies_choose_among_the_others() {
    let w = made(&[("VPCZoneIdentifier", "subnet-a"), ("TerminationPolicies.member.1", "OldestInstance")]);
    for _ in 0..2 {
        w.clock.advance_ms(1000);
        let have = w.members().len() + 1;
        w.ok("SetDesiredCapacity", &[NAME, ("DesiredCapacity", &have.to_string())]);
        w.rest();
    }
    let protect = |id: &str, on: &str| {
        w.ok("SetInstanceProtection", &[NAME, ("InstanceIds.member.1", id), ("ProtectedFromScaleIn", on)])
    };
    protect("i-001", "true");
    w.ok("SetDesiredCapacity", &[NAME, ("DesiredCapacity", "3")]);
    w.rest();
    let ids = |w: &World| w.members().iter().map(|m| m[..5].to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&w), ["i-001", "i-003", "i-004"]);
    w.ok(
        "UpdateAutoScalingGroup",
        &[NAME, ("TerminationPolicies.member.1", "NewestInstance"), ("DesiredCapacity", "2")],
    );
    w.rest();
    assert_eq!(ids(&w), ["i-001", "i-003"]);
    protect("i-003", "true");
    w.ok("SetDesiredCapacity", &[NAME, ("DesiredCapacity", "0")]);
    w.rest();
    assert_eq!(ids(&w), ["i-001", "i-003"]);
    protect("i-001", "false");
    w.rest();
    assert_eq!(ids(&w), ["i-003"]);
}

#[test]
fn a_launch_that_is_refused_is_told_and_tried_again_later() {
    let w = World::new();
    w.fake.cloud().refuses = Some("The subnet is full.".into());
    w.ok("CreateAutoScalingGroup", WEB);
    w.pass();
    let told = w.ok("DescribeScalingActivities", &[NAME]);
    assert_eq!(part(&told, "StatusMessage"), "The subnet is full. Launching EC2 instance failed.");
    assert_eq!(part(&told, "StatusCode"), "Failed");
    w.fake.cloud().refuses = None;
    assert!(w.pass().is_some_and(|wake| wake > NOW), "it waits, and knows for how long");
    assert!(w.fake.running().is_empty());
    w.clock.advance_ms(60_000);
    w.rest();
    assert_eq!(w.members().len(), 2);
}

#[test]
fn what_was_launched_though_the_answer_failed_is_the_group_s() {
    let w = World::new();
    w.fake.cloud().fails = true;
    w.ok("CreateAutoScalingGroup", WEB);
    w.rest();
    assert_eq!(w.fake.running(), ["i-001", "i-002"]);
    assert_eq!(w.members(), ["i-001 us-east-1a InService HEALTHY", "i-002 us-east-1b InService HEALTHY"]);
}

#[test]
fn a_capacity_beyond_all_bounds_costs_few_launches_at_once() {
    let w = World::new();
    w.fake.cloud().refuses = Some("You have reached your quota.".into());
    let most = i32::MAX.to_string();
    w.ok("CreateAutoScalingGroup", &changed(WEB, &[("MaxSize", &most), ("DesiredCapacity", &most)]));
    let told = |w: &World| w.store.read().scan::<svc_autoscaling::state::Activity>("").unwrap().len();
    w.pass();
    let first = told(&w);
    assert!(first <= 20, "{first}");
    w.clock.advance_ms(60_000);
    w.pass();
    assert_eq!(told(&w), first + 1, "after a failure, one is tried");
    w.fake.cloud().refuses = None;
    w.clock.advance_ms(60_000);
    w.rest();
    assert!(w.members().len() > 20);
}

#[test]
fn an_instance_that_is_named_twice_counts_once() {
    let w = made(&[("MinSize", "1")]);
    let twice = [
        NAME,
        ("InstanceIds.member.1", "i-001"),
        ("InstanceIds.member.2", "i-001"),
        ("ShouldDecrementDesiredCapacity", "true"),
    ];
    w.ok("DetachInstances", &twice);
    w.rest();
    assert_eq!(w.members().len(), 1);
    w.ok("AttachInstances", &twice[..3]);
    w.rest();
    assert_eq!(w.members().len(), 2);
    let shown = w.ok("DescribeAutoScalingGroups", &[]);
    assert_eq!(part(&shown, "DesiredCapacity"), "2");
}

#[test]
fn a_group_on_its_way_out_is_not_changed() {
    let w = made(&[]);
    w.ok(
        "DetachInstances",
        &[NAME, ("InstanceIds.member.1", "i-001"), ("ShouldDecrementDesiredCapacity", "true")],
    );
    w.rest();
    w.ok("DeleteAutoScalingGroup", &[NAME, ("ForceDelete", "true")]);
    for (action, more) in
        [("AttachInstances", ("InstanceIds.member.1", "i-001")), ("UpdateAutoScalingGroup", ("MaxSize", "9"))]
    {
        assert_eq!(
            w.fails(action, &[NAME, more]),
            "ValidationError: The AutoScaling group may not be modified while it is pending delete"
        );
    }
}

#[test]
fn an_interruption_anywhere_launches_nothing_twice() {
    let w = World::new();
    w.ok("CreateAutoScalingGroup", WEB);
    w.pass();
    // As if the daemon had ended after EC2 launched and before the row said so.
    let row = w.store.read().scan::<svc_autoscaling::state::Group>("").unwrap().remove(0);
    let mut forgetful = svc_autoscaling::state::Group::clone(&row);
    for member in &mut forgetful.members {
        member.instance = None;
    }
    w.store.write_blocking(|tx| tx.put(&forgetful)).unwrap();
    w.rest();
    assert_eq!(w.fake.running(), ["i-001", "i-002"]);
    assert_eq!(w.members().len(), 2);
}

#[test]
fn simple_policies_are_executed_and_rest_when_asked_to() {
    let w = made(&[]);
    let put =
        [NAME, ("PolicyName", "out"), ("AdjustmentType", "ChangeInCapacity"), ("ScalingAdjustment", "1")];
    let arn = part(&w.ok("PutScalingPolicy", &put), "PolicyARN");
    assert!(arn.ends_with(":autoScalingGroupName/web:policyName/out"), "{arn}");
    w.ok("ExecutePolicy", &[("PolicyName", &arn)]);
    w.rest();
    assert_eq!(w.members().len(), 3);
    // Who may delete the policies of one group cannot name another group's by its ARN.
    let (other, by_arn) = (("AutoScalingGroupName", "other"), ("PolicyName", arn.as_str()));
    let missing = format!("ValidationError: PolicyName not found for policy name: {arn}");
    w.ok("CreateAutoScalingGroup", &changed(WEB, &[other, ("DesiredCapacity", "0")]));
    for action in ["DeletePolicy", "ExecutePolicy"] {
        assert_eq!(w.fails(action, &[other, by_arn]), missing);
    }
    w.ok("DeleteAutoScalingGroup", &[other]);
    let honoring = [NAME, ("PolicyName", "out"), ("HonorCooldown", "true")];
    assert!(w.fails("ExecutePolicy", &honoring).starts_with("ScalingActivityInProgress: "));
    w.clock.advance_ms(300_000);
    w.ok("ExecutePolicy", &honoring);
    assert_eq!(part(&w.ok("DescribePolicies", &[NAME]), "ScalingAdjustment"), "1");
    w.ok("DeletePolicy", &honoring[..2]);
    assert_eq!(
        w.fails("ExecutePolicy", &honoring[..2]),
        "ValidationError: PolicyName not found for policy name: out"
    );
    let tracking = [NAME, ("PolicyName", "t"), ("PolicyType", "TargetTrackingScaling")];
    assert_eq!(
        w.fails("PutScalingPolicy", &tracking),
        "NotImplemented: A scaling policy of type TargetTrackingScaling is not implemented by moat"
    );
}

#[test]
fn groups_that_cannot_be_are_refused_with_aws_s_texts() {
    let w = made(&[]);
    let other = ("AutoScalingGroupName", "other");
    for (changes, told) in [
        (
            vec![],
            "AlreadyExists: AutoScalingGroup by this name already exists - A group with the name web already exists",
        ),
        (
            vec![other, ("MinSize", "5")],
            "ValidationError: Max bound, 4, must be greater than or equal to min bound, 5",
        ),
        (
            vec![other, ("DesiredCapacity", "5")],
            "ValidationError: Desired capacity:5 must be between the specified min size:0 and max size:4",
        ),
        (
            vec![other, ("VPCZoneIdentifier", "")],
            "ValidationError: At least one Availability Zone or VPC Subnet is required.",
        ),
        (
            vec![other, ("VPCZoneIdentifier", "subnet-x")],
            "ValidationError: The subnet ID 'subnet-x' does not exist",
        ),
        (
            vec![other, ("LaunchTemplate.LaunchTemplateId", "")],
            "ValidationError: Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
        ),
        (
            vec![other, ("LaunchTemplate.LaunchTemplateId", "lt-2")],
            "ValidationError: You must use a valid fully-formed launch template. no such template.",
        ),
        (
            vec![other, ("TargetGroupARNs.member.1", "arn:x")],
            "ValidationError: Provided Target Groups may not be valid. Please ensure they exist and try again.",
        ),
        (
            vec![other, ("MaxInstanceLifetime", "86400")],
            "NotImplemented: The parameter MaxInstanceLifetime of a group is not implemented by moat",
        ),
        (
            vec![other, ("LaunchConfigurationName", "x")],
            "NotImplemented: The parameter LaunchConfigurationName of a group is not implemented by moat",
        ),
    ] {
        assert_eq!(w.fails("CreateAutoScalingGroup", &changed(WEB, &changes)), told);
    }
    // The caller must be allowed each of the places, not only the first one.
    w.fake.cloud().denied_subnet = Some("subnet-b".into());
    assert_eq!(
        w.fails("CreateAutoScalingGroup", &changed(WEB, &[other])),
        "AccessDenied: You are not authorized to use launch template: lt-1"
    );
    w.fake.cloud().denies = true;
    assert_eq!(
        w.fails("CreateAutoScalingGroup", &changed(WEB, &[other])),
        "AccessDenied: You are not authorized to use launch template: lt-1"
    );
    assert_eq!(
        w.fails("SetDesiredCapacity", &[NAME, ("DesiredCapacity", "9")]),
        "ValidationError: New SetDesiredCapacity value 9 is above max value 4 for the AutoScalingGroup."
    );
}

#[test]
fn tags_are_kept_shown_and_taken() {
    let w = made(&[]);
    let tag = [
        ("Tags.member.1.ResourceId", "web"),
        ("Tags.member.1.ResourceType", "auto-scaling-group"),
        ("Tags.member.1.Key", "stage"),
        ("Tags.member.1.Value", "test"),
        ("Tags.member.1.PropagateAtLaunch", "true"),
    ];
    w.ok("CreateOrUpdateTags", &tag);
    let filter = [("Filters.member.1.Name", "key"), ("Filters.member.1.Values.member.1", "stage")];
    assert_eq!(part(&w.ok("DescribeTags", &filter), "Value"), "test");
    let by_tag = [("Filters.member.1.Name", "tag:stage"), ("Filters.member.1.Values.member.1", "test")];
    assert_eq!(part(&w.ok("DescribeAutoScalingGroups", &by_tag), "AutoScalingGroupName"), "web");
    w.ok("DeleteTags", &tag[..3]);
    assert!(!w.ok("DescribeTags", &filter).contains("<member>"));
}

#[test]
fn operations_ask_as_the_reference_says() {
    let w = World::new();
    let registry = svc_autoscaling::ops::registry(w.scaling.clone());
    let samples = [("AutoScalingGroupName", "web"), ("ResourceId", "web"), ("InstanceId", "i-1")];
    let asking = Asking { registry: &registry, call: &root_call(NOW), samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}
