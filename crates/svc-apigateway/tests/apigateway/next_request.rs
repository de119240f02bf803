//! What a request is decided by is kept between requests; whatever changes acts on the next one.

use crate::world::{KEY, World, text};
use base::Scope;
use serde_json::{Value as Json, json};

fn new_key(world: &World) -> String {
    let key = json!({ "name": "k", "enabled": true, "value": KEY });
    text(&world.ok("POST", "/apikeys", key)["id"])
}

fn new_plan(world: &World, throttle: Json) -> String {
    let stage = json!({ "apiId": world.api, "stage": "v1" });
    let plan = json!({ "name": "p", "apiStages": [stage], "throttle": throttle });
    text(&world.ok("POST", "/usageplans", plan)["id"])
}

fn join(world: &World, plan: &str, key: &str) {
    world.ok("POST", &format!("/usageplans/{plan}/keys"), json!({ "keyId": key, "keyType": "API_KEY" }));
}

/// An API with one method that wants a key.
fn keyed() -> World {
    let world = World::new();
    world.proxy("/", "GET", json!({ "authorizationType": "NONE", "apiKeyRequired": true }));
    world.deploy();
    world
}

/// The status, and why if it was refused, or what the function got.
fn get(world: &World) -> (u16, String) {
    let answered = world.call("GET", "/", &[("x-api-key", KEY)], "");
    (answered.status, answered.reason.unwrap_or(answered.body))
}

fn status(world: &World) -> u16 {
    get(world).0
}

#[test]
fn a_change_of_a_plan_acts_on_the_next_request() {
    let world = keyed();
    let key = new_key(&world);
    assert_eq!(get(&world), (403, format!("no usage plan has the API key {key} and this stage")));
    let plan = new_plan(&world, json!({ "rateLimit": 0.0, "burstLimit": 2 }));
    assert_eq!(status(&world), 403, "a plan without the key");
    join(&world, &plan, &key);
    assert_eq!([status(&world), status(&world), status(&world)], [200, 200, 429]);
    let path = format!("/usageplans/{plan}");
    world.patch(&path, "remove", "/throttle", "");
    assert_eq!(status(&world), 200, "the plan throttles no more");
    world.patch(&path, "remove", "/apiStages", &format!("{}:v1", world.api));
    assert_eq!(status(&world), 403, "the plan lost the stage");
    world.patch(&path, "add", "/apiStages", &format!("{}:v1", world.api));
    assert_eq!(status(&world), 200);
    world.ok("DELETE", &format!("/usageplans/{plan}/keys/{key}"), Json::Null);
    assert_eq!(status(&world), 403, "the plan lost the key");
    let other = new_plan(&world, Json::Null);
    join(&world, &other, &key);
    assert_eq!(status(&world), 200, "another plan has it");
}

#[test]
fn a_change_of_a_key_acts_on_the_next_request() {
    let world = keyed();
    assert_eq!(get(&world), (403, "no API key has this value".to_owned()));
    let key = new_key(&world);
    join(&world, &new_plan(&world, Json::Null), &key);
    assert_eq!(status(&world), 200);
    world.patch(&format!("/apikeys/{key}"), "replace", "/enabled", "false");
    assert_eq!(get(&world), (403, format!("the API key {key} is disabled")));
    world.patch(&format!("/apikeys/{key}"), "replace", "/enabled", "true");
    assert_eq!(status(&world), 200);
    world.ok("DELETE", &format!("/apikeys/{key}"), Json::Null);
    assert_eq!(get(&world), (403, "no API key has this value".to_owned()));
}

#[test]
fn a_change_of_the_policy_acts_on_the_next_request() {
    let world = keyed();
    join(&world, &new_plan(&world, Json::Null), &new_key(&world));
    let path = format!("/restapis/{}", world.api);
    let policy = |effect: &str| {
        let statement = json!({
            "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    assert_eq!(status(&world), 200);
    world.patch(&path, "replace", "/policy", &policy("Deny"));
    assert_eq!(get(&world), (403, "denied".to_owned()));
    world.patch(&path, "replace", "/policy", &policy("Allow"));
    assert_eq!(status(&world), 200);
}

/// Beside as many plans as an account may have, the right one is found.
#[test]
fn each_key_has_the_plan_that_it_is_in() {
    let world = keyed();
    let others: Vec<String> =
        (0..20).map(|_| new_plan(&world, json!({ "rateLimit": 0.0, "burstLimit": 0 }))).collect();
    let key = new_key(&world);
    let own = new_plan(&world, json!({ "rateLimit": 0.0, "burstLimit": 1 }));
    join(&world, &own, &key);
    assert_eq!(status(&world), 200);
    let (status, reason) = get(&world);
    assert_eq!(status, 429);
    assert!(reason.starts_with(&format!("throttled by plan {own} key {key}")), "{reason}");
    assert!(!others.contains(&own));
}

#[test]
fn a_function_gets_the_event_in_awss_form() {
    let world = keyed();
    let key = new_key(&world);
    join(&world, &new_plan(&world, Json::Null), &key);
    let (status, event) = get(&world);
    assert_eq!(status, 200);
    let event: Json = serde_json::from_str(&event).unwrap();
    let mut identity = event["requestContext"]["identity"].clone();
    assert_eq!(identity["apiKeyId"], json!(key));
    identity["apiKeyId"] = Json::Null;
    expect_test::expect![[r#"
        {"accessKey":null,"accountId":null,"apiKey":"a-key-of-twenty-characters","apiKeyId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"127.0.0.1","user":null,"userAgent":null,"userArn":null}
    "#]]
    .assert_eq(&format!("{identity}\n"));
    let names: Vec<&String> = event.as_object().unwrap().keys().collect();
    expect_test::expect![[r#"["body", "headers", "httpMethod", "isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters", "path", "pathParameters", "queryStringParameters", "requestContext", "resource", "stageVariables"]"#]]
        .assert_eq(&format!("{names:?}"));
    assert_eq!(event["requestContext"]["accountId"], json!(Scope::default().account.as_str()));
}
