//! Canaries of stages, and what an account's requests take from.

use crate::world::{World, open, text};
use serde_json::{Value as Json, json};

fn mock(answer: &str) -> (Json, Json) {
    let integration =
        json!({ "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\":200}" } });
    (integration, json!({ "responseTemplates": { "application/json": answer } }))
}

/// An API whose stage answers `old`, with a canary that answers `new`.
fn released(percent: f64) -> World {
    let world = World::new();
    let answer =
        |word| format!("{word} $stageVariables.colour $stageVariables.size $context.isCanaryRequest");
    let (integration, response) = mock(&answer("old"));
    let place = world.integrated("/", "GET", open(), integration, response);
    world.deploy();
    for (name, value) in [("colour", "blue"), ("size", "small")] {
        world.patch(&world.at("/stages/v1"), "replace", &format!("/variables/{name}"), value);
    }
    let (_, response) = mock(&answer("new"));
    world.ok("PUT", &format!("{place}/integration/responses/200"), response);
    let canary = json!({ "percentTraffic": percent, "stageVariableOverrides": { "colour": "green" } });
    world.ok("POST", &world.at("/deployments"), json!({ "stageName": "v1", "canarySettings": canary }));
    world
}

#[test]
fn a_share_of_the_requests_meets_the_canary() {
    let count = |percent: f64, requests: usize| {
        let world = released(percent);
        let answers = (0..requests).map(|_| world.call("GET", "/", &[], "").line());
        let (new, old): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.starts_with("200 new"));
        assert!(new.iter().all(|answer| answer == "200 new green small true"), "{new:?}");
        assert!(old.iter().all(|answer| answer == "200 old blue small false"), "{old:?}");
        new.len()
    };
    assert_eq!((count(0.0, 50), count(100.0, 50)), (0, 50));
    // The world's ids have a seed: the share is the same each time, and near what was asked for.
    let share = count(30.0, 1000);
    assert!((260..=340).contains(&share), "{share} of 1000");
}

#[test]
fn a_canary_is_promoted_by_copies() {
    let world = released(100.0);
    let at = world.at("/stages/v1");
    let stage = world.ok("GET", &at, Json::Null);
    let canary = &stage["canarySettings"];
    assert_eq!(
        (&canary["percentTraffic"], &canary["useStageCache"], &canary["stageVariableOverrides"]["colour"]),
        (&json!(100.0), &json!(false), &json!("green"))
    );
    let new = text(&canary["deploymentId"]);
    assert_ne!(json!(new), stage["deploymentId"]);
    assert_eq!(
        world.refused("DELETE", &world.at(&format!("/deployments/{new}")), Json::Null),
        "400 Active stages pointing to this deployment must be moved or deleted"
    );
    let copy = |from: &str, to: &str| json!({ "op": "copy", "from": from, "path": to });
    let promoted = world.ok(
        "PATCH",
        &at,
        json!({ "patchOperations": [
            copy("/canarySettings/deploymentId", "/deploymentId"),
            copy("/canarySettings/stageVariableOverrides", "/variables"),
            { "op": "remove", "path": "/canarySettings" },
        ] }),
    );
    assert_eq!((&promoted["deploymentId"], promoted.get("canarySettings")), (&json!(new), None));
    assert_eq!(world.call("GET", "/", &[], "").line(), "200 new green small false");
    assert!(
        world
            .refused(
                "PATCH",
                &at,
                json!({ "patchOperations": [copy("/canarySettings/deploymentId", "/deploymentId")] })
            )
            .starts_with("400 ")
    );
}

#[test]
fn a_stage_is_given_a_canary_piece_by_piece() {
    let world = released(0.0);
    let at = world.at("/stages/v1");
    world.ok("PATCH", &at, json!({ "patchOperations": [{ "op": "remove", "path": "/canarySettings" }] }));
    let gone = json!({ "op": "remove", "path": "/canarySettings/stageVariableOverrides/size" });
    assert!(world.refused("PATCH", &at, json!({ "patchOperations": [gone] })).starts_with("400 "));
    let nowhere = json!({ "canarySettings": { "percentTraffic": 5.0 } });
    assert!(world.refused("POST", &world.at("/deployments"), nowhere).starts_with("400 Canary settings"));
    let shown = world.patch(&at, "replace", "/canarySettings/percentTraffic", "12.5");
    assert_eq!(shown["canarySettings"]["percentTraffic"], json!(12.5));
    world.patch(&at, "replace", "/canarySettings/stageVariableOverrides/size", "large");
    let refused = |path: &str, value: &str| {
        world.refused(
            "PATCH",
            &at,
            json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] }),
        )
    };
    assert!(refused("/canarySettings/percentTraffic", "101").starts_with("400 "));
    assert_eq!(refused("/canarySettings/deploymentId", "none"), "400 Deployment id does not exist");
    assert!(refused("/canarySettings/useStageCache", "true").starts_with("501 "));
    let made = json!({ "stageName": "v2", "deploymentId": shown["deploymentId"], "canarySettings": { "percentTraffic": 5.0 } });
    let made = world.ok("POST", &world.at("/stages"), made);
    assert_eq!(made["canarySettings"]["deploymentId"], shown["deploymentId"]);
}

#[test]
fn an_account_has_one_bucket() {
    let world = World::new();
    let (integration, response) = mock("hi");
    world.integrated("/", "GET", open(), integration, response);
    world.deploy();
    assert_eq!(world.call("GET", "/", &[], "").status, 200);
    // Others of the account took what there was.
    let others = [throttle::of_account(&service::testing::root_call(crate::world::NOW).scope)];
    while world.throttles.refuses(&others, crate::world::NOW).is_none() {}
    let refused = world.call("GET", "/", &[], "");
    assert_eq!(refused.line(), r#"429 {"message":"Too Many Requests"}"#);
    assert!(refused.reason.unwrap().starts_with("throttled by the account "));
}
