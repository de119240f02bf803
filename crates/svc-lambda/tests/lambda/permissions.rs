//! The resource policy of a function.

use crate::world::World;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use service::testing::{Asking, root_call};
use std::sync::Arc;

const PATH: &str = "/2015-03-31/functions/f/policy";

fn check(got: &str, expected: Expect) {
    expected.assert_eq(got);
}

fn permission(id: &str) -> Value {
    json!({"StatementId": id, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"})
}

#[tokio::test]
async fn a_permission_is_added_read_used_and_removed() {
    let world = World::new();
    world.function(json!({})).await;
    check(
        &world.get(PATH).await.error(),
        expect!["404 ResourceNotFoundException: The resource you requested does not exist."],
    );
    let added = world.post(PATH, permission("s1")).await;
    assert_eq!(added.status, 201);
    check(
        added.body["Statement"].as_str().unwrap(),
        expect![[
            r#"{"Sid":"s1","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"}"#
        ]],
    );
    check(
        &world.post(PATH, permission("s1")).await.error(),
        expect![
            "409 ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement."
        ],
    );
    let policy = world.get(PATH).await.body;
    check(
        policy["Policy"].as_str().unwrap(),
        expect![[
            r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s1","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"}]}"#
        ]],
    );

    world.authority.asked.lock().unwrap().clear();
    world.invoke("f", json!({})).await;
    let asked = world.authority.asked.lock().unwrap().clone();
    assert_eq!(asked[0].action, "lambda:InvokeFunction");
    assert_eq!(asked[0].resource, "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert_eq!(asked[0].resource_policy.as_ref().unwrap().text(), policy["Policy"].as_str().unwrap());

    let remove = |id: &str| format!("{PATH}/{id}");
    check(
        &world.call("DELETE", &remove("s2"), &[], "").await.error(),
        expect!["404 ResourceNotFoundException: Statement s2 is not found in resource policy."],
    );
    assert_eq!(world.call("DELETE", &remove("s1"), &[], "").await.status, 204);
    check(
        &world.call("DELETE", &remove("s1"), &[], "").await.error(),
        expect!["404 ResourceNotFoundException: No policy is associated with the given resource."],
    );
}

#[tokio::test]
async fn a_permission_must_make_sense() {
    let world = World::new();
    world.function(json!({})).await;
    let mut nobody = permission("s1");
    nobody["Principal"] = json!("nobody");
    check(
        &world.post(PATH, nobody).await.error(),
        expect![
            "400 InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again."
        ],
    );
    let mut stale = permission("s1");
    stale["RevisionId"] = json!("stale");
    check(
        &world.post(PATH, stale).await.error(),
        expect![
            "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id"
        ],
    );
    check(
        &world.post(&format!("{PATH}?Qualifier=$LATEST"), permission("s1")).await.error(),
        expect![
            "400 InvalidParameterValueException: We currently do not support adding policies for $LATEST."
        ],
    );
}

#[tokio::test]
async fn a_policy_has_a_limit() {
    let world = World::new();
    world.function(json!({})).await;
    let mut last = None;
    for n in 0..200 {
        let answer = world.post(PATH, permission(&format!("statement-{n}"))).await;
        if answer.status != 201 {
            last = Some(answer.error());
            break;
        }
    }
    let refused = last.unwrap();
    assert!(refused.starts_with("400 PolicyLengthExceededException: The final policy size ("), "{refused}");
}

#[tokio::test]
async fn operations_ask_as_the_reference_says() {
    let world = World::new();
    let registry = svc_lambda::registry(Arc::new(world.lambda.clone()));
    let call = root_call(base::Timestamp::from_secs(1_767_225_600));
    let layer = "arn:aws:lambda:us-east-1:000000000000:layer:sample:1";
    let samples = [("Role", "arn:aws:iam::000000000000:role/r"), ("Arn", layer)];
    let asking = Asking { registry: &registry, call: &call, samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}

/// Where a function is put, and what it is given, can be asked of in a condition.
#[tokio::test]
async fn conditions_can_ask_for_the_network_of_a_function() {
    let world = World::new();
    let wish = json!({
        "VpcConfig": {"SubnetIds": ["subnet-00000000000000001"], "SecurityGroupIds": ["sg-00000000000000001"]},
        "Tags": {"team": "a"},
    });
    world.function(wish).await;
    let asked = std::mem::take(&mut *world.authority.asked.lock().unwrap());
    let create = asked.iter().find(|access| access.action == "lambda:CreateFunction").unwrap();
    let keys: Vec<_> =
        create.context.iter().map(|(key, values)| format!("{key}={}", values.join(","))).collect();
    assert_eq!(
        keys,
        [
            "lambda:VpcIds=vpc-00000000000000001",
            "lambda:SubnetIds=subnet-00000000000000001",
            "lambda:SecurityGroupIds=sg-00000000000000001",
            "aws:TagKeys=team",
            "aws:RequestTag/team=a",
        ]
    );
    world.invoke("f", json!({})).await;
    let asked = std::mem::take(&mut *world.authority.asked.lock().unwrap());
    let invoke = asked.iter().find(|access| access.action == "lambda:InvokeFunction").unwrap();
    assert_eq!(invoke.context, [("aws:ResourceTag/team".to_owned(), vec!["a".to_owned()])]);
}
