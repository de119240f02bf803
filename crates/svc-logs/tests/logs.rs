//! CloudWatch Logs as its clients use it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use expect_test::expect;
use serde_json::json;
use support::{NOW, World, messages};

fn world() -> (World, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (World::open(dir.path()), dir)
}

#[test]
fn a_group_lives_as_terraform_manages_it() {
    let (w, _dir) = world();
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f";
    w.ok("CreateLogGroup", json!({"logGroupName": "/aws/lambda/f", "tags": {"team": "a"}}));
    w.ok("PutRetentionPolicy", json!({"logGroupName": "/aws/lambda/f", "retentionInDays": 7}));
    let found = w.ok("DescribeLogGroups", json!({"logGroupNamePrefix": "/aws/lambda/f"}));
    expect![[
        r#"{"logGroups":[{"arn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:*","creationTime":1767225600000,"logGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f","logGroupClass":"STANDARD","logGroupName":"/aws/lambda/f","metricFilterCount":0,"retentionInDays":7,"storedBytes":0}]}"#
    ]]
    .assert_eq(&found.to_string());
    w.ok("TagResource", json!({"resourceArn": arn, "tags": {"env": "dev"}}));
    w.ok("UntagResource", json!({"resourceArn": arn, "tagKeys": ["team"]}));
    assert_eq!(w.ok("ListTagsForResource", json!({"resourceArn": arn})), json!({"tags": {"env": "dev"}}));
    assert_eq!(
        w.ok("ListTagsLogGroup", json!({"logGroupName": "/aws/lambda/f"})),
        json!({"tags": {"env": "dev"}})
    );
    w.ok("DeleteRetentionPolicy", json!({"logGroupName": "/aws/lambda/f"}));
    assert!(w.ok("DescribeLogGroups", json!({}))["logGroups"][0].get("retentionInDays").is_none());
    w.ok("DeleteLogGroup", json!({"logGroupName": "/aws/lambda/f"}));
    assert_eq!(w.ok("DescribeLogGroups", json!({})), json!({"logGroups": []}));
}

#[test]
fn errors_read_as_aws_writes_them() {
    let (w, _dir) = world();
    w.ok("CreateLogGroup", json!({"logGroupName": "g"}));
    w.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    let now = NOW.millis();
    let put = |group: &str, stream: &str, times: &[i64]| {
        let events: Vec<_> = times.iter().map(|t| json!({"timestamp": t, "message": "m"})).collect();
        json!({"logGroupName": group, "logStreamName": stream, "logEvents": events})
    };
    for (operation, input, want) in [
        (
            "CreateLogGroup",
            json!({"logGroupName": "g"}),
            expect!["400 ResourceAlreadyExistsException: The specified log group already exists"],
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "a:b"}),
            expect![[
                r#"400 InvalidParameterException: 1 validation error detected: Value 'a:b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"#
            ]],
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "k", "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/k"}),
            expect![
                "501 NotImplemented: Encryption of a log group with a KMS key is not implemented by moat"
            ],
        ),
        (
            "DeleteLogGroup",
            json!({"logGroupName": "x"}),
            expect!["400 ResourceNotFoundException: The specified log group does not exist."],
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": "x", "logStreamName": "s"}),
            expect!["400 ResourceNotFoundException: The specified log group does not exist."],
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": "s"}),
            expect!["400 ResourceAlreadyExistsException: The specified log stream already exists"],
        ),
        (
            "PutRetentionPolicy",
            json!({"logGroupName": "g", "retentionInDays": 2}),
            expect![
                "400 InvalidParameterException: 1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]"
            ],
        ),
        (
            "PutLogEvents",
            put("g", "x", &[now]),
            expect!["400 ResourceNotFoundException: The specified log stream does not exist."],
        ),
        (
            "PutLogEvents",
            put("g", "s", &[now, now - 1]),
            expect![
                "400 InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order."
            ],
        ),
        (
            "PutLogEvents",
            put("g", "s", &[now - 86_400_001, now]),
            expect![
                "400 InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
            ],
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "filterPattern": "a.b"}),
            expect!["400 InvalidParameterException: Invalid character(s) in term 'a.b'"],
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "filterPattern": "{ $.a = 1"}),
            expect!["400 InvalidParameterException: Invalid filter pattern"],
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "nextToken": "x"}),
            expect!["400 InvalidParameterException: The specified nextToken is invalid."],
        ),
        (
            "ListTagsForResource",
            json!({"resourceArn": "arn:aws:logs:eu-west-1:000000000000:log-group:g"}),
            expect!["400 ResourceNotFoundException: The specified log group does not exist."],
        ),
    ] {
        want.assert_eq(&w.fails(operation, input));
    }
}

