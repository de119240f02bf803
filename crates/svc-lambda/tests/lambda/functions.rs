//! Creating, reading, changing and deleting functions.

use crate::world::{ROLE, World, package};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn check(got: &str, expected: Expect) {
    expected.assert_eq(got);
}

#[tokio::test]
async fn a_function_is_pending_and_then_active() {
    let world = World::new();
    let created = world.create(json!({"Tags": {"a": "b"}})).await;
    assert_eq!(created.status, 201);
    let mut shown = created.body.clone();
    let object = shown.as_object_mut().unwrap();
    for volatile in ["RevisionId", "CodeSha256", "CodeSize", "RuntimeVersionConfig"] {
        assert!(object.remove(volatile).is_some(), "{volatile}");
    }
    check(
        &serde_json::to_string_pretty(&shown).unwrap(),
        expect![[r#"
        {
          "Architectures": [
            "x86_64"
          ],
          "Description": "",
          "EphemeralStorage": {
            "Size": 512
          },
          "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
          "FunctionName": "f",
          "Handler": "lambda_function.handler",
          "LastModified": "2026-01-02T03:04:05.678+0000",
          "LoggingConfig": {
            "LogFormat": "Text",
            "LogGroup": "/aws/lambda/f"
          },
          "MemorySize": 128,
          "PackageType": "Zip",
          "Role": "arn:aws:iam::000000000000:role/r",
          "Runtime": "python3.12",
          "SnapStart": {
            "ApplyOn": "None",
            "OptimizationStatus": "Off"
          },
          "State": "Pending",
          "StateReason": "The function is being created.",
          "StateReasonCode": "Creating",
          "Timeout": 3,
          "TracingConfig": {
            "Mode": "PassThrough"
          },
          "Version": "$LATEST"
        }"#]],
    );
    let settled = world.settled("f").await;
    assert_eq!(settled.body["State"], "Active");
    assert_eq!(settled.body["LastUpdateStatus"], "Successful");
    assert_eq!(settled.body.get("StateReason"), None);
    let got = world.get("/2015-03-31/functions/f").await;
    assert_eq!(got.body["Configuration"], settled.body);
    assert_eq!(got.body["Tags"], json!({"a": "b"}));
    // No presigned address is served, so none is given.
    assert_eq!(got.body["Code"], json!({}));
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_with_aws_s_text() {
    let world = World::new();
    let mut seen = String::new();
    let cases: &[(&str, Value)] = &[
        ("not a zip", json!({"Code": {"ZipFile": "bm90IGEgemlw"}})),
        ("no code", json!({"Code": {}})),
        ("no handler", json!({"Handler": null})),
        ("old runtime", json!({"Runtime": "python3.7"})),
        ("unknown runtime", json!({"Runtime": "non-existent-runtime"})),
        ("other runtime", json!({"Runtime": "java21"})),
        ("timeout", json!({"Timeout": 901})),
        ("memory", json!({"MemorySize": 20000})),
        ("storage", json!({"EphemeralStorage": {"Size": 20000}})),
        ("reserved variable", json!({"Environment": {"Variables": {"AWS_REGION": "x"}}})),
        ("foreign role", json!({"Role": "arn:aws:iam::111111111111:role/r"})),
        ("half a VPC", json!({"VpcConfig": {"SubnetIds": ["subnet-1"]}})),
        ("image", json!({"PackageType": "Image", "Code": {"ImageUri": "x"}})),
        ("S3", json!({"Code": {"S3Bucket": "bucket", "S3Key": "key"}})),
        ("arm", json!({"Architectures": ["arm64"]})),
        ("tracing", json!({"TracingConfig": {"Mode": "Active"}})),
        ("dead letters", json!({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}})),
    ];
    for (name, changes) in cases {
        seen += &format!("{name}: {}\n", world.create(changes.clone()).await.error());
    }
    check(
        &seen,
        expect![[r#"
            not a zip: 400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.
            no code: 400 InvalidParameterValueException: Please provide a source for function code.
            no handler: 400 InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions created with deployment packages.
            old runtime: 400 InvalidParameterValueException: The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.
            unknown runtime: 400 InvalidParameterValueException: Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN
            other runtime: 501 NotImplemented: the runtime java21 is not implemented by moat
            timeout: 400 ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900
            memory: 400 ValidationException: 1 validation error detected: Value '20000' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240
            storage: 400 ValidationException: 1 validation error detected: Value '20000' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value less than or equal to 10240
            reserved variable: 400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION
            foreign role: 403 AccessDeniedException: Cross-account pass role is not allowed.
            half a VPC: 400 InvalidParameterValueException: SubnetIds and SecurityIds must coexist or be both empty list.
            image: 501 NotImplemented: PackageType Image is not implemented by moat
            S3: 501 NotImplemented: Code.S3Bucket is not implemented by moat
            arm: 501 NotImplemented: the architecture arm64 is not implemented by moat
            tracing: 501 NotImplemented: TracingConfig Active is not implemented by moat
            dead letters: 501 NotImplemented: DeadLetterConfig is not implemented by moat
        "#]],
    );
    assert_eq!(world.get("/2015-03-31/functions/f").await.status, 404);
}

#[tokio::test]
async fn environment_variables_have_a_limit() {
    let world = World::new();
    let refused = world.create(json!({"Environment": {"Variables": {"LARGE": "x".repeat(4096)}}})).await;
    assert!(refused.error().starts_with(
        "400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {\"LARGE\":\"xxx"
    ), "{}", refused.error());
}

#[tokio::test]
async fn a_role_must_trust_lambda() {
    let world = World::new();
    *world.roles.untrusted.lock().unwrap() = true;
    check(
        &world.create(json!({})).await.error(),
        expect![
            "400 InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda."
        ],
    );
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let world = World::new();
    world.function(json!({})).await;
    check(
        &world.create(json!({})).await.error(),
        expect!["409 ResourceConflictException: Function already exist: f"],
    );
}

#[tokio::test]
async fn the_caller_is_asked_for_the_function_and_for_passing_the_role() {
    let world = World::new();
    world.create(json!({})).await;
    let asked = world.authority.asked.lock().unwrap();
    let lines: Vec<String> =
        asked.iter().take(2).map(|a| format!("{} {} {:?}", a.action, a.resource, a.context)).collect();
    check(
        &lines.join("\n"),
        expect![[r#"
        lambda:CreateFunction arn:aws:lambda:us-east-1:000000000000:function:f []
        iam:PassRole arn:aws:iam::000000000000:role/r [("iam:PassedToService", ["lambda.amazonaws.com"]), ("iam:AssociatedResourceArn", ["arn:aws:lambda:us-east-1:000000000000:function:f"])]"#]],
    );
}

#[tokio::test]
async fn a_configuration_changes_and_keeps_the_rest() {
    let world = World::new();
    let before =
        world.function(json!({"Description": "old", "Environment": {"Variables": {"MINE": "1"}}})).await;
    let path = "/2015-03-31/functions/f/configuration";
    let change = json!({"Timeout": 30, "Handler": "other.handler"}).to_string();
    let changed = world.call("PUT", path, &[], change).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    assert_eq!(changed.body["LastUpdateStatus"], "InProgress");
    assert_eq!(changed.body["State"], "Active");
    let after = world.settled("f").await.body;
    assert_eq!(after["Timeout"], 30);
    assert_eq!(after["Handler"], "other.handler");
    assert_eq!(after["Description"], "old");
    assert_eq!(after["Environment"], json!({"Variables": {"MINE": "1"}}));
    assert_ne!(after["RevisionId"], before.body["RevisionId"]);
    let stale = json!({"RevisionId": before.body["RevisionId"], "Timeout": 4}).to_string();
    check(
        &world.call("PUT", path, &[], stale).await.error(),
        expect![
            "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        ],
    );
}

#[tokio::test]
async fn new_code_is_served_by_new_environments() {
    let world = World::new();
    world.function(json!({})).await;
    let first = world.invoke("f", json!({})).await.body["environment"].clone();
    let path = "/2015-03-31/functions/f/code";
    let code = json!({"ZipFile": package("lambda_function.py", "new")}).to_string();
    let dry = json!({"ZipFile": package("lambda_function.py", "dry"), "DryRun": true}).to_string();
    let dry = world.call("PUT", path, &[], dry).await;
    assert_eq!(dry.status, 200, "{:?}", dry.body);
    assert_eq!(world.invoke("f", json!({})).await.body["environment"], first);
    let updated = world.call("PUT", path, &[], code).await;
    assert_ne!(updated.body["CodeSha256"], dry.body["CodeSha256"]);
    world.settled("f").await;
    assert_ne!(world.invoke("f", json!({})).await.body["environment"], first);
    assert_eq!(world.environments.running.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn functions_are_listed_by_page() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.function(json!({"FunctionName": name})).await;
    }
    let page = world.get("/2015-03-31/functions?MaxItems=2").await.body;
    assert_eq!(page["Functions"].as_array().unwrap().len(), 2);
    assert_eq!(page["Functions"][0].get("State"), None);
    let marker = page["NextMarker"].as_str().unwrap();
    let rest = world.get(&format!("/2015-03-31/functions?Marker={marker}")).await.body;
    assert_eq!(rest["Functions"][0]["FunctionName"], "c");
    assert_eq!(rest.get("NextMarker"), None);
    let versions = world.get("/2015-03-31/functions/a/versions").await.body;
    assert_eq!(
        versions["Versions"][0]["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:a:$LATEST"
    );
}

#[tokio::test]
async fn a_deleted_function_is_gone() {
    let world = World::new();
    world.function(json!({})).await;
    world.invoke("f", json!({})).await;
    assert_eq!(world.call("DELETE", "/2015-03-31/functions/f", &[], "").await.status, 204);
    assert!(world.environments.running.lock().unwrap().is_empty());
    for answer in [
        world.get("/2015-03-31/functions/f").await,
        world.invoke("f", json!({})).await,
        world.call("DELETE", "/2015-03-31/functions/f", &[], "").await,
    ] {
        check(
            &answer.error(),
            expect![
                "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f"
            ],
        );
    }
    check(
        &world.get("/2015-03-31/functions/f?Qualifier=7").await.error(),
        expect![
            "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7"
        ],
    );
}

#[tokio::test]
async fn what_terraform_reads_beside_the_function_is_answered() {
    let world = World::new();
    world.function(json!({"Tags": {"a": "b"}})).await;
    let signing = world.get("/2020-06-30/functions/f/code-signing-config").await;
    assert_eq!(signing.body, json!({"FunctionName": "f"}));
    let recursion = world.get("/2024-08-31/functions/f/recursion-config").await;
    assert_eq!(recursion.body, json!({"RecursiveLoop": "Terminate"}));
    let management = world.get("/2021-07-20/functions/f/runtime-management-config").await;
    assert_eq!(management.body["UpdateRuntimeOn"], "Auto");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let tags = format!("/2017-03-31/tags/{arn}");
    assert_eq!(world.post(&tags, json!({"Tags": {"c": "d"}})).await.status, 204);
    assert_eq!(world.get(&tags).await.body, json!({"Tags": {"a": "b", "c": "d"}}));
    // SDKs send the ARN percent-encoded.
    let encoded = format!("/2017-03-31/tags/{}", arn.replace(':', "%3A"));
    assert_eq!(world.get(&encoded).await.body, json!({"Tags": {"a": "b", "c": "d"}}));
    assert_eq!(world.call("DELETE", &format!("{tags}?tagKeys=a"), &[], "").await.status, 204);
    assert_eq!(world.get(&tags).await.body, json!({"Tags": {"c": "d"}}));
    let settings = world.get("/2016-08-19/account-settings").await.body;
    assert_eq!(settings["AccountUsage"]["FunctionCount"], 1);
    assert_eq!(settings["AccountLimit"]["ConcurrentExecutions"], 1000);
}

#[tokio::test]
async fn a_role_is_changed_only_to_one_that_can_be_assumed() {
    let world = World::new();
    world.function(json!({})).await;
    *world.roles.untrusted.lock().unwrap() = true;
    let change = json!({"Role": format!("{ROLE}2")}).to_string();
    let refused = world.call("PUT", "/2015-03-31/functions/f/configuration", &[], change).await;
    check(
        &refused.error(),
        expect![
            "400 InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda."
        ],
    );
    assert_eq!(world.settled("f").await.body["Role"], ROLE);
}
