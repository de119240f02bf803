//! RDS as its clients use it, over a network, servers and secrets that are faked.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use service::testing::{Asking, root_call};
use support::{NOW, World};
use svc_rds::needs::ServerError;

const CREATE: &[(&str, &str)] = &[
    ("DBInstanceIdentifier", "Orders"),
    ("Engine", "postgres"),
    ("DBInstanceClass", "db.t3.micro"),
    ("AllocatedStorage", "20"),
    ("MasterUsername", "app"),
    ("MasterUserPassword", "correct-horse"),
    ("DBSubnetGroupName", "private"),
    ("DBName", "orders"),
];

fn create<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<(&str, &str)> = CREATE.to_vec();
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        if !value.is_empty() {
            form.push((name, value));
        }
    }
    form
}

fn world_with_group() -> World {
    let world = World::new();
    world.ok("CreateDBSubnetGroup", &subnet_group(&["subnet-a", "subnet-b"]));
    world
}

fn subnet_group<'a>(subnets: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    const NAMES: [&str; 3] = ["SubnetIds.member.1", "SubnetIds.member.2", "SubnetIds.member.3"];
    let mut form = vec![("DBSubnetGroupName", "Private"), ("DBSubnetGroupDescription", "d")];
    form.extend(NAMES.into_iter().zip(subnets.iter().copied()));
    form
}

fn is(world: &World, status: &str) -> bool {
    let shown = world.ok("DescribeDBInstances", &[]);
    shown.contains(&format!("<DBInstanceStatus>{status}</DBInstanceStatus>"))
}

fn has_none(world: &World) -> bool {
    !world.ok("DescribeDBInstances", &[]).contains("<DBInstanceStatus>")
}

