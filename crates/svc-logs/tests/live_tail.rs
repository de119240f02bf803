//! What is written is told to those who look on, and to nobody else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::future::poll_fn;
use support::{NOW, World};
use wire::http::Response;

/// The next event's type and payload.
fn next(w: &World, answer: &Response) -> Option<(String, Value)> {
    let rest = answer.rest.as_ref().expect("events follow");
    let message = w.block_on(poll_fn(|context| rest.poll_piece(context)))?;
    let number = |at: usize| u32::from_be_bytes(message[at..at + 4].try_into().unwrap()) as usize;
    let (total, headers) = (number(0), number(4));
    assert_eq!(total, message.len(), "one message at a time");
    let head = String::from_utf8_lossy(&message[12..12 + headers]).into_owned();
    let kind =
        ["initial-response", "sessionStart", "sessionUpdate"].into_iter().find(|kind| head.contains(kind));
    let payload = serde_json::from_slice(&message[12 + headers..total - 4]).unwrap();
    Some((kind.expect("a known event").to_owned(), payload))
}

fn watch(w: &World, more: Value) -> Response {
    let mut input = json!({"logGroupIdentifiers": ["arn:aws:logs:us-east-1:000000000000:log-group:g"]});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    w.answer("StartLiveTail", input)
}

#[test]
fn a_session_tells_what_is_written_from_now_on() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::open(dir.path());
    w.append("g", "a/1", &[(0, "ERROR before")]);
    w.append("h", "s", &[]);
    let answer = watch(&w, json!({"logEventFilterPattern": "ERROR", "logStreamNamePrefixes": ["a/"]}));
    assert_eq!(answer.status, 200);
    let mut told = next(&w, &answer).unwrap();
    if told.0 == "initial-response" {
        told = next(&w, &answer).unwrap();
    }
    assert_eq!((told.0.as_str(), &told.1["logEventFilterPattern"]), ("sessionStart", &json!("ERROR")));
    w.append("g", "a/1", &[(1, "ERROR one"), (2, "fine")]);
    w.append("g", "b/1", &[(3, "ERROR of another stream")]);
    w.append("h", "s", &[(4, "ERROR of another group")]);
    let event = json!({"timestamp": NOW.millis() + 5, "message": "ERROR two"});
    w.ok("PutLogEvents", json!({"logGroupName": "g", "logStreamName": "a/1", "logEvents": [event]}));
    let (kind, update) = next(&w, &answer).unwrap();
    assert_eq!((kind.as_str(), &update["sessionMetadata"]["sampled"]), ("sessionUpdate", &json!(false)));
    let shown = |name: &str| {
        let results = update["sessionResults"].as_array().unwrap();
        results.iter().map(|event| event[name].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown("message"), ["ERROR one", "ERROR two"]);
    assert_eq!(shown("logGroupIdentifier")[0], "arn:aws:logs:us-east-1:000000000000:log-group:g");
}

#[test]
fn sessions_are_counted_and_refused_in_awss_words() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::open(dir.path());
    w.append("g", "s", &[]);
    w.ok("CreateLogGroup", json!({"logGroupName": "ia", "logGroupClass": "INFREQUENT_ACCESS"}));
    let fails = |input: Value| w.fails("StartLiveTail", input);
    assert_eq!(
        fails(json!({"logGroupIdentifiers": ["x"]})),
        "400 ResourceNotFoundException: The specified log group does not exist."
    );
    assert_eq!(
        fails(json!({"logGroupIdentifiers": ["ia"]})),
        "400 ValidationException: This operation is only supported on the Standard log class."
    );
    let both = json!({"logGroupIdentifiers": ["g"], "logStreamNames": ["s"], "logStreamNamePrefixes": ["s"]});
    assert!(fails(both).starts_with("400 InvalidParameterException"));
    let mut open: Vec<Response> = (0..15).map(|_| watch(&w, json!({}))).collect();
    assert!(open.iter().all(|answer| answer.status == 200));
    let one_more = json!({"logGroupIdentifiers": ["g"]});
    assert_eq!(fails(one_more.clone()), "400 LimitExceededException: Resource limit exceeded.");
    open.clear();
    // The sessions' tasks see that nobody listens.
    w.block_on(async {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(w.answer("StartLiveTail", one_more).status, 200);
}
