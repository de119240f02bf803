//! Versions and aliases.

use crate::world::{Answer, World, package};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FUNCTION: &str = "/2015-03-31/functions/f";
const VERSIONS: &str = "/2015-03-31/functions/f/versions";
const ALIASES: &str = "/2015-03-31/functions/f/aliases";

fn check(got: &str, expected: Expect) {
    expected.assert_eq(got);
}

async fn published(world: &World, body: Value) -> Answer {
    let published = world.post(VERSIONS, body).await;
    assert_eq!(published.status, 201, "{:?}", published.body);
    let version = published.body["Version"].as_str().unwrap();
    world.settled(&format!("f:{version}")).await
}

/// A function with versions 1 and 2, which say in their environment what they are.
async fn two_versions() -> World {
    let world = World::new();
    world.function(json!({"Description": "first"})).await;
    published(&world, json!({})).await;
    update(&world, json!({"Description": "second", "Timeout": 7})).await;
    published(&world, json!({"Description": "own"})).await;
    world
}

async fn update(world: &World, body: Value) {
    let path = format!("{FUNCTION}/configuration");
    let updated = world.call("PUT", &path, &[], body.to_string()).await;
    assert_eq!(updated.status, 200, "{:?}", updated.body);
    world.settled("f").await;
}

#[tokio::test]
async fn a_version_stays_what_it_was() {
    let world = two_versions().await;
    let one = world.get(&format!("{FUNCTION}/configuration?Qualifier=1")).await.body;
    assert_eq!(one["FunctionArn"], "arn:aws:lambda:us-east-1:000000000000:function:f:1");
    assert_eq!(
        (&one["Version"], &one["Description"], &one["Timeout"]),
        (&json!("1"), &json!("first"), &json!(60))
    );
    let two = world.get(&format!("{FUNCTION}:2/configuration")).await.body;
    assert_eq!(
        (&two["Version"], &two["Description"], &two["Timeout"]),
        (&json!("2"), &json!("own"), &json!(7))
    );
    // Nothing changed since, so nothing is published.
    let again = world.post(VERSIONS, json!({"Description": "other"})).await;
    assert_eq!((&again.body["Version"], &again.body["Description"]), (&json!("2"), &json!("own")));

    let listed = world.get(VERSIONS).await.body;
    let names: Vec<&str> =
        listed["Versions"].as_array().unwrap().iter().map(|v| v["Version"].as_str().unwrap()).collect();
    assert_eq!(names, ["$LATEST", "1", "2"]);
    let page = world.get(&format!("{VERSIONS}?MaxItems=1")).await.body;
    let next =
        world.get(&format!("{VERSIONS}?MaxItems=1&Marker={}", page["NextMarker"].as_str().unwrap())).await;
    assert_eq!(next.body["Versions"][0]["Version"], "1");
    let all = world.get("/2015-03-31/functions?FunctionVersion=ALL").await.body;
    assert_eq!(all["Functions"].as_array().unwrap().len(), 3);
    assert_eq!(world.get("/2015-03-31/functions").await.body["Functions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_version_runs_in_environments_of_its_own() {
    let world = two_versions().await;
    for qualifier in ["", ":1", ":2", ":1"] {
        let answer = world.invoke(&format!("f{qualifier}"), json!({"do": "echo"})).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        let executed = answer.response.header("x-amz-executed-version").unwrap();
        assert_eq!(executed, qualifier.strip_prefix(':').unwrap_or("$LATEST"));
    }
    let started: Vec<String> =
        world.environments.started.lock().unwrap().iter().map(|s| s.version.clone()).collect();
    assert_eq!(started, ["$LATEST", "1", "2"]);
    let streams = world.logs.streams("/aws/lambda/f");
    assert!(streams.iter().any(|s| s.contains("/[1]")), "{streams:?}");
    world.logs.lines_with("/aws/lambda/f", "Version: 2").await;

    let gone = world.call("DELETE", &format!("{FUNCTION}?Qualifier=1"), &[], "").await;
    assert_eq!(gone.status, 204);
    check(
        &world.invoke("f:1", json!({})).await.error(),
        expect![
            "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:1"
        ],
    );
    // The number is not given again.
    update(&world, json!({"Description": "third"})).await;
    assert_eq!(published(&world, json!({})).await.body["Version"], "3");
    assert_eq!(world.call("DELETE", FUNCTION, &[], "").await.status, 204);
    assert!(world.environments.running.lock().unwrap().is_empty());
    assert_eq!(world.invoke("f:2", json!({})).await.status, 404);
}

#[tokio::test]
async fn create_and_update_publish_at_once() {
    let world = World::new();
    let created = world.create(json!({"Publish": true})).await;
    assert_eq!((&created.body["Version"], &created.body["State"]), (&json!("1"), &json!("Pending")));
    world.settled("f").await;
    assert_eq!(world.settled("f:1").await.body["State"], "Active");
    let code = json!({"Publish": true, "ZipFile": package("lambda_function.py", "other = 1")});
    let updated = world.call("PUT", &format!("{FUNCTION}/code"), &[], code.to_string()).await;
    assert_eq!(updated.body["Version"], "2");
    world.settled("f").await;
    let shas: Vec<Value> = {
        let mut all = Vec::new();
        for name in ["f:1", "f:2", "f"] {
            all.push(world.settled(name).await.body["CodeSha256"].clone());
        }
        all
    };
    assert_ne!(shas[0], shas[1]);
    assert_eq!(shas[1], shas[2]);
}

#[tokio::test]
async fn what_cannot_be_published_is_refused() {
    let world = World::new();
    world.function(json!({})).await;
    let mut seen = String::new();
    for body in [json!({"CodeSha256": "other"}), json!({"RevisionId": "stale"})] {
        let sha = world.settled("f").await.body["CodeSha256"].as_str().unwrap().to_owned();
        seen += &format!("{}\n", world.post(VERSIONS, body).await.error().replace(&sha, "SHA"));
    }
    seen += &format!("{}\n", world.post("/2015-03-31/functions/absent/versions", json!({})).await.error());
    check(
        &seen,
        expect![[r#"
            400 InvalidParameterValueException: CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (SHA). Please try again with the CodeSHA256 in $LATEST.
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:absent
        "#]],
    );
}

#[tokio::test]
async fn an_alias_shares_out_invocations() {
    let world = two_versions().await;
    let made = world
        .post(ALIASES, json!({"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["AliasArn"], "arn:aws:lambda:us-east-1:000000000000:function:f:live");
    let mut counts = BTreeMap::new();
    for _ in 0..40 {
        let answer = world.invoke("f:live", json!({"do": "echo"})).await;
        *counts.entry(answer.response.header("x-amz-executed-version").unwrap().to_owned()).or_insert(0) += 1;
    }
    assert!(counts["1"] > 5 && counts["2"] > 5, "{counts:?}");

    let path = format!("{ALIASES}/live");
    let revision = made.body["RevisionId"].as_str().unwrap();
    let moved = json!({"FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {}}, "RevisionId": revision});
    let updated = world.call("PUT", &path, &[], moved.to_string()).await;
    assert_eq!(updated.status, 200, "{:?}", updated.body);
    assert_eq!(updated.body.get("RoutingConfig"), None);
    assert_eq!(world.call("PUT", &path, &[], moved.to_string()).await.status, 412);
    for _ in 0..5 {
        let answer = world.invoke("f:live", json!({"do": "echo"})).await;
        assert_eq!(answer.response.header("x-amz-executed-version"), Some("2"));
    }
    let shown = world.get(&format!("{FUNCTION}?Qualifier=live")).await.body;
    assert_eq!(
        shown["Configuration"]["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:f:live"
    );
    assert_eq!(shown["Configuration"]["Version"], "2");
    assert_eq!(world.get(&format!("{ALIASES}?FunctionVersion=1")).await.body["Aliases"], json!([]));
    assert_eq!(world.get(ALIASES).await.body["Aliases"][0]["Name"], "live");
    check(
        &world.call("DELETE", &format!("{FUNCTION}?Qualifier=2"), &[], "").await.error(),
        expect![
            "409 ResourceConflictException: Unable to delete version because the following aliases reference it: [live]"
        ],
    );
    assert_eq!(world.call("DELETE", &path, &[], "").await.status, 204);
    check(
        &world.get(&path).await.error(),
        expect![
            "404 ResourceNotFoundException: Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:live"
        ],
    );
}

#[tokio::test]
async fn an_alias_must_make_sense() {
    let world = two_versions().await;
    assert_eq!(
        world.post(ALIASES, json!({"Name": "custom", "FunctionVersion": "$LATEST"})).await.status,
        201
    );
    let weights = |version: &str, weights: Value| json!({"Name": "a", "FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}});
    let mut seen = String::new();
    for body in [
        json!({"Name": "custom", "FunctionVersion": "1"}),
        json!({"Name": "a", "FunctionVersion": "10"}),
        weights("1", json!({"2": 0.1, "3": 0.1})),
        weights("$LATEST", json!({"2": 0.1})),
        weights("1", json!({"1": 0.1})),
        weights("1", json!({"9": 0.1})),
        json!({"Name": "2024", "FunctionVersion": "1"}),
    ] {
        seen += &format!("{}\n", world.post(ALIASES, body).await.error());
    }
    seen += &world.call("PUT", &format!("{ALIASES}/non-existent"), &[], "{}").await.error();
    check(
        &seen,
        expect![[r#"
            409 ResourceConflictException: Alias already exists: arn:aws:lambda:us-east-1:000000000000:function:f:custom
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:10
            400 InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1
            400 InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version
            400 InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in routing configuration.
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:9
            400 ValidationException: 1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)
            404 ResourceNotFoundException: Alias not found: arn:aws:lambda:us-east-1:000000000000:function:f:non-existent"#]],
    );
}

#[tokio::test]
async fn each_qualifier_has_its_own_policy() {
    let world = two_versions().await;
    world.post(ALIASES, json!({"Name": "live", "FunctionVersion": "1"})).await;
    let permission =
        json!({"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "111111111111"});
    for qualifier in ["1", "live"] {
        let path = format!("{FUNCTION}/policy?Qualifier={qualifier}");
        assert_eq!(world.post(&path, permission.clone()).await.status, 201);
        let policy = world.get(&path).await.body["Policy"].as_str().unwrap().to_owned();
        assert!(policy.contains(&format!("function:f:{qualifier}\"")), "{policy}");
        world.authority.asked.lock().unwrap().clear();
        world.invoke(&format!("f:{qualifier}"), json!({})).await;
        let asked = world.authority.asked.lock().unwrap()[0].clone();
        assert_eq!(asked.resource, format!("arn:aws:lambda:us-east-1:000000000000:function:f:{qualifier}"));
        assert_eq!(asked.resource_policy.unwrap().text(), policy);
    }
    assert_eq!(world.get(&format!("{FUNCTION}/policy")).await.status, 404);
    assert_eq!(world.get(&format!("{FUNCTION}/policy?Qualifier=2")).await.status, 404);
}
