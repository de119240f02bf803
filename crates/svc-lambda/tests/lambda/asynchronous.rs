//! Asynchronous invocations.

use crate::world::World;
use expect_test::expect;
use serde_json::json;
use std::time::Duration;

const EVENT: [(&str, &str); 1] = [("x-amz-invocation-type", "Event")];
const GROUP: &str = "/aws/lambda/f";

async fn count_of(world: &World, text: &str) -> usize {
    world.logs.lines(GROUP).unwrap_or_default().iter().filter(|l| l.contains(text)).count()
}

async fn until_count(world: &World, text: &str, count: usize) {
    for _ in 0..300 {
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
    until_count(&world, "END RequestId", 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(count_of(&world, "END RequestId").await, 1);
    world.clock.advance_ms(60_000);
    until_count(&world, "END RequestId", 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.clock.advance_ms(120_000);
    until_count(&world, "END RequestId", 3).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.clock.advance_ms(3_600_000);
    tokio::time::sleep(Duration::from_millis(1200)).await;
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
