//! Answers that are read while the function writes them.

use crate::urls;
use crate::world::{Answer, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::future::poll_fn;
use std::time::Duration;
use wire::http::Response;

async fn stream(world: &World, headers: &[(&str, &str)], event: Value) -> Answer {
    let path = "/2021-11-15/functions/f/response-streaming-invocations";
    world.call("POST", path, headers, event.to_string()).await
}

/// The pieces of a body as they come.
async fn pieces(response: &Response) -> Vec<Bytes> {
    let Some(rest) = &response.rest else { return vec![response.body.clone()] };
    let mut pieces = Vec::new();
    while let Some(piece) = poll_fn(|context| rest.poll_piece(context)).await {
        pieces.push(piece);
    }
    pieces
}

/// A message's headers and payload.
fn message(bytes: &[u8]) -> (Vec<String>, Vec<u8>) {
    let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(word(0), bytes.len(), "one message to a piece");
    let (mut at, end) = (12, 12 + word(4));
    let mut headers = Vec::new();
    while at < end {
        let name = usize::from(bytes[at]);
        let value = at + 1 + name + 3;
        let length = usize::from(u16::from_be_bytes(bytes[value - 2..value].try_into().unwrap()));
        let text =
            |from: usize, length: usize| String::from_utf8(bytes[from..from + length].to_vec()).unwrap();
        headers.push(format!("{}={}", text(at + 1, name), text(value, length)));
        at = value + length;
    }
    (headers, bytes[end..bytes.len() - 4].to_vec())
}

async fn events(answer: &Answer) -> String {
    let mut shown = String::new();
    for piece in pieces(&answer.response).await {
        let (headers, payload) = message(&piece);
        assert_eq!(headers[0], ":message-type=event");
        shown += &format!("{} {}\n", headers[1..].join(" "), String::from_utf8(payload).unwrap());
    }
    shown
}

async fn check(event: Value, expected: Expect) {
    let world = World::new();
    world.function(json!({})).await;
    let answer = stream(&world, &[], event).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.response.header("content-type"), Some("application/vnd.amazon.eventstream"));
    assert_eq!(answer.response.header("x-amz-executed-version"), Some("$LATEST"));
    expected.assert_eq(&events(&answer).await);
}

