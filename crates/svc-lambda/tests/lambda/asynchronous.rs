//! Asynchronous invocations.

use crate::world::World;
use expect_test::expect;
use serde_json::{Value, json};
use std::time::Duration;

const EVENT: [(&str, &str); 1] = [("x-amz-invocation-type", "Event")];
const GROUP: &str = "/aws/lambda/f";

async fn count_of(world: &World, text: &str) -> usize {
    world.logs.lines(GROUP).unwrap_or_default().iter().filter(|l| l.contains(text)).count()
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it does not become so");
}

async fn until_count(world: &World, text: &str, count: usize) {
    for _ in 0..6000 {
        if count_of(world, text).await >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} lines with `{text}` expected: {:?}", world.logs.lines(GROUP));
}

#[tokio::test]
async fn an_event_is_accepted_and_then_run() {
    let world = World::new();
    world.function(json!({})).await;
    let accepted = world.invoke_with("f", &EVENT, json!({"do": "print", "text": "it ran\n"})).await;
    assert_eq!(accepted.status, 202);
    until_count(&world, "it ran", 1).await;
}

#[tokio::test]
async fn a_failing_event_is_retried_twice() {
    let world = World::new();
    world.function(json!({})).await;
    world.invoke_with("f", &EVENT, json!({"do": "error"})).await;
    for attempts in 1..=3 {
        until_count(&world, "END RequestId", attempts).await;
        if attempts < 3 {
            let failures = u32::try_from(attempts).unwrap();
            until(|| world.lambda.queued_events().unwrap()[0].failures == failures).await;
            // The next attempt is not made before its time.
            let wait = 60_000 * i64::from(failures);
            world.clock.advance_ms(wait - 1);
            world.lambda.reconcile().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(count_of(&world, "START RequestId").await, attempts);
            world.clock.advance_ms(1);
        }
    }
    until(|| world.lambda.queued_events().unwrap().is_empty()).await;
    world.clock.advance_ms(3_600_000);
    world.lambda.reconcile().await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(count_of(&world, "END RequestId").await, 3);
    // All three attempts carry the request's id.
    let lines = world.logs.lines(GROUP).unwrap();
    let mut ids: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix("END RequestId: ")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn an_accepted_event_survives_a_kill() {
    let world = World::new();
    world.function(json!({})).await;
    *world.environments.broken.lock().unwrap() = true;
    let accepted = world.invoke_with("f", &EVENT, json!({"do": "print", "text": "after all\n"})).await;
    assert_eq!(accepted.status, 202);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let world = world.killed_and_started().await;
    assert_eq!(world.settled("f").await.body["State"], "Active");
    world.clock.advance_ms(5_000);
    until_count(&world, "after all", 1).await;
}

#[tokio::test]
async fn a_function_that_was_pending_at_the_kill_becomes_active() {
    let world = World::new();
    let created = world.create(json!({})).await;
    assert_eq!(created.body["State"], "Pending");
    let world = world.killed_and_started().await;
    assert_eq!(world.settled("f").await.body["State"], "Active");
    assert_eq!(world.invoke("f", json!({})).await.status, 200);
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused() {
    let world = World::new();
    world.function(json!({})).await;
    let refused = world.invoke_with("f", &EVENT, json!("x".repeat(1024 * 1024))).await;
    expect!["413 RequestTooLargeException: 1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)"]
        .assert_eq(&refused.error());
}

const CONFIG: &str = "/2019-09-25/functions/f/event-invoke-config";
const DESTINATION: &str = "arn:aws:lambda:us-east-1:000000000000:function:g";

async fn put(world: &World, body: Value) -> crate::world::Answer {
    world.call("PUT", CONFIG, &[], body.to_string()).await
}

/// The functions `f` and `g`, and `g` the destination of all that `f` does.
async fn with_destination(settings: Value) -> World {
    let world = World::new();
    world.function(json!({})).await;
    world.function(json!({"FunctionName": "g"})).await;
    let mut config = json!({"DestinationConfig": {
        "OnSuccess": {"Destination": DESTINATION}, "OnFailure": {"Destination": DESTINATION}}});
    config.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let made = put(&world, config).await;
    assert_eq!(made.status, 200, "{:?}", made.body);
    world
}

/// The first event that the function received.
async fn received(world: &World, function: &str) -> Value {
    for _ in 0..6000 {
        let all = world.environments.received.lock().unwrap().clone();
        if let Some((_, event)) = all.into_iter().find(|(name, _)| name == function) {
            return event;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{function} received nothing")
}

#[tokio::test]
async fn a_success_and_a_failure_reach_their_destination() {
    let world = with_destination(json!({"MaximumRetryAttempts": 0})).await;
    world.invoke_with("f", &EVENT, json!({"do": "wait", "ms": 1})).await;
    let record = received(&world, "g").await;
    expect![[r#"{"requestContext":{"approximateInvokeCount":1,"condition":"Success","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST","requestId":"00000000-0000-4000-8000-000000000000"},"requestPayload":{"do":"wait","ms":1},"responseContext":{"executedVersion":"$LATEST","statusCode":200},"responsePayload":"waited","timestamp":"2026-01-02T03:04:05.678Z","version":"1.0"}"#]]
        .assert_eq(&record.to_string());
    world.environments.received.lock().unwrap().clear();
    world.invoke_with("f", &EVENT, json!({"do": "error"})).await;
    let record = received(&world, "g").await;
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"]["errorMessage"], "boom");
}

#[tokio::test]
async fn an_event_that_cannot_run_in_time_is_given_up() {
    let world = with_destination(json!({"MaximumEventAgeInSeconds": 60})).await;
    *world.environments.broken.lock().unwrap() = true;
    world.invoke_with("f", &EVENT, json!({})).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    *world.environments.broken.lock().unwrap() = false;
    world.clock.advance_ms(61_000);
    let record = received(&world, "g").await;
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
    assert_eq!(record.get("responseContext"), None);

    world.environments.received.lock().unwrap().clear();
    let none = json!({"ReservedConcurrentExecutions": 0}).to_string();
    world.call("PUT", "/2017-10-31/functions/f/concurrency", &[], none).await;
    world.invoke_with("f", &EVENT, json!({})).await;
    let record = received(&world, "g").await;
    assert_eq!(record["requestContext"]["condition"], "ZeroReservedConcurrency");
}

#[tokio::test]
async fn a_loop_of_destinations_is_ended() {
    let world = with_destination(json!({})).await;
    // Answers that hold the event would double with every round.
    for name in ["f", "g"] {
        let path = format!("/2015-03-31/functions/{name}/configuration");
        world.call("PUT", &path, &[], json!({"Handler": "says.nothing"}).to_string()).await;
        world.settled(name).await;
    }
    let back = json!({"DestinationConfig": {"OnSuccess": {
        "Destination": "arn:aws:lambda:us-east-1:000000000000:function:f"}}});
    world.call("PUT", "/2019-09-25/functions/g/event-invoke-config", &[], back.to_string()).await;
    world.invoke_with("f", &EVENT, json!({})).await;
    let count = || world.environments.received.lock().unwrap().iter().filter(|(name, _)| name == "f").count();
    for _ in 0..6000 {
        if count() >= 16 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(count(), 16);
}

#[tokio::test]
async fn a_config_is_read_changed_and_removed() {
    let world = with_destination(json!({"MaximumRetryAttempts": 1})).await;
    let updated = world.post(CONFIG, json!({"MaximumEventAgeInSeconds": 100})).await.body;
    assert_eq!(
        (&updated["MaximumRetryAttempts"], &updated["MaximumEventAgeInSeconds"]),
        (&json!(1), &json!(100))
    );
    assert_eq!(updated["DestinationConfig"]["OnSuccess"]["Destination"], DESTINATION);
    assert_eq!(world.get(CONFIG).await.body, updated);
    assert_eq!(world.get(&format!("{CONFIG}/list")).await.body["FunctionEventInvokeConfigs"][0], updated);
    let replaced = put(&world, json!({"MaximumRetryAttempts": 0})).await.body;
    assert_eq!(replaced["DestinationConfig"], json!({"OnFailure": {}, "OnSuccess": {}}));
    assert_eq!(world.call("DELETE", CONFIG, &[], "").await.status, 204);
    let to = |arn: &str| json!({"DestinationConfig": {"OnSuccess": {"Destination": arn}}});
    let mut seen = format!("{}\n", world.get(CONFIG).await.error());
    for body in [
        json!({}),
        to("arn:aws:lambda:us-east-1:000000000000:function:f"),
        to("arn:aws:lambda:us-east-1:000000000000:function:doesnotexist"),
        to("arn:aws:iam:us-east-1:000000000000:function:f"),
        to("arn:aws:sqs:us-east-1:000000000000:queue"),
    ] {
        seen += &format!("{}\n", put(&world, body).await.error());
    }
    world.roles.denied.lock().unwrap().insert("lambda:InvokeFunction".to_owned());
    seen += &format!("{}\n", put(&world, to(DESTINATION)).await.error());
    let absent = world.call(
        "PUT",
        "/2019-09-25/functions/absent/event-invoke-config",
        &[],
        to(DESTINATION).to_string(),
    );
    seen += &format!("{}\n", absent.await.error());
    expect![[r#"
        404 ResourceNotFoundException: The function arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST doesn't have an EventInvokeConfig
        400 InvalidParameterValueException: You must specify at least one of error handling or destination setting.
        400 InvalidParameterValueException: You can't specify the function as a destination for itself.
        400 InvalidParameterValueException: The destination ARN arn:aws:lambda:us-east-1:000000000000:function:doesnotexist is invalid.
        400 InvalidParameterValueException: The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam:us-east-1:000000000000:function:f), onFailure=null) is invalid.
        501 NotImplemented: a destination in Amazon SQS is not implemented by moat
        400 InvalidParameterValueException: The function's execution role does not have permissions to call InvokeFunction on arn:aws:lambda:us-east-1:000000000000:function:g
        404 ResourceNotFoundException: The function doesn't exist.
    "#]].assert_eq(&seen);
}