#[test]
fn what_was_put_is_read_page_by_page() {
    let (w, _dir) = world();
    w.append("g", "s", &[(0, "a"), (10, "b"), (20, "d")]);
    w.append("g", "s", &[(15, "c"), (30, "e")]);
    let get = |more: serde_json::Value| {
        let mut input = json!({"logGroupName": "g", "logStreamName": "s", "limit": 2});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        w.ok("GetLogEvents", input)
    };
    assert_eq!(messages(&get(json!({}))), "d e");
    let first = get(json!({"startFromHead": true}));
    let second = get(json!({"nextToken": first["nextForwardToken"]}));
    let third = get(json!({"nextToken": second["nextForwardToken"]}));
    let end = get(json!({"nextToken": third["nextForwardToken"]}));
    let read: Vec<_> = [&first, &second, &third, &end].map(messages).into();
    assert_eq!(read, ["a b", "c d", "e", ""]);
    assert_eq!(end["nextForwardToken"], third["nextForwardToken"], "the end is known by the same token");
    let back = get(json!({"nextToken": end["nextBackwardToken"]}));
    assert_eq!(messages(&back), "d e");
    assert_eq!(messages(&get(json!({"nextToken": back["nextBackwardToken"]}))), "b c");
    let from = NOW.millis();
    assert_eq!(messages(&get(json!({"startTime": from + 10, "endTime": from + 20}))), "b c");
}

/// Batches that overlap in time, larger than a page, while more arrive.
#[test]
fn pages_stay_right_while_events_arrive() {
    let (w, _dir) = world();
    for n in 0..40 {
        // Every batch reaches back over the one before it.
        let (early, late) = (format!("e{n}"), format!("l{n}"));
        let stream = if n % 2 == 0 { "a" } else { "b" };
        w.append("g", stream, &[(n * 10 - 15, &early), (n * 10, &late)]);
    }
    let mut want: Vec<(i64, String)> =
        (0..40).flat_map(|n| [(n * 10 - 15, format!("e{n}")), (n * 10, format!("l{n}"))]).collect();
    want.sort();
    let want: Vec<String> = want.into_iter().map(|(_, message)| message).collect();
    let all = |operation: &str, mut input: serde_json::Value, token: &str, back: bool| {
        let (mut seen, mut extra) = (Vec::new(), 1000);
        input["limit"] = json!(7);
        loop {
            let page = w.ok(operation, input.clone());
            let page_messages: Vec<String> = messages(&page).split_whitespace().map(str::to_owned).collect();
            if back {
                seen.splice(0..0, page_messages.clone());
            } else {
                seen.extend(page_messages.clone());
            }
            // What comes in between is after everything, and moves no page.
            w.append("g", "a", &[(extra, "x")]);
            extra += 1;
            if page_messages.is_empty() || page[token].is_null() || input["nextToken"] == page[token] {
                seen.retain(|message| message != "x");
                return seen;
            }
            input["nextToken"] = page[token].clone();
        }
    };
    let end = NOW.millis() + 500;
    let filter = json!({"logGroupName": "g", "endTime": end});
    assert_eq!(all("FilterLogEvents", filter, "nextToken", false), want);
    let of_a: Vec<String> =
        want.iter().filter(|m| m[1..].parse::<u32>().unwrap() % 2 == 0).cloned().collect();
    let head = json!({"logGroupName": "g", "logStreamName": "a", "startFromHead": true, "endTime": end});
    assert_eq!(all("GetLogEvents", head, "nextForwardToken", false), of_a);
    let tail = json!({"logGroupName": "g", "logStreamName": "a", "endTime": end});
    assert_eq!(all("GetLogEvents", tail, "nextBackwardToken", true), of_a);
}

