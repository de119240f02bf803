//! Layers, their versions, and functions that use them.

use crate::world::{World, package};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

const LAYER: &str = "/2018-10-31/layers/l/versions";

fn check(got: &str, expected: Expect) {
    expected.assert_eq(got);
}

async fn publish(world: &World, name: &str, file: &str, content: &str) -> String {
    let body = json!({"Content": {"ZipFile": package(file, content)}, "CompatibleRuntimes": ["python3.12"]});
    let made = world.post(&format!("/2018-10-31/layers/{name}/versions"), body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    made.body["LayerVersionArn"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn versions_are_numbered_listed_and_deleted() {
    let world = World::new();
    for content in ["one", "two"] {
        publish(&world, "l", "x", content).await;
    }
    let mut shown = world.get(&format!("{LAYER}/1")).await.body;
    for volatile in ["CodeSha256", "CodeSize"] {
        assert!(shown["Content"].as_object_mut().unwrap().remove(volatile).is_some());
    }
    check(
        &serde_json::to_string_pretty(&shown).unwrap(),
        expect![[r#"
            {
              "CompatibleRuntimes": [
                "python3.12"
              ],
              "Content": {},
              "CreatedDate": "2026-01-02T03:04:05.678+0000",
              "Description": "",
              "LayerArn": "arn:aws:lambda:us-east-1:000000000000:layer:l",
              "LayerVersionArn": "arn:aws:lambda:us-east-1:000000000000:layer:l:1",
              "Version": 1
            }"#]],
    );
    let by_arn = "/2018-10-31/layers?find=LayerVersion&Arn=arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Alayer%3Al%3A1";
    assert_eq!(world.get(by_arn).await.body["LayerVersionArn"], shown["LayerVersionArn"]);
    let listed = world.get(LAYER).await.body;
    assert_eq!(
        (&listed["LayerVersions"][0]["Version"], &listed["LayerVersions"][1]["Version"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        world.get(&format!("{LAYER}?CompatibleRuntime=java21")).await.body["LayerVersions"],
        json!([])
    );
    let layers = world.get("/2018-10-31/layers").await.body;
    assert_eq!(layers["Layers"][0]["LatestMatchingVersion"]["Version"], 2);
    assert_eq!(world.call("DELETE", &format!("{LAYER}/2"), &[], "").await.status, 204);
    check(
        &world.get(&format!("{LAYER}/2")).await.error(),
        expect!["404 ResourceNotFoundException: The resource you requested does not exist."],
    );
    check(
        &world.get(&format!("{LAYER}/0")).await.error(),
        expect!["400 InvalidParameterValueException: Layer Version Cannot be less than 1"],
    );
    assert!(publish(&world, "l", "x", "three").await.ends_with(":3"));
}

#[tokio::test]
async fn a_function_sees_its_layers_over_one_another() {
    let world = World::new();
    let one = publish(&world, "one", "python/both.py", "1").await;
    let two = publish(&world, "two", "python/both.py", "2").await;
    let made = world.function(json!({"Layers": [&one, &two]})).await;
    assert_eq!(made.body["Layers"][1]["Arn"], *two);
    // It keeps what it has when the layer version goes.
    assert_eq!(world.call("DELETE", "/2018-10-31/layers/two/versions/1", &[], "").await.status, 204);
    assert_eq!(world.invoke("f", json!({"do": "echo"})).await.status, 200);
    let opt = world.environments.started.lock().unwrap()[0].layers.clone().unwrap();
    assert_eq!(std::fs::read_to_string(opt.join("python/both.py")).unwrap(), "2");

    let changed = world
        .call("PUT", "/2015-03-31/functions/f/configuration", &[], json!({"Layers": [&one]}).to_string())
        .await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    world.settled("f").await;
    world.invoke("f", json!({"do": "echo"})).await;
    let opt = world.environments.started.lock().unwrap()[1].layers.clone().unwrap();
    assert_eq!(std::fs::read_to_string(opt.join("python/both.py")).unwrap(), "1");
    let asked =
        world.authority.asked.lock().unwrap().iter().filter(|a| a.action == "lambda:GetLayerVersion").count();
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn layers_that_cannot_be_together_are_refused() {
    let world = World::new();
    for content in ["1", "2"] {
        publish(&world, "l", "x", content).await;
    }
    let arn = |n: u32| format!("arn:aws:lambda:us-east-1:000000000000:layer:l:{n}");
    let six: Vec<String> = (1..7).map(arn).collect();
    let cases: Vec<Value> = vec![
        json!([arn(1), arn(2)]),
        json!([arn(9)]),
        json!(["arn:aws:lambda:eu-west-1:000000000000:layer:l:1"]),
        json!(six),
    ];
    let mut seen = String::new();
    for layers in cases {
        seen += &format!("{}\n", world.create(json!({"Layers": layers})).await.error());
    }
    check(
        &seen,
        expect![[r#"
            400 InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. arn:aws:lambda:us-east-1:000000000000:layer:l:1 and arn:aws:lambda:us-east-1:000000000000:layer:l:2 are versions of the same layer.
            400 InvalidParameterValueException: Layer version arn:aws:lambda:us-east-1:000000000000:layer:l:9 does not exist.
            400 InvalidParameterValueException: Layers are not in the same region as the function. Layers are expected to be in region us-east-1.
            400 InvalidParameterValueException: Cannot reference more than 5 layers.
        "#]],
    );
}

#[tokio::test]
async fn a_layer_version_is_shared_by_its_policy() {
    let world = World::new();
    publish(&world, "l", "x", "1").await;
    let path = format!("{LAYER}/1/policy");
    let permission = json!({"StatementId": "s1", "Action": "lambda:GetLayerVersion", "Principal": "*",
        "OrganizationId": "o-0123456789"});
    let none = world.get(&path).await;
    let added = world.post(&path, permission.clone()).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    let policy = world.get(&path).await.body;
    assert_eq!(policy["RevisionId"], added.body["RevisionId"]);
    check(
        policy["Policy"].as_str().unwrap(),
        expect![[
            r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"arn:aws:lambda:us-east-1:000000000000:layer:l:1","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-0123456789"}}}]}"#
        ]],
    );
    let stale = json!({"StatementId": "s2", "Action": "lambda:GetLayerVersion", "Principal": "*"});
    let mut seen = format!("{}\n", none.error());
    for answer in [
        world.post(&path, permission).await,
        world.post(&format!("{path}?RevisionId=stale"), stale).await,
        world
            .post(
                &format!("{LAYER}/7/policy"),
                json!({"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"}),
            )
            .await,
        world.call("DELETE", &format!("{path}/absent"), &[], "").await,
        world.get(&format!("{LAYER}/7/policy")).await,
    ] {
        seen += &format!("{}\n", answer.error());
    }
    check(
        &seen,
        expect![[r#"
            404 ResourceNotFoundException: No policy is associated with the given resource.
            409 ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id
            404 ResourceNotFoundException: Layer version arn:aws:lambda:us-east-1:000000000000:layer:l:7 does not exist.
            404 ResourceNotFoundException: Statement absent is not found in resource policy.
            404 ResourceNotFoundException: Layer version arn:aws:lambda:us-east-1:000000000000:layer:l:7 does not exist.
        "#]],
    );
    assert_eq!(world.call("DELETE", &format!("{path}/s1"), &[], "").await.status, 204);
}
