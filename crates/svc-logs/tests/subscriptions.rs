//! Subscription filters deliver what they want, once and whatever happens; metric filters are kept and tested.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use expect_test::expect;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read;
use std::sync::atomic::Ordering;
use support::{NOW, World, messages};

const SUB: &str = "arn:aws:lambda:us-east-1:000000000000:function:sub";

fn world() -> (World, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (World::open(dir.path()), dir)
}

fn subscribe(w: &World, name: &str, pattern: &str) {
    let input =
        json!({"logGroupName": "g", "filterName": name, "filterPattern": pattern, "destinationArn": SUB});
    w.ok("PutSubscriptionFilter", input);
}

/// What the function got, unpacked.
fn received(w: &World) -> Vec<Value> {
    let events = std::mem::take(&mut *w.taken.events.lock().unwrap());
    let unpack = |(function, event): (String, Vec<u8>)| {
        assert_eq!(function, SUB);
        let event: Value = serde_json::from_slice(&event).unwrap();
        let packed = STANDARD.decode(event["awslogs"]["data"].as_str().unwrap()).unwrap();
        let mut text = String::new();
        GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    events.into_iter().map(unpack).collect()
}

fn texts(event: &Value) -> String {
    let events = event["logEvents"].as_array().unwrap();
    events.iter().map(|e| e["message"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn matching_events_are_delivered_as_aws_packs_them() {
    let (w, _dir) = world();
    w.append("g", "before", &[(0, "ERROR before")]);
    subscribe(&w, "errors", "ERROR");
    w.append("g", "s", &[(0, "ERROR one"), (10, "fine"), (20, "ERROR two")]);
    w.append("other", "s", &[(0, "ERROR elsewhere")]);
    assert_eq!(w.block_on(w.logs.deliver(w.now)).unwrap(), 1);
    let got = received(&w);
    expect![[r#"[{"logEvents":[{"id":"00000001767225600000000000000000000000010000000000000000","message":"ERROR one","timestamp":1767225600000},{"id":"00000001767225600020000000000000000000010000000000000002","message":"ERROR two","timestamp":1767225600020}],"logGroup":"g","logStream":"s","messageType":"DATA_MESSAGE","owner":"000000000000","subscriptionFilters":["errors"]}]"#]]
        .assert_eq(&json!(got).to_string());
    let found = w.ok("FilterLogEvents", json!({"logGroupName": "g", "logStreamNames": ["s"]}));
    assert_eq!(
        found["events"][0]["eventId"], got[0]["logEvents"][0]["id"],
        "the ids are those of the events"
    );
    assert_eq!(w.block_on(w.logs.deliver(w.now)).unwrap(), 0, "once");
}

#[test]
fn columns_come_along_and_what_clients_put_is_delivered_too() {
    let (w, _dir) = world();
    w.append("g", "s", &[]);
    subscribe(&w, "columns", "[level = E*, ..., last]");
    let events = json!([{"timestamp": NOW.millis(), "message": "ERROR a b"}, {"timestamp": NOW.millis(), "message": "INFO"}]);
    w.ok("PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events}));
    w.block_on(w.logs.deliver(w.now)).unwrap();
    let got = received(&w);
    assert_eq!(
        got[0]["logEvents"][0]["extractedFields"],
        json!({"$level": "ERROR", "$2": "a", "$last": "b"})
    );
    assert_eq!(texts(&got[0]), "ERROR a b");
}

#[test]
fn what_a_function_does_not_take_waits_and_survives_a_restart() {
    let (mut w, dir) = world();
    w.append("g", "s", &[]);
    subscribe(&w, "all", "");
    w.taken.refuse.store(true, Ordering::SeqCst);
    w.append("g", "s", &[(0, "first")]);
    w.block_on(w.logs.deliver(w.now)).unwrap();
    let now = w.now;
    drop(w);
    w = World::open(dir.path());
    assert_eq!(w.block_on(w.logs.deliver(now)).unwrap(), 0, "not before its time");
    assert_eq!(w.block_on(w.logs.deliver(now.plus_ms(1000))).unwrap(), 1);
    assert_eq!(received(&w).iter().map(texts).collect::<String>(), "first");
    w.taken.refuse.store(true, Ordering::SeqCst);
    w.append("g", "s", &[(0, "lost")]);
    let mut at = w.now;
    while w.block_on(w.logs.deliver(at)).unwrap() == 0 {
        at = at.plus_ms(60_000);
        assert!(at.millis() - w.now.millis() < 25 * 3_600_000, "a day is enough");
    }
    assert!(at.millis() - w.now.millis() > 23 * 3_600_000, "{at:?}");
    assert_eq!(received(&w), Vec::<Value>::new());
}

#[test]
fn a_deleted_filter_delivers_nothing_any_more() {
    let (w, _dir) = world();
    w.append("g", "s", &[]);
    for gone in ["DeleteSubscriptionFilter", "DeleteLogGroup"] {
        subscribe(&w, "all", "");
        w.append("g", "s", &[(0, "x")]);
        w.ok(
            gone,
            if gone == "DeleteLogGroup" {
                json!({"logGroupName": "g"})
            } else {
                json!({"logGroupName": "g", "filterName": "all"})
            },
        );
        assert_eq!(w.block_on(w.logs.deliver(w.now)).unwrap(), 0);
    }
    let rows = w.store.counts("logs_").unwrap();
    assert!(
        !rows.iter().any(|(table, _)| table == "logs_delivery" || table == "logs_subscription_filter"),
        "{rows:?}"
    );
}

#[test]
fn a_flood_is_cut_into_events_that_a_function_may_get() {
    let (w, _dir) = world();
    w.append("g", "s", &[]);
    subscribe(&w, "all", "");
    let line = "x".repeat(200 * 1024);
    w.append("g", "s", &[(0, &line), (1, &line), (2, &line), (3, &line), (4, &line)]);
    w.block_on(w.logs.deliver(w.now)).unwrap();
    let got = received(&w);
    let counts: Vec<usize> = got.iter().map(|event| event["logEvents"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [2, 2, 1]);
}

#[test]
fn filters_are_listed_replaced_and_refused_in_awss_words() {
    let (w, _dir) = world();
    w.append("g", "s", &[]);
    w.append("h", "s", &[]);
    subscribe(&w, "a", "ERROR");
    subscribe(&w, "b", "");
    subscribe(&w, "a", "WARN");
    let found = w.ok("DescribeSubscriptionFilters", json!({"logGroupName": "g", "filterNamePrefix": "a"}));
    expect![[r#"{"subscriptionFilters":[{"applyOnTransformedLogs":false,"creationTime":1767225600000,"destinationArn":"arn:aws:lambda:us-east-1:000000000000:function:sub","distribution":"ByLogStream","filterName":"a","filterPattern":"WARN","logGroupName":"g"}]}"#]]
        .assert_eq(&found.to_string());
    let put = |changes: Value| {
        let mut input =
            json!({"logGroupName": "g", "filterName": "c", "filterPattern": "", "destinationArn": SUB});
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        w.fails("PutSubscriptionFilter", input)
    };
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:us-east-1:000000000000:{rest}");
    for (changes, want) in [
        (json!({}), expect!["400 LimitExceededException: Resource limit exceeded."]),
        (
            json!({"logGroupName": "x"}),
            expect!["400 ResourceNotFoundException: The specified log group does not exist."],
        ),
        (
            json!({"logGroupName": "h"}),
            expect![
                "400 InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
            ],
        ),
        (
            json!({"destinationArn": arn("lambda", "function:nobody")}),
            expect![
                "400 InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
            ],
        ),
        (
            json!({"destinationArn": "arn:aws:lambda:us-east-1:111111111111:function:sub"}),
            expect![
                "400 AccessDeniedException: Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers."
            ],
        ),
        (
            json!({"destinationArn": arn("kinesis", "stream/s")}),
            expect![
                "400 InvalidParameterException: destinationArn for vendor kinesis cannot be used without roleArn"
            ],
        ),
        (
            json!({"destinationArn": arn("kinesis", "stream/s"), "roleArn": "arn:aws:iam::000000000000:role/r"}),
            expect![
                "501 NotImplemented: A subscription filter with another destination than a function is not implemented by moat"
            ],
        ),
        (
            json!({"roleArn": "arn:aws:iam::000000000000:role/r"}),
            expect![
                "400 InvalidParameterException: destinationArn for vendor lambda cannot be used with roleArn"
            ],
        ),
        (json!({"filterPattern": "{ $.a"}), expect!["400 InvalidParameterException: Invalid filter pattern"]),
        (
            json!({"applyOnTransformedLogs": true}),
            expect![
                "501 NotImplemented: The parameter applyOnTransformedLogs of a subscription filter is not implemented by moat"
            ],
        ),
    ] {
        want.assert_eq(&put(changes));
    }
    assert_eq!(
        w.fails("DeleteSubscriptionFilter", json!({"logGroupName": "g", "filterName": "c"})),
        "400 ResourceNotFoundException: The specified subscription filter does not exist."
    );
}

#[test]
fn metric_filters_are_kept_found_and_tested() {
    let (w, _dir) = world();
    w.append("g", "s", &[]);
    let put = |changes: Value| {
        let mut transformation =
            json!({"metricName": "Errors", "metricNamespace": "App", "metricValue": "$.n", "unit": "Count"});
        transformation.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!({"logGroupName": "g", "filterName": "m", "filterPattern": "{ $.n > 1 }", "metricTransformations": [transformation]})
    };
    w.ok("PutMetricFilter", put(json!({"dimensions": {"a": "$.a"}})));
    let found = w.ok("DescribeMetricFilters", json!({"metricName": "Errors", "metricNamespace": "App"}));
    expect![[r#"{"metricFilters":[{"applyOnTransformedLogs":false,"creationTime":1767225600000,"filterName":"m","filterPattern":"{ $.n > 1 }","logGroupName":"g","metricTransformations":[{"dimensions":{"a":"$.a"},"metricName":"Errors","metricNamespace":"App","metricValue":"$.n","unit":"Count"}]}]}"#]]
        .assert_eq(&found.to_string());
    assert_eq!(w.ok("DescribeLogGroups", json!({}))["logGroups"][0]["metricFilterCount"], 1);
    expect!["400 InvalidParameterException: Invalid metric transformation: dimensions and default value are mutually exclusive properties."]
        .assert_eq(&w.fails("PutMetricFilter", put(json!({"dimensions": {"a": "$.a"}, "defaultValue": 0.0}))));
    assert!(
        w.fails("PutMetricFilter", put(json!({"metricValue": "many"}))).contains("invalid metric value many")
    );
    expect!["400 InvalidParameterException: If you include the metricName parameter in your request, you must also include the metricNamespace parameter."]
        .assert_eq(&w.fails("DescribeMetricFilters", json!({"metricName": "Errors"})));
    let test = json!({"filterPattern": "[ip, user, ..., status = 4*]", "logEventMessages": ["1.2.3.4 me [a b] 404", "1.2.3.4 me 200"]});
    expect![[r#"{"matches":[{"eventMessage":"1.2.3.4 me [a b] 404","eventNumber":1,"extractedValues":{"$3":"a b","$ip":"1.2.3.4","$status":"404","$user":"me"}}]}"#]]
        .assert_eq(&w.ok("TestMetricFilter", test).to_string());
    w.ok("DeleteMetricFilter", json!({"logGroupName": "g", "filterName": "m"}));
    assert_eq!(
        w.fails("DeleteMetricFilter", json!({"logGroupName": "g", "filterName": "m"})),
        "400 ResourceNotFoundException: The specified metric filter does not exist."
    );
    assert_eq!(messages(&w.ok("FilterLogEvents", json!({"logGroupName": "g"}))), "");
}