#[tokio::test]
async fn what_the_function_streams_comes_in_chunks() {
    check(
        json!({"do": "stream", "chunks": ["one", "two"], "ms": 20}),
        expect![[r#"
            :event-type=PayloadChunk :content-type=application/octet-stream one
            :event-type=PayloadChunk :content-type=application/octet-stream two
            :event-type=InvokeComplete :content-type=application/json {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_it_does_not_stream_comes_in_one() {
    check(
        json!({"do": "wait", "ms": 1}),
        expect![[r#"
            :event-type=PayloadChunk :content-type=application/octet-stream "waited"
            :event-type=InvokeComplete :content-type=application/json {}
        "#]],
    )
    .await;
    check(
        json!({"do": "error"}),
        expect![[r#"
            :event-type=InvokeComplete :content-type=application/json {"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"boom\",\"errorType\":\"ValueError\",\"stackTrace\":[]}"}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_error_after_the_beginning_is_told_at_the_end() {
    check(
        json!({"do": "stream", "chunks": ["one"], "error": "Midway"}),
        expect![[r#"
            :event-type=PayloadChunk :content-type=application/octet-stream one
            :event-type=InvokeComplete :content-type=application/json {"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"midway\",\"errorType\":\"Midway\"}"}
        "#]],
    )
    .await;
    check(
        json!({"do": "stream", "chunks": ["one", "exit"], "ms": 50}),
        expect![[r#"
            :event-type=PayloadChunk :content-type=application/octet-stream one
            :event-type=InvokeComplete :content-type=application/json {"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"RequestId: 00000000-0000-4000-8000-000000000000 Error: Runtime exited with error: exit status 1\",\"errorType\":\"Runtime.ExitError\"}"}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn chunks_come_when_they_are_written_and_the_log_at_the_end() {
    let world = World::new();
    world.function(json!({})).await;
    let event = json!({"do": "stream", "chunks": ["one", "hold", "two"]});
    let answer = stream(&world, &[("x-amz-log-type", "Tail")], event).await;
    let rest = answer.response.rest.as_ref().unwrap();
    let first = poll_fn(|context| rest.poll_piece(context)).await.unwrap();
    assert_eq!(message(&first).1, b"one", "it came before there was a second");
    world.environments.may_go_on.send_replace(true);
    let pieces = pieces(&answer.response).await;
    let (_, complete) = message(pieces.last().unwrap());
    let complete: Value = serde_json::from_slice(&complete).unwrap();
    let log = STANDARD.decode(complete["LogResult"].as_str().unwrap()).unwrap();
    assert!(String::from_utf8(log).unwrap().contains("REPORT RequestId"), "{complete}");
}

#[tokio::test]
async fn what_is_refused_is_refused_before_anything_is_sent() {
    let world = World::new();
    world.function(json!({})).await;
    let dry = stream(&world, &[("x-amz-invocation-type", "DryRun")], json!({})).await;
    assert_eq!((dry.status, dry.response.rest), (204, None));
    world
        .call("PUT", "/2017-10-31/functions/f/concurrency", &[], r#"{"ReservedConcurrentExecutions": 0}"#)
        .await;
    let throttled = stream(&world, &[], json!({})).await;
    assert_eq!(throttled.error(), "429 TooManyRequestsException: Rate Exceeded.");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_the_function() {
    let world = World::new();
    world.function(json!({})).await;
    let one = r#"{"ReservedConcurrentExecutions": 1}"#;
    world.call("PUT", "/2017-10-31/functions/f/concurrency", &[], one).await;
    let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    drop(stream(&world, &[], json!({"do": "stream", "chunks": many, "ms": 1})).await);
    for _ in 0..3000 {
        let answer = world.invoke("f", json!({})).await;
        if answer.status == 200 {
            assert_eq!(answer.body["count"], 2, "the same environment");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the environment did not come back");
}

#[tokio::test]
async fn who_does_not_ask_for_a_stream_gets_the_whole() {
    let world = World::new();
    world.function(json!({})).await;
    let answer = world.invoke("f", json!({"do": "stream", "chunks": ["\"one ", "two\""]})).await;
    assert_eq!(answer.body, json!("one two"));
}

async fn address(world: &World) -> String {
    world.function(json!({})).await;
    urls::made(world, json!({"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"})).await
}

fn shown(response: &Response, pieces: &[Bytes]) -> String {
    let mut headers = response.headers.clone();
    headers.sort();
    let later: Vec<_> = pieces.iter().map(|piece| String::from_utf8_lossy(piece)).collect();
    format!("{} {headers:?} {} {later:?}", response.status, String::from_utf8_lossy(&response.body))
}

#[tokio::test]
async fn an_address_streams_with_the_status_and_headers_that_the_function_says() {
    let world = World::new();
    let id = address(&world).await;
    assert_eq!(world.get("/2021-10-31/functions/f/url").await.body["InvokeMode"], "RESPONSE_STREAM");
    world.environments.events.lock().unwrap().extend([
        json!({"do": "stream", "chunks": ["one", "two"], "ms": 100}),
        json!({"do": "stream", "type": "application/vnd.awslambda.http-integration-response", "ms": 100, "chunks": [
            "{\"statusCode\": 201, \"headers\": {\"X-Own\": \"1\"}, \"cookies\": [\"a=b\"]}",
            "\0\0\0\0\0\0\0\0begun", "later"]}),
        json!({"do": "stream", "type": "application/vnd.awslambda.http-integration-response", "chunks": ["no end"]}),
        json!({"do": "error"}),
        json!({"do": "wait", "ms": 1}),
        json!({"do": "stream", "chunks": [], "error": "Early"}),
        json!({"do": "stream", "chunks": []}),
    ]);
    let mut seen = String::new();
    for _ in 0..7 {
        let response = urls::ask(&world, &id, "").await;
        let later = match &response.rest {
            Some(_) => pieces(&response).await,
            None => Vec::new(),
        };
        seen += &format!("{}\n", shown(&response, &later));
    }
    expect![[r#"
        200 [("content-type", "text/plain")] one ["two"]
        201 [("content-type", "application/json"), ("set-cookie", "a=b"), ("x-own", "1")] begun ["later"]
        502 [("content-type", "application/json")] Internal Server Error []
        502 [("content-type", "application/json")] Internal Server Error []
        200 [("content-type", "application/json")] "waited" []
        502 [("content-type", "application/json")] Internal Server Error []
        200 [("content-type", "text/plain")]  []
    "#]]
    .assert_eq(&seen);
}