#[test]
fn an_instance_is_made_becomes_available_and_goes() {
    let world = world_with_group();
    let made = world.ok("CreateDBInstance", &create(&[]));
    assert!(made.contains("<DBInstanceStatus>creating</DBInstanceStatus>"), "{made}");
    assert!(!made.contains("<Endpoint>"), "an endpoint is shown when there is one: {made}");
    world.reconcile_until(|| is(&world, "available"));
    let shown = world.ok("DescribeDBInstances", &[("DBInstanceIdentifier", "ORDERS")]);
    for part in [
        "<DBInstanceStatus>available</DBInstanceStatus>",
        "<Port>5432</Port>",
        ".us-east-1.rds.amazonaws.com</Address>",
        "<EngineVersion>15.18</EngineVersion>",
        "<VpcSecurityGroupId>sg-default</VpcSecurityGroupId>",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(world.servers.masters(), ["app correct-horse Some(\"orders\")"]);
    world.ok("DeleteDBInstance", &[("DBInstanceIdentifier", "orders"), ("SkipFinalSnapshot", "true")]);
    world.reconcile_until(|| has_none(&world));
    let gone = world.fails("DescribeDBInstances", &[("DBInstanceIdentifier", "orders")]);
    assert_eq!(gone, "404 DBInstanceNotFound: DBInstance orders not found.");
    assert!(world.servers.running().is_empty() && world.subnets.attached().is_empty());
}

#[test]
fn the_password_is_in_no_answer_and_no_row() {
    let world = world_with_group();
    let made = world.ok("CreateDBInstance", &create(&[]));
    world.reconcile_until(|| is(&world, "available"));
    let shown = world.ok("DescribeDBInstances", &[]);
    for text in [made, shown, world.rows()] {
        assert!(!text.contains("correct-horse"), "{text}");
    }
}

#[test]
fn a_server_that_does_not_answer_makes_the_instance_failed_with_the_reason() {
    let world = world_with_group();
    world.servers.refuse(Some(ServerError::Unreachable {
        address: std::net::Ipv4Addr::new(10, 0, 0, 5),
        port: 5432,
        seconds: 60,
    }));
    world.ok("CreateDBInstance", &create(&[]));
    world.reconcile_until(|| is(&world, "failed"));
    let shown = world.ok("DescribeDBInstances", &[]);
    assert!(shown.contains("<DBInstanceStatus>failed</DBInstanceStatus>"), "{shown}");
    assert!(shown.contains("the server did not answer on 10.0.0.5:5432 within 60 s"), "{shown}");
    world.servers.refuse(None);
    world.reconcile_until(|| is(&world, "available"));
    let shown = world.ok("DescribeDBInstances", &[]);
    assert!(
        shown.contains("<DBInstanceStatus>available</DBInstanceStatus>"),
        "what can be repaired is: {shown}"
    );
}

#[test]
fn a_managed_password_is_a_secret_that_goes_with_the_instance() {
    let world = world_with_group();
    let form = create(&[("MasterUserPassword", ""), ("ManageMasterUserPassword", "true")]);
    world.ok("CreateDBInstance", &form);
    world.reconcile_until(|| is(&world, "available"));
    let shown = world.ok("DescribeDBInstances", &[]);
    assert!(
        shown.contains("<SecretArn>arn:aws:secretsmanager:us-east-1:000000000000:secret:rds!db-"),
        "{shown}"
    );
    assert_eq!(world.secrets.count(), 1);
    let both = create(&[("DBInstanceIdentifier", "b"), ("ManageMasterUserPassword", "true")]);
    assert!(world.fails("CreateDBInstance", &both).starts_with("400 InvalidParameterCombination: "));
    world.ok("DeleteDBInstance", &[("DBInstanceIdentifier", "orders"), ("SkipFinalSnapshot", "true")]);
    world.reconcile_until(|| has_none(&world) && world.secrets.count() == 0);
    assert_eq!(world.secrets.count(), 0);
}

#[test]
fn a_changed_password_is_given_to_the_server() {
    let world = world_with_group();
    world.ok("CreateDBInstance", &create(&[]));
    world.reconcile_until(|| is(&world, "available"));
    let change = [
        ("DBInstanceIdentifier", "orders"),
        ("MasterUserPassword", "another-one"),
        ("ApplyImmediately", "true"),
    ];
    world.ok("ModifyDBInstance", &change);
    assert_eq!(world.servers.masters().last().unwrap(), "app another-one Some(\"orders\")");
}

#[test]
fn what_cannot_be_an_instance_is_refused_and_leaves_nothing() {
    let world = world_with_group();
    for (changes, expected) in [
        (&[("Engine", "postgre")][..], "400 InvalidParameterValue: Invalid DB engine"),
        (&[("Engine", "mysql")], "501 NotImplemented: the DB engine mysql is not implemented by moat"),
        (
            &[("EngineVersion", "99.1")],
            "400 InvalidParameterCombination: Cannot find version 99.1 for postgres",
        ),
        (
            &[("DBInstanceClass", "db.zz.big")],
            "400 InvalidParameterValue: Invalid DB Instance class: db.zz.big",
        ),
        (
            &[("MasterUserPassword", "short")],
            "400 InvalidParameterValue: The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
        ),
        (
            &[("MasterUsername", "rdsadmin")],
            "400 InvalidParameterValue: MasterUsername rdsadmin cannot be used as it is a reserved word used by the engine",
        ),
        (
            &[("DBSubnetGroupName", "none")],
            "404 DBSubnetGroupNotFoundFault: DB subnet group 'none' does not exist.",
        ),
        (&[("MultiAZ", "true")], "501 NotImplemented: CreateDBInstance's MultiAZ is not implemented by moat"),
        (
            &[("BackupRetentionPeriod", "7")],
            "501 NotImplemented: CreateDBInstance's BackupRetentionPeriod above 0 (automated backups) is not implemented by moat",
        ),
        (
            &[("AllocatedStorage", "5")],
            "400 InvalidParameterCombination: Invalid storage size for engine name postgres and storage type gp2: 5",
        ),
    ] {
        assert_eq!(world.fails("CreateDBInstance", &create(changes)), expected);
    }
    world.reconcile();
    assert!(world.servers.running().is_empty() && world.subnets.attached().is_empty());
    world.ok("CreateDBInstance", &create(&[]));
    let twice = world.fails("CreateDBInstance", &create(&[]));
    assert_eq!(twice, "400 DBInstanceAlreadyExists: DB instance already exists");
}

#[test]
fn a_subnet_group_needs_two_zones_and_one_vpc() {
    let world = World::new();
    for (subnets, expected) in [
        (
            &["subnet-a"][..],
            "400 DBSubnetGroupDoesNotCoverEnoughAZs: The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: us-east-1a. Add subnets to cover at least 2 AZs.",
        ),
        (
            &["subnet-a", "subnet-none"],
            "400 InvalidSubnet: Some input subnets in :[subnet-none] are invalid.",
        ),
        (&["subnet-a", "subnet-other"], "400 InvalidSubnet: Subnets are not in the same VPC."),
    ] {
        assert_eq!(world.fails("CreateDBSubnetGroup", &subnet_group(subnets)), expected);
    }
    world.ok("CreateDBSubnetGroup", &subnet_group(&["subnet-a", "subnet-b"]));
    let twice = world.fails("CreateDBSubnetGroup", &subnet_group(&["subnet-a", "subnet-b"]));
    assert_eq!(twice, "400 DBSubnetGroupAlreadyExists: The DB subnet group 'private' already exists.");
}

#[test]
fn a_subnet_group_in_use_stays() {
    let world = world_with_group();
    world.ok("CreateDBInstance", &create(&[]));
    let refused = world.fails("DeleteDBSubnetGroup", &[("DBSubnetGroupName", "private")]);
    assert!(
        refused.starts_with("400 InvalidDBSubnetGroupStateFault: Cannot delete the subnet group 'private'")
    );
    world.ok("DeleteDBInstance", &[("DBInstanceIdentifier", "orders"), ("SkipFinalSnapshot", "true")]);
    world.reconcile_until(|| has_none(&world));
    world.ok("DeleteDBSubnetGroup", &[("DBSubnetGroupName", "private")]);
}

#[test]
fn deletion_is_guarded() {
    let world = world_with_group();
    world.ok("CreateDBInstance", &create(&[("DeletionProtection", "true")]));
    let delete = [("DBInstanceIdentifier", "orders"), ("SkipFinalSnapshot", "true")];
    assert_eq!(
        world.fails("DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]),
        "400 InvalidParameterCombination: FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
    );
    assert_eq!(
        world.fails("DeleteDBInstance", &delete),
        "400 InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again."
    );
}

#[test]
fn tags_of_both_kinds_of_resources() {
    let world = world_with_group();
    let arn = "arn:aws:rds:us-east-1:000000000000:subgrp:private";
    world.ok(
        "AddTagsToResource",
        &[("ResourceName", arn), ("Tags.Tag.1.Key", "team"), ("Tags.Tag.1.Value", "a")],
    );
    let shown = world.ok("ListTagsForResource", &[("ResourceName", arn)]);
    assert!(shown.contains("<Key>team</Key><Value>a</Value>"), "{shown}");
    world.ok("RemoveTagsFromResource", &[("ResourceName", arn), ("TagKeys.member.1", "team")]);
    assert!(!world.ok("ListTagsForResource", &[("ResourceName", arn)]).contains("team"));
    let other = "arn:aws:rds:us-east-1:111111111111:subgrp:private";
    assert!(
        world
            .fails("ListTagsForResource", &[("ResourceName", other)])
            .starts_with("400 InvalidParameterValue")
    );
}

#[test]
fn operations_ask_as_the_reference_says() {
    let w = World::new();
    let registry = svc_rds::registry(w.rds.clone());
    let samples = [("ResourceName", "arn:aws:rds:us-east-1:000000000000:db:orders")];
    let asking = Asking { registry: &registry, call: &root_call(NOW), samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}

/// Policies can limit engine, class and the rest, of an instance in the making and of one that is.
#[test]
fn conditions_can_ask_what_an_instance_is() {
    let w = World::new();
    w.ok("CreateDBSubnetGroup", &subnet_group(&["subnet-a", "subnet-b"]));
    let registry = svc_rds::registry(w.rds.clone());
    let member = |name: &'static str, value: &str| (name, wire::Value::from(value));
    let told = |operation: &str, input: Vec<(&'static str, wire::Value)>| {
        let input = wire::Value::Struct(input.into_iter().collect());
        let asked = registry.asks(operation, &root_call(NOW), input).unwrap();
        let line = |a: &service::Access| {
            let keys = a.context.iter().map(|(key, values)| format!("{key}={}", values.join(",")));
            format!(
                "{} {}",
                a.resource.rsplit(':').take(2).collect::<Vec<_>>().join(" "),
                keys.collect::<Vec<_>>().join(" ")
            )
        };
        asked.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let wish = vec![
        member("DBInstanceIdentifier", "Orders"),
        member("Engine", "postgres"),
        member("DBInstanceClass", "db.t3.micro"),
        member("DBSubnetGroupName", "private"),
    ];
    assert_eq!(
        told("CreateDBInstance", wish),
        "orders db rds:DatabaseEngine=postgres rds:DatabaseClass=db.t3.micro rds:StorageEncrypted=false \
         rds:MultiAz=false rds:PubliclyAccessible=false rds:ManageMasterUserPassword=false rds:Vpc=true aws:TagKeys=\n\
         private subgrp "
    );
    w.ok("CreateDBInstance", &create(&[]));
    assert_eq!(
        told("DeleteDBInstance", vec![member("DBInstanceIdentifier", "orders")]),
        "orders db rds:DatabaseEngine=postgres rds:DatabaseClass=db.t3.micro rds:StorageSize=20 \
         rds:StorageEncrypted=false rds:MultiAz=false rds:Vpc=true rds:DatabaseName=orders"
    );
}

#[test]
fn an_instance_goes_where_an_address_is_free() {
    let world = world_with_group();
    world.subnets.fill("subnet-a");
    let made = world.ok("CreateDBInstance", &create(&[]));
    assert!(made.contains("<AvailabilityZone>us-east-1b</AvailabilityZone>"), "{made}");
    world.subnets.fill("subnet-b");
    let error = world.fails("CreateDBInstance", &create(&[("DBInstanceIdentifier", "another")]));
    assert!(error.starts_with("400 InvalidSubnet: There are no free IP addresses"), "{error}");
}
