//! Flow logs: what is asked for, refused, and told to the model.

use crate::world::World;
use svc_ec2::Delivery;

const ROLE: &str = "arn:aws:iam::000000000000:role/flow-logs";

fn create<'a>(resource: &'a str, kind: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut parameters = vec![
        ("ResourceId.1", resource),
        ("ResourceType", kind),
        ("TrafficType", "ALL"),
        ("LogGroupName", "flows"),
        ("DeliverLogsPermissionArn", ROLE),
    ];
    for (name, value) in more {
        parameters.retain(|(known, _)| known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    parameters
}

#[test]
fn a_flow_log_covers_the_interfaces_of_what_it_names() {
    let world = World::new();
    let vpc = world.vpc();
    let (near, far) = (world.subnet(&vpc, "10.0.0.0/24"), world.subnet(&vpc, "10.0.1.0/24"));
    let (one, other) = (world.interface(&near), world.interface(&far));
    let covered = |resource: &str, kind: &str| {
        let made = world.ok("CreateFlowLogs", &create(resource, kind, &[]));
        assert!(!made.has("unsuccessful") || made.texts("code").is_empty());
        let id = world.ok("DescribeFlowLogs", &[]).text("flowLogId");
        let network = world.ec2.networks(&world.ec2.snapshot()).unwrap().remove(0);
        let log = network.flow_logs.first().unwrap();
        assert_eq!((log.log_group.as_str(), log.interval_s), ("flows", 600));
        let interfaces: Vec<String> = log.interfaces.iter().map(ToString::to_string).collect();
        world.ok("DeleteFlowLogs", &[("FlowLogId.1", &id)]);
        interfaces
    };
    assert_eq!(covered(&vpc, "VPC").len(), 2);
    assert_eq!(covered(&near, "Subnet"), [one]);
    assert_eq!(covered(&other, "NetworkInterface"), std::slice::from_ref(&other));
    assert!(world.ec2.networks(&world.ec2.snapshot()).unwrap()[0].flow_logs.is_empty());
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let world = World::new();
    let vpc = world.vpc();
    let fails = |more: &[(&str, &str)]| world.fails("CreateFlowLogs", &create(&vpc, "VPC", more));
    for (more, expected) in [
        (("TrafficType", "SOME"), "400 InvalidParameterValue"),
        (("LogDestinationType", "s3"), "501 NotImplemented"),
        (("DeliverLogsPermissionArn", ""), "400 InvalidParameter: DeliverLogsPermissionArn can't be empty"),
        (("DeliverLogsPermissionArn", "arn:aws:iam::111122223333:role/x"), "400 InvalidParameterValue"),
        (("LogGroupName", ""), "400 InvalidParameter: LogDestination can't be empty"),
        (("LogFormat", "${version} ${colour}"), "400 InvalidParameter"),
        (("MaxAggregationInterval", "61"), "400 InvalidParameter: Invalid Flow Log Max Aggregation Interval"),
        (("ResourceType", "TransitGateway"), "501 NotImplemented"),
    ] {
        let error = fails(&[more]);
        assert!(error.starts_with(expected), "{more:?}: {error}");
    }
    let absent = world.ok("CreateFlowLogs", &create("vpc-0", "VPC", &[]));
    assert_eq!(absent.text("code"), "InvalidVpcID.NotFound");
    world.ok("CreateFlowLogs", &create(&vpc, "VPC", &[("LogFormat", "${srcaddr} ${flow-direction}")]));
    assert!(fails(&[]).starts_with("400 FlowLogAlreadyExists"));
    world.ok("CreateFlowLogs", &create(&vpc, "VPC", &[("LogGroupName", "other")]));
    assert!(fails(&[("LogGroupName", "third")]).starts_with("400 FlowLogsLimitExceeded"));
    assert!(
        world
            .fails("DeleteFlowLogs", &[("FlowLogId.1", "fl-0")])
            .starts_with("400 InvalidFlowLogId.NotFound")
    );
}

#[test]
fn the_role_must_be_passed() {
    let world = World::new();
    let vpc = world.vpc();
    world.deny("iam:PassRole");
    let error = world.fails("CreateFlowLogs", &create(&vpc, "VPC", &[]));
    assert!(error.starts_with("403 UnauthorizedOperation"), "{error}");
}

#[test]
fn what_came_of_deliveries_is_shown() {
    let world = World::new();
    let vpc = world.vpc();
    world.interface(&world.subnet(&vpc, "10.0.0.0/24"));
    world.ok("CreateFlowLogs", &create(&vpc, "VPC", &[]));
    let shown = || world.ok("DescribeFlowLogs", &[]);
    let id = shown().text("flowLogId");
    let came = |delivery| {
        world.block_on(world.ec2.note_delivery(&world.scope, &id.as_str().into(), delivery)).unwrap();
        let shown = shown();
        (shown.text("deliverLogsStatus"), shown.texts("deliverLogsErrorMessage"))
    };
    assert_eq!(came(Delivery::Done), ("SUCCESS".to_owned(), vec![]));
    assert_eq!(came(Delivery::Denied), ("FAILED".to_owned(), vec!["Access error".to_owned()]));
    assert_eq!(came(Delivery::Failed), ("FAILED".to_owned(), vec!["Unknown error".to_owned()]));
    assert_eq!(came(Delivery::Done), ("SUCCESS".to_owned(), vec![]));
    let failed = [("Filter.1.Name", "deliver-log-status"), ("Filter.1.Value.1", "FAILED")];
    assert!(world.ok("DescribeFlowLogs", &failed).texts("flowLogId").is_empty());
    world.ok("DeleteFlowLogs", &[("FlowLogId.1", &id)]);
    // A delivery that was under way meanwhile leaves nothing behind.
    world.block_on(world.ec2.note_delivery(&world.scope, &id.as_str().into(), Delivery::Denied)).unwrap();
    assert_eq!(world.ec2.snapshot().scan::<svc_ec2::state::FailedDelivery>("").unwrap().len(), 0);
}
