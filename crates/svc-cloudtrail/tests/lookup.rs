//! Looking events up: attributes, times, pages, regions, and what is kept.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use base::Scope;
use expect_test::expect;
use serde_json::{Value as Json, json};
use service::{Call, Denial, Event, ServiceError};
use support::{NOW, World, event, made, root, said, vault};
use wire::Value;

fn world() -> (World, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (World::open(dir.path()), dir)
}

/// The request ids of an answer's events, joined.
fn ids(answer: &Json) -> String {
    let events = answer["Events"].as_array().unwrap().iter();
    let id = |e: &Json| {
        let event: Json = serde_json::from_str(e["CloudTrailEvent"].as_str().unwrap()).unwrap();
        event["requestID"].as_str().unwrap().to_owned()
    };
    events.map(id).collect::<Vec<_>>().join(" ")
}

fn by(key: &str, value: &str) -> Json {
    json!({ "LookupAttributes": [{ "AttributeKey": key, "AttributeValue": value }] })
}

#[test]
fn one_attribute_chooses_events_and_the_newest_come_first() {
    let (w, _dir) = world();
    let first = Call { request_id: "first".into(), now: NOW.plus_ms(-2000), ..root() };
    let mut second = Call { request_id: "second".into(), now: NOW.plus_ms(-1000), ..root() };
    second.caller.access_key_id = "AKIAOTHER".into();
    let input = Value::Struct([("RoleName", Value::from("reader"))].into_iter().collect());
    let iam = made("iam", "json");
    w.record(Event { input: said(iam, "PutVault", false, &input), ..event(&first, iam, "PutVault", None) });
    w.record(event(&second, vault(), "ListVaults", None));
    assert_eq!(ids(&w.look_up(&json!({}))), "second first");
    let event_id = w.entry("first").unwrap().id;
    for (key, value, want) in [
        ("EventName", "PutVault", "first"),
        ("EventName", "putvault", ""),
        ("EventSource", "vault.amazonaws.com", "second"),
        ("EventId", event_id.as_str(), "first"),
        ("ReadOnly", "true", "second"),
        ("ReadOnly", "false", "first"),
        ("AccessKeyId", "AKIAOTHER", "second"),
        ("Username", "root", "second first"),
        ("Username", "nobody", ""),
        ("ResourceType", "AWS::IAM::Role", "first"),
        ("ResourceName", "reader", "first"),
        ("ResourceName", "writer", ""),
    ] {
        assert_eq!(ids(&w.look_up(&by(key, value))), want, "{key} {value}");
    }
    let mut shown = w.look_up(&by("EventName", "PutVault"))["Events"][0].clone();
    shown["EventId"] = "ID".into();
    shown["CloudTrailEvent"] = "EVENT".into();
    expect![[r#"{"AccessKeyId":"test","CloudTrailEvent":"EVENT","EventId":"ID","EventName":"PutVault","EventSource":"iam.amazonaws.com","EventTime":1767225598,"ReadOnly":"false","Resources":[{"ResourceName":"reader","ResourceType":"AWS::IAM::Role"}],"Username":"root"}"#]].assert_eq(&shown.to_string());
}

#[test]
fn times_are_bounds() {
    let (w, _dir) = world();
    (0..5).for_each(|n| w.read(n));
    let at = |n: i64| NOW.secs() - 86_400 + n;
    let found = |input: Json| ids(&w.look_up(&input));
    assert_eq!(found(json!({ "StartTime": at(1), "EndTime": at(3) })), "r3 r2 r1");
    assert_eq!(found(json!({ "StartTime": at(4) })), "r4");
    assert_eq!(found(json!({ "EndTime": at(0) })), "r0");
    let old = Call { request_id: "old".into(), now: NOW.plus_ms(-91 * 86_400_000), ..root() };
    w.record(event(&old, vault(), "ListVaults", None));
    assert_eq!(found(json!({ "StartTime": 0 })), "r4 r3 r2 r1 r0", "ninety days and no more");
}

#[test]
fn pages_follow_each_other_over_many_rows_and_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::open(dir.path());
    for number in 0..300 {
        w.read(number);
        if number % 70 == 0 {
            w.block_on(w.trail.flush()).unwrap();
        }
    }
    w.block_on(w.trail.flush()).unwrap();
    drop(w);
    let w = World::open(dir.path());
    (300..620).for_each(|number| w.read(number));
    let (mut seen, mut token) = (Vec::new(), None::<String>);
    loop {
        let mut input = json!({ "MaxResults": 37 });
        if let Some(token) = token {
            input["NextToken"] = token.into();
        }
        let page = w.look_up(&input);
        seen.extend(ids(&page).split(' ').map(str::to_owned));
        // What comes in between does not move the pages.
        w.read(1000);
        token = page["NextToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let want: Vec<String> = (0..620).rev().map(|n| format!("r{n}")).collect();
    assert_eq!(seen, want);
}

#[test]
fn global_services_are_in_one_region_and_accounts_apart() {
    let (w, _dir) = world();
    let far = Scope { region: "eu-west-1".parse().unwrap(), ..Scope::default() };
    let call = |id: &str, scope: &Scope| Call { request_id: id.into(), scope: scope.clone(), ..root() };
    w.record(event(&call("iam", &far), made("iam", "json"), "ListVaults", None));
    w.record(event(&call("regional", &far), vault(), "ListVaults", None));
    let other = Scope { account: "111111111111".parse().unwrap(), ..Scope::default() };
    w.record(event(&call("other", &other), vault(), "ListVaults", None));
    assert_eq!(ids(&w.look_up(&json!({}))), "iam");
    let found = |scope: &Scope| ids(&w.ask(&call("q", scope), "LookupEvents", &json!({})).1);
    assert_eq!(found(&far), "regional");
    assert_eq!(found(&other), "other");
    assert!(w.entry("regional").is_some(), "a request is found in every region");
    assert!(w.entry("other").is_none(), "but in its own account only");
}

#[test]
fn a_denied_data_event_is_told_but_not_listed() {
    let (w, _dir) = world();
    let call = root();
    let denial = Denial {
        action: "lambda:InvokeFunction".into(),
        resource: "*".into(),
        decision: None,
        remarks: vec![],
    };
    let error = ServiceError::client("AccessDeniedException", "no").denied(denial);
    w.record(event(&call, made("lambda", "json"), "Invoke", Some(&error)));
    assert_eq!(ids(&w.look_up(&json!({}))), "");
    let entry = w.entry("r").unwrap();
    assert!(entry.event.contains(r#""managementEvent":false"#) && entry.reasons.is_some());
}

#[test]
fn wrong_questions_are_refused() {
    let (w, _dir) = world();
    (0..3).for_each(|n| w.read(n));
    let token = w.look_up(&json!({ "MaxResults": 1 }))["NextToken"].clone();
    let two = json!([{ "AttributeKey": "EventName", "AttributeValue": "a" },
                     { "AttributeKey": "ReadOnly", "AttributeValue": "true" }]);
    for (operation, input, want) in [
        (
            "LookupEvents",
            json!({ "LookupAttributes": two }),
            expect!["400 InvalidLookupAttributesException: You can specify only one lookup attribute."],
        ),
        (
            "LookupEvents",
            by("ReadOnly", "maybe"),
            expect![
                "400 InvalidLookupAttributesException: The value maybe of the lookup attribute ReadOnly is not true or false."
            ],
        ),
        (
            "LookupEvents",
            by("Colour", "red"),
            expect![
                "400 InvalidLookupAttributesException: 1 validation error detected: Value 'Colour' at 'lookupAttributes.1.member.attributeKey' failed to satisfy constraint: Member must satisfy enum value set: [EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId]"
            ],
        ),
        (
            "LookupEvents",
            json!({ "StartTime": 2_000_000_000, "EndTime": 1_000_000_000 }),
            expect!["400 InvalidTimeRangeException: The start time must not be after the end time."],
        ),
        (
            "LookupEvents",
            json!({ "MaxResults": 51 }),
            expect![
                "400 InvalidMaxResultsException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"
            ],
        ),
        (
            "LookupEvents",
            json!({ "MaxResults": 0 }),
            expect![
                "400 InvalidMaxResultsException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"
            ],
        ),
        (
            "LookupEvents",
            json!({ "NextToken": "x" }),
            expect![
                "400 InvalidNextTokenException: The token is not valid, or was given with different parameters."
            ],
        ),
        (
            "LookupEvents",
            json!({ "NextToken": token, "EndTime": 2_000_000_000 }),
            expect![
                "400 InvalidNextTokenException: The token is not valid, or was given with different parameters."
            ],
        ),
        (
            "LookupEvents",
            json!({ "EventCategory": "insight" }),
            expect!["501 NotImplemented: Insights events is not implemented by moat"],
        ),
        (
            "GetTrailStatus",
            json!({ "Name": "mine" }),
            expect!["400 TrailNotFoundException: Unknown trail: mine for the user: 000000000000"],
        ),
        (
            "CreateTrail",
            json!({ "Name": "mine", "S3BucketName": "b" }),
            expect!["501 NotImplemented: cloudtrail:CreateTrail is not implemented by moat"],
        ),
    ] {
        want.assert_eq(&w.fails(operation, &input));
    }
    assert_eq!(w.ask(&root(), "DescribeTrails", &json!({})).1, json!({ "trailList": [] }));
    assert_eq!(w.ask(&root(), "ListTrails", &json!({})).1, json!({ "Trails": [] }));
}