#[test]
fn a_deleted_stream_is_gone_at_once_and_from_the_disk_soon() {
    let (w, _dir) = world();
    let group = json!({"logGroupName": "g"});
    let read = || messages(&w.ok("FilterLogEvents", group.clone()));
    for n in 0..30 {
        w.append("g", "s", &[(n, "old")]);
    }
    w.append("g", "other", &[(0, "kept")]);
    w.ok("DeleteLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    w.append("g", "s", &[(5, "new")]);
    assert_eq!(read(), "kept new");
    w.block_on(w.logs.expire(w.now)).unwrap();
    let rows = || w.store.counts("").unwrap();
    let batches = || rows().iter().find(|(table, _)| table == "logs_log_batch").map_or(0, |(_, rows)| *rows);
    assert_eq!((batches(), read().as_str()), (2, "kept new"));
    w.ok("DeleteLogGroup", group.clone());
    w.block_on(w.logs.expire(w.now)).unwrap();
    assert_eq!(rows(), []);
}

#[test]
fn more_than_goes_at_once_expires_in_batches() {
    let (mut w, _dir) = world();
    w.append("g", "s", &[(0, "first")]);
    w.ok("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1}));
    for n in 0..2100 {
        w.append("g", "s", &[(n, "x")]);
    }
    w.append("g", "s", &[(90_000_000, "stays")]);
    w.now = NOW.plus_ms(86_405_000);
    assert_eq!(w.block_on(w.logs.expire(w.now)).unwrap(), 2101);
    assert_eq!(w.ok("DescribeLogGroups", json!({}))["logGroups"][0]["storedBytes"], 26 + 5);
    assert_eq!(w.store.counts("").unwrap()[0], ("logs_log_batch".to_owned(), 1));
}

#[test]
fn filtering_crosses_streams_in_the_order_of_time() {
    let (w, _dir) = world();
    w.append("g", "a/1", &[(0, "ERROR one"), (20, "ok"), (40, "ERROR three")]);
    w.append("g", "b/1", &[(10, "ERROR two"), (30, "WARN")]);
    let filter = |more: serde_json::Value| {
        let mut input = json!({"logGroupName": "g"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        w.ok("FilterLogEvents", input)
    };
    assert_eq!(messages(&filter(json!({"filterPattern": "ERROR"}))), "ERROR one ERROR two ERROR three");
    assert_eq!(messages(&filter(json!({"logStreamNamePrefix": "b/"}))), "ERROR two WARN");
    assert_eq!(messages(&filter(json!({"logStreamNames": ["a/1"], "filterPattern": "-ERROR"}))), "ok");
    assert_eq!(messages(&filter(json!({"filterPattern": "[w = ERROR, n = t*]"}))), "ERROR two ERROR three");
    assert_eq!(messages(&filter(json!({"endTime": NOW.millis() + 10}))), "ERROR one ERROR two");
    let first = filter(json!({"limit": 3}));
    assert_eq!(messages(&first), "ERROR one ERROR two ok");
    let rest = filter(json!({"limit": 3, "nextToken": first["nextToken"]}));
    assert_eq!((messages(&rest).as_str(), rest.get("nextToken")), ("WARN ERROR three", None));
}

#[test]
fn events_outside_the_accepted_times_are_named_and_left_out() {
    let (w, _dir) = world();
    w.ok("CreateLogGroup", json!({"logGroupName": "g"}));
    w.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    let now = NOW.millis();
    let put = |times: &[i64]| {
        let events: Vec<_> =
            times.iter().map(|t| json!({"timestamp": t, "message": t.to_string()})).collect();
        let input = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
        w.ok("PutLogEvents", input)["rejectedLogEventsInfo"].clone()
    };
    let day = 86_400_000;
    assert_eq!(put(&[now - 14 * day - 1, now - 14 * day]), json!({"tooOldLogEventEndIndex": 1}));
    assert_eq!(put(&[now, now + 7_200_000, now + 7_200_001]), json!({"tooNewLogEventStartIndex": 2}));
    w.ok("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1}));
    assert_eq!(put(&[now - day - 5, now - 10]), json!({"expiredLogEventEndIndex": 1}));
    let read = w.ok("GetLogEvents", json!({"logGroupName": "g", "logStreamName": "s"}));
    assert_eq!(messages(&read), format!("{} {now} {}", now - 10, now + 7_200_000));
}

#[test]
fn retention_hides_at_once_and_removes_when_told() {
    let (mut w, _dir) = world();
    w.append("g", "s", &[(0, "old"), (1000, "newer")]);
    w.append("g", "s", &[(90_000_000, "new")]);
    w.ok("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1}));
    let stored =
        |w: &World| w.ok("DescribeLogGroups", json!({}))["logGroups"][0]["storedBytes"].as_i64().unwrap();
    let read = |w: &World| messages(&w.ok("FilterLogEvents", json!({"logGroupName": "g"})));
    assert_eq!((read(&w).as_str(), stored(&w)), ("old newer new", 26 * 3 + 11));
    w.now = NOW.plus_ms(86_400_500);
    assert_eq!(read(&w), "newer new");
    assert_eq!(w.block_on(w.logs.expire(w.now)).unwrap(), 0, "the batch still has an event");
    w.now = NOW.plus_ms(86_401_001);
    assert_eq!(w.block_on(w.logs.expire(w.now)).unwrap(), 1);
    assert_eq!((read(&w).as_str(), stored(&w)), ("new", 26 + 3));
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::open(dir.path());
    w.append("g", "s", &[(0, "kept")]);
    drop(w);
    let w = World::open(dir.path());
    assert_eq!(messages(&w.ok("FilterLogEvents", json!({"logGroupName": "g"}))), "kept");
    let streams = w.ok("DescribeLogStreams", json!({"logGroupName": "g"}));
    assert_eq!(streams["logStreams"][0]["lastEventTimestamp"], NOW.millis());
}

#[test]
fn streams_are_listed_by_name_or_by_their_last_event() {
    let (w, _dir) = world();
    w.append("g", "a", &[(20, "x")]);
    w.append("g", "b", &[(10, "x")]);
    w.append("g", "c", &[(30, "x")]);
    let names = |input: serde_json::Value| {
        let (mut names, mut token) = (Vec::new(), json!(null));
        loop {
            let mut input = input.clone();
            input["logGroupName"] = json!("g");
            input["limit"] = json!(1);
            if !token.is_null() {
                input["nextToken"] = token;
            }
            let page = w.ok("DescribeLogStreams", input);
            names.push(page["logStreams"][0]["logStreamName"].as_str().unwrap().to_owned());
            token = page["nextToken"].clone();
            if token.is_null() {
                return names.concat();
            }
        }
    };
    assert_eq!(names(json!({})), "abc");
    assert_eq!(names(json!({"descending": true})), "cba");
    assert_eq!(names(json!({"orderBy": "LastEventTime"})), "bac");
    assert_eq!(names(json!({"orderBy": "LastEventTime", "descending": true})), "cab");
}

#[test]
fn the_policies_are_asked_about_the_right_resources() {
    let (w, _dir) = world();
    w.ok("CreateLogGroup", json!({"logGroupName": "g", "tags": {"team": "a"}}));
    w.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}));
    w.ok("DescribeLogGroups", json!({}));
    expect![[r#"
        logs:CreateLogGroup arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream: aws:TagKeys=team aws:RequestTag/team=a
        logs:TagResource arn:aws:logs:us-east-1:000000000000:log-group:g aws:TagKeys=team aws:RequestTag/team=a
        logs:CreateLogStream arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:s aws:ResourceTag/team=a
        logs:DescribeLogGroups arn:aws:logs:us-east-1:000000000000:log-group::log-stream:"#]]
    .assert_eq(&w.asked().join("\n"));
}

#[test]
fn output_for_a_group_or_stream_that_is_not_there_is_refused() {
    let (w, _dir) = world();
    let scope = base::Scope::default();
    let missing = w.block_on(w.logs.append(&scope, "g", "s", Vec::new(), w.now)).unwrap_err();
    assert!(matches!(missing, svc_logs::AppendError::GroupMissing(_)), "{missing}");
    w.block_on(w.logs.ensure_group(&scope, "g", w.now)).unwrap();
    let missing = w.block_on(w.logs.append(&scope, "g", "s", Vec::new(), w.now)).unwrap_err();
    assert!(matches!(missing, svc_logs::AppendError::StreamMissing(_)), "{missing}");
}

#[test]
fn a_group_of_infrequent_access_keeps_events_and_refuses_what_its_class_lacks() {
    let (w, _dir) = world();
    w.ok("CreateLogGroup", json!({"logGroupName": "ia", "logGroupClass": "INFREQUENT_ACCESS"}));
    w.append("ia", "s", &[(0, "kept")]);
    let found = w.ok("DescribeLogGroups", json!({"logGroupClass": "INFREQUENT_ACCESS"}));
    assert_eq!(
        (&found["logGroups"][0]["logGroupName"], &found["logGroups"][0]["storedBytes"]),
        (&json!("ia"), &json!(30))
    );
    assert_eq!(w.ok("DescribeLogGroups", json!({"logGroupClass": "STANDARD"})), json!({"logGroups": []}));
    let want = "400 ValidationException: This operation is only supported on the Standard log class.";
    for (operation, input) in [
        ("GetLogEvents", json!({"logGroupName": "ia", "logStreamName": "s"})),
        ("FilterLogEvents", json!({"logGroupName": "ia"})),
        ("DescribeSubscriptionFilters", json!({"logGroupName": "ia"})),
        ("DeleteSubscriptionFilter", json!({"logGroupName": "ia", "filterName": "f"})),
        ("DescribeMetricFilters", json!({"logGroupName": "ia"})),
    ] {
        assert_eq!(w.fails(operation, input), want, "{operation}");
    }
    let delivery = json!({"logGroupName": "d", "logGroupClass": "DELIVERY"});
    assert_eq!(
        w.fails("CreateLogGroup", delivery),
        "501 NotImplemented: The log group class DELIVERY is not implemented by moat"
    );
}
