//! Functions in a VPC.

use crate::environment::interface;
use crate::world::World;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::time::Duration;

fn check(got: &str, expected: Expect) {
    expected.assert_eq(got);
}

fn vpc(subnets: &[&str], groups: &[&str]) -> Value {
    json!({"VpcConfig": {"SubnetIds": subnets, "SecurityGroupIds": groups}})
}

#[tokio::test]
async fn an_environment_gets_the_interface_of_a_subnet() {
    let world = World::new();
    let active = world.function(vpc(&["subnet-0a"], &["sg-0a"])).await.body;
    assert_eq!(active["State"], "Active");
    check(
        &active["VpcConfig"].to_string(),
        expect![[
            r#"{"Ipv6AllowedForDualStack":false,"SecurityGroupIds":["sg-0a"],"SubnetIds":["subnet-0a"],"VpcId":"vpc-00000000000000001"}"#
        ]],
    );
    world.invoke("f", json!({})).await;
    let started = world.environments.started.lock().unwrap();
    assert_eq!(interface(&started[0]).as_deref(), Some("eni-0a"));
}

#[tokio::test]
async fn without_a_vpc_there_is_no_interface() {
    let world = World::new();
    let active = world.function(json!({})).await.body;
    assert_eq!(active.get("VpcConfig"), None);
    world.invoke("f", json!({})).await;
    assert_eq!(interface(&world.environments.started.lock().unwrap()[0]), None);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = World::new();
    check(
        &world.create(vpc(&["subnet-0bad"], &["sg-0a"])).await.error(),
        expect![
            "400 InvalidParameterValueException: Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID 'subnet-0bad' does not exist"
        ],
    );
    check(
        &world.create(vpc(&["subnet-0a"], &["sg-0bad"])).await.error(),
        expect![
            "400 InvalidParameterValueException: Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group 'sg-0bad' does not exist"
        ],
    );
}

#[tokio::test]
async fn the_role_must_be_allowed_to_make_interfaces() {
    let world = World::new();
    world.roles.denied.lock().unwrap().insert("ec2:CreateNetworkInterface".to_owned());
    check(
        &world.create(vpc(&["subnet-0a"], &["sg-0a"])).await.error(),
        expect![
            "400 InvalidParameterValueException: The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
        ],
    );
}

#[tokio::test]
async fn a_function_without_its_interface_is_failed_and_never_active() {
    let world = World::new();
    *world.interfaces.full.lock().unwrap() = true;
    let failed = world.function(vpc(&["subnet-0a"], &["sg-0a"])).await.body;
    assert_eq!(failed["State"], "Failed");
    assert_eq!(failed["StateReasonCode"], "SubnetOutOfIPAddresses");
    check(
        &world.invoke("f", json!({})).await.error(),
        expect![
            "409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Failed"
        ],
    );
    // With room again, an update makes it work.
    *world.interfaces.full.lock().unwrap() = false;
    let change = json!({"Description": "again"}).to_string();
    world.call("PUT", "/2015-03-31/functions/f/configuration", &[], change).await;
    assert_eq!(world.settled("f").await.body["State"], "Active");
    assert_eq!(world.invoke("f", json!({})).await.status, 200);
}

#[tokio::test]
async fn an_update_that_fails_leaves_the_function_as_it_was() {
    let world = World::new();
    world.function(json!({})).await;
    *world.interfaces.full.lock().unwrap() = true;
    let change = vpc(&["subnet-0a"], &["sg-0a"]).to_string();
    world.call("PUT", "/2015-03-31/functions/f/configuration", &[], change).await;
    let after = world.settled("f").await.body;
    assert_eq!((&after["State"], &after["LastUpdateStatus"]), (&json!("Active"), &json!("Failed")));
    assert_eq!(after["LastUpdateStatusReasonCode"], "SubnetOutOfIPAddresses");
    assert_eq!(world.invoke("f", json!({})).await.status, 200);
    assert_eq!(interface(&world.environments.started.lock().unwrap()[0]), None);
}

#[tokio::test]
async fn interfaces_are_given_back() {
    let world = World::new();
    world.function(vpc(&["subnet-0a"], &["sg-0a"])).await;
    assert_eq!(world.interfaces.held.lock().unwrap().len(), 1);
    let change = vpc(&["subnet-0b"], &["sg-0a"]).to_string();
    world.call("PUT", "/2015-03-31/functions/f/configuration", &[], change).await;
    world.settled("f").await;
    for _ in 0..3000 {
        let held = world.interfaces.held.lock().unwrap().values().next().unwrap().subnet_ids[0].to_string();
        if held == "subnet-0b" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.call("DELETE", "/2015-03-31/functions/f", &[], "").await;
    assert!(world.interfaces.held.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_interface_in_use_is_kept_until_the_invocation_ends() {
    let world = World::new();
    world.function(vpc(&["subnet-0a"], &["sg-0a"])).await;
    let (answer, held) = tokio::join!(world.invoke("f", json!({"do": "hold"})), async {
        while world.environments.received.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.call("DELETE", "/2015-03-31/functions/f", &[], "").await;
        let held = world.interfaces.held.lock().unwrap().len();
        world.environments.may_go_on.send_replace(true);
        held
    });
    assert_eq!(answer.body, json!("waited"));
    assert_eq!(held, 1);
    for _ in 0..3000 {
        if world.interfaces.held.lock().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the interface was not given back");
}
