//! Reserved and provisioned concurrency.

use crate::world::World;
use expect_test::expect;
use serde_json::{Value, json};
use std::time::Duration;

const FUNCTION: &str = "/2015-03-31/functions/f";
const PROVISIONED: &str = "/2019-09-30/functions/f/provisioned-concurrency";

async fn put(world: &World, qualifier: &str, count: u32) -> crate::world::Answer {
    let body = json!({"ProvisionedConcurrentExecutions": count}).to_string();
    world.call("PUT", &format!("{PROVISIONED}?Qualifier={qualifier}"), &[], body).await
}

async fn reserve(world: &World, count: u32) -> crate::world::Answer {
    let body = json!({"ReservedConcurrentExecutions": count}).to_string();
    world.call("PUT", "/2017-10-31/functions/f/concurrency", &[], body).await
}

/// The function `f` with version 1 and its alias `live`.
async fn published() -> World {
    let world = World::new();
    world.function(json!({"Publish": true})).await;
    world.settled("f").await;
    world.settled("f:1").await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    assert_eq!(world.post(&format!("{FUNCTION}/aliases"), alias).await.status, 201);
    world
}

async fn until(world: &World, qualifier: &str, status: &str) -> Value {
    let mut last = Value::Null;
    for _ in 0..6000 {
        last = world.get(&format!("{PROVISIONED}?Qualifier={qualifier}")).await.body;
        if last["Status"] == status {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not {status}: {last}")
}

fn running(world: &World) -> usize {
    world.environments.running.lock().unwrap().len()
}

#[tokio::test]
async fn environments_are_kept_ready() {
    let world = published().await;
    let asked = put(&world, "live", 2).await;
    assert_eq!((asked.status, &asked.body["Status"]), (202, &json!("IN_PROGRESS")));
    let ready = until(&world, "live", "READY").await;
    assert_eq!(ready["AllocatedProvisionedConcurrentExecutions"], 2);
    assert_eq!(running(&world), 2);
    let variables = world.invoke("f:live", json!({"do": "variables"})).await.body;
    assert_eq!(variables["AWS_LAMBDA_INITIALIZATION_TYPE"], "provisioned-concurrency");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_VERSION"], "1");
    assert_eq!(running(&world), 2);
    // One that ends is replaced.
    world.invoke("f:live", json!({"do": "exit"})).await;
    for _ in 0..6000 {
        if world.environments.started.lock().unwrap().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    until(&world, "live", "READY").await;
    let listed = world.get(&format!("{PROVISIONED}?List=ALL")).await.body;
    assert_eq!(
        listed["ProvisionedConcurrencyConfigs"][0]["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:f:live"
    );
    assert_eq!(world.call("DELETE", &format!("{PROVISIONED}?Qualifier=live"), &[], "").await.status, 204);
    for _ in 0..6000 {
        if running(&world) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(running(&world), 0);
    let variables = world.invoke("f:live", json!({"do": "variables"})).await.body;
    assert_eq!(variables["AWS_LAMBDA_INITIALIZATION_TYPE"], "on-demand");
}

#[tokio::test]
async fn a_function_that_does_not_initialise_is_told_of() {
    let world = World::new();
    world.function(json!({"Handler": "init.error", "Publish": true})).await;
    world.settled("f:1").await;
    put(&world, "1", 1).await;
    let failed = until(&world, "1", "FAILED").await;
    assert_eq!(failed["StatusReason"], "FUNCTION_ERROR_INIT_FAILURE");
    assert_eq!(failed["AvailableProvisionedConcurrentExecutions"], 0);
}

#[tokio::test]
async fn what_cannot_be_provisioned_is_refused() {
    let world = published().await;
    let mut seen = String::new();
    let get = |q: &str| format!("{PROVISIONED}?Qualifier={q}");
    seen += &format!("{}\n", put(&world, "$LATEST", 1).await.error());
    seen += &format!("{}\n", put(&world, "7", 1).await.error());
    seen += &format!("{}\n", put(&world, "noalias", 1).await.error());
    seen += &format!("{}\n", put(&world, "1", 0).await.error());
    seen += &format!("{}\n", put(&world, "1", 1001).await.error());
    seen += &format!("{}\n", put(&world, "1", 901).await.error());
    seen += &format!("{}\n", world.get(&get("$LATEST")).await.error());
    seen += &format!("{}\n", world.get(&get("1")).await.error());
    assert_eq!(put(&world, "1", 2).await.status, 202);
    seen += &format!("{}\n", put(&world, "live", 1).await.error());
    seen += &format!("{}\n", reserve(&world, 1).await.error());
    assert_eq!(reserve(&world, 2).await.status, 200);
    seen += &format!("{}\n", put(&world, "1", 3).await.error());
    world.call("DELETE", &get("1"), &[], "").await;
    assert_eq!(put(&world, "live", 1).await.status, 202);
    seen += &format!("{}\n", put(&world, "1", 1).await.error());
    expect![[r#"
        400 InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished function versions.
        404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7
        404 ResourceNotFoundException: Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:noalias
        400 ValidationException: 1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1
        400 InvalidParameterValueException: Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].
        400 InvalidParameterValueException: Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].
        400 InvalidParameterValueException: The function resource provided must be an alias or a published version.
        404 ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function
        409 ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version
        400 InvalidParameterValueException:  ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].
        400 InvalidParameterValueException: Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function
        409 ResourceConflictException: Version is pointed by a Provisioned Concurrency alias
    "#]]
    .assert_eq(&seen);
}

#[tokio::test]
async fn versions_share_what_their_function_reserved() {
    let world = published().await;
    reserve(&world, 1).await;
    let both = tokio::join!(
        world.invoke("f", json!({"do": "wait", "ms": 200})),
        world.invoke("f:1", json!({"do": "wait", "ms": 200})),
    );
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
    let refused = if both.0.status == 429 { both.0 } else { both.1 };
    assert_eq!(refused.body["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded");
}
