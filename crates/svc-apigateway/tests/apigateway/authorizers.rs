//! Lambda authorizers.

use crate::world::{AUTHORIZER, KEY, World, text, uri};
use serde_json::{Value as Json, json};

pub fn allowing(effect: &str, resource: &str) -> Json {
    json!({ "principalId": "ann",
        "policyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": effect, "Action": "execute-api:Invoke", "Resource": resource }] },
        "context": { "tier": "gold", "level": 3 } })
}

fn authorizer(world: &World, wanted: Json) -> String {
    let mut whole = json!({ "name": "who", "type": "TOKEN", "authorizerUri": uri(AUTHORIZER),
        "identitySource": "method.request.header.Authorization" });
    for (name, value) in wanted.as_object().unwrap() {
        whole[name] = value.clone();
    }
    text(&world.ok("POST", &world.at("/authorizers"), whole)["id"])
}

/// An API whose methods ask an authorizer.
fn guarded(wanted: Json) -> (World, String) {
    let world = World::new();
    let id = authorizer(&world, wanted);
    for path in ["/orders", "/other"] {
        world.proxy(path, "GET", json!({ "authorizationType": "CUSTOM", "authorizerId": id }));
    }
    world.deploy();
    (world, id)
}

fn asked(world: &World) -> usize {
    world.behind.invoked.lock().unwrap().iter().filter(|i| i.function == AUTHORIZER).count()
}

#[test]
fn a_token_is_shown_to_the_function_and_its_policy_decides() {
    let (world, id) = guarded(json!({ "authorizerResultTtlInSeconds": 0 }));
    let any = format!("arn:aws:execute-api:us-east-1:000000000000:{}/v1/GET/orders", world.api);
    world.answers(AUTHORIZER, allowing("Allow", &any), false);
    let token = [("authorization", "let me in")];
    let answered = world.call("GET", "/orders", &token, "");
    assert_eq!(answered.status, 200);
    let event: Json = serde_json::from_str(&answered.body).unwrap();
    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({ "principalId": "ann", "integrationLatency": 0, "tier": "gold", "level": "3" })
    );
    let invoked = world.behind.invoked.lock().unwrap().remove(0);
    assert_eq!(
        serde_json::from_slice::<Json>(&invoked.payload).unwrap(),
        json!({ "type": "TOKEN", "methodArn": any, "authorizationToken": "let me in" })
    );
    assert_eq!(
        invoked.source_arn,
        format!("arn:aws:execute-api:us-east-1:000000000000:{}/authorizers/{id}", world.api)
    );
    let other = world.call("GET", "/other", &token, "");
    assert_eq!(other.line(), r#"403 {"Message":"User is not authorized to access this resource"}"#);
    world.answers(AUTHORIZER, allowing("Deny", "*"), false);
    let denied = world.call("GET", "/orders", &token, "");
    assert_eq!(
        denied.line(),
        r#"403 {"Message":"User is not authorized to access this resource with an explicit deny"}"#
    );
    assert_eq!(denied.header("x-amzn-errortype"), Some("AccessDeniedException"));
}

#[test]
fn without_its_identity_nobody_is_asked() {
    let (world, _) = guarded(json!({ "identityValidationExpression": "Bearer [a-z]+" }));
    world.answers(AUTHORIZER, allowing("Allow", "*"), false);
    for headers in [&[][..], &[("authorization", "")][..], &[("authorization", "Bearer 7")][..]] {
        let refused = world.call("GET", "/orders", headers, "");
        assert_eq!(refused.line(), r#"401 {"message":"Unauthorized"}"#, "{headers:?}");
        assert_eq!(refused.header("x-amzn-errortype"), Some("UnauthorizedException"));
    }
    assert_eq!(asked(&world), 0);
    assert_eq!(world.call("GET", "/orders", &[("authorization", "Bearer abc")], "").status, 200);
}

#[test]
fn an_answer_is_kept_for_its_time_and_its_identity() {
    let (world, _) = guarded(json!({ "authorizerResultTtlInSeconds": 60 }));
    let orders = format!("arn:aws:execute-api:us-east-1:000000000000:{}/v1/GET/orders", world.api);
    world.answers(AUTHORIZER, allowing("Allow", &orders), false);
    let call = |path: &str, token: &str| world.call("GET", path, &[("authorization", token)], "").status;
    assert_eq!((call("/orders", "a"), call("/orders", "a"), asked(&world)), (200, 200, 1));
    assert_eq!(
        (call("/other", "a"), asked(&world)),
        (403, 1),
        "the kept policy decides about other methods too"
    );
    assert_eq!((call("/orders", "b"), asked(&world)), (200, 2), "another token");
    world.answers(AUTHORIZER, allowing("Deny", "*"), false);
    assert_eq!(call("/orders", "a"), 200, "still kept");
    world.ok("DELETE", &world.at("/stages/v1/cache/authorizers"), Json::Null);
    assert_eq!(call("/orders", "a"), 403, "forgotten when told to");
    world.clock.advance_ms(60_000);
    world.answers(AUTHORIZER, allowing("Allow", "*"), false);
    assert_eq!(call("/orders", "a"), 200, "its time is over");
}

#[test]
fn functions_that_fail_let_nobody_in() {
    let (world, _) = guarded(json!({ "authorizerResultTtlInSeconds": 0 }));
    for (answer, is_error, status, code) in [
        (
            json!({ "errorMessage": "Unauthorized" }),
            true,
            r#"401 {"message":"Unauthorized"}"#,
            "UnauthorizedException",
        ),
        (json!({ "errorMessage": "broken" }), true, r#"500 {"message":null}"#, "AuthorizerFailureException"),
        (
            json!({ "principalId": "ann" }),
            false,
            r#"500 {"message":null}"#,
            "AuthorizerConfigurationException",
        ),
        (json!("allow"), false, r#"500 {"message":null}"#, "AuthorizerConfigurationException"),
        (json!("denied"), false, r#"500 {"message":null}"#, "AuthorizerConfigurationException"),
    ] {
        world.answers(AUTHORIZER, answer, is_error);
        let refused = world.call("GET", "/orders", &[("authorization", "t")], "");
        assert_eq!((refused.line().as_str(), refused.header("x-amzn-errortype")), (status, Some(code)));
    }
}

#[test]
fn a_request_authorizer_is_shown_the_request() {
    let sources =
        "method.request.header.X-A,method.request.querystring.q,stageVariables.v,context.httpMethod";
    let (world, _) = guarded(json!({ "type": "REQUEST", "identitySource": sources }));
    world.patch(&world.at("/stages/v1"), "replace", "/variables/v", "blue");
    world.answers(AUTHORIZER, allowing("Allow", "*"), false);
    assert_eq!(world.call("GET", "/orders?q=1", &[], "").status, 401, "a source is missing");
    assert_eq!(asked(&world), 0);
    assert_eq!(world.call("GET", "/orders?q=1", &[("X-A", "a")], "secret").status, 200);
    let invoked = world.behind.invoked.lock().unwrap().remove(0);
    let event: Json = serde_json::from_slice(&invoked.payload).unwrap();
    let mut names: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    expect_test::expect![[r#"["headers", "httpMethod", "methodArn", "multiValueHeaders", "multiValueQueryStringParameters", "path", "pathParameters", "queryStringParameters", "requestContext", "resource", "stageVariables", "type"]"#]]
        .assert_eq(&format!("{names:?}"));
    assert_eq!(
        (&event["type"], &event["pathParameters"], &event["headers"]["X-A"]),
        (&json!("REQUEST"), &json!({}), &json!("a"))
    );
    assert_eq!(world.call("GET", "/orders?q=2", &[("X-A", "a")], "").status, 200);
    assert_eq!(asked(&world), 1, "another identity is another question; the first was taken off the list");
}

#[test]
fn an_api_key_may_come_from_the_authorizer() {
    let world = World::of(json!({ "name": "a", "apiKeySource": "AUTHORIZER" }));
    let id = authorizer(&world, json!({ "authorizerResultTtlInSeconds": 0 }));
    world.proxy(
        "/",
        "GET",
        json!({ "authorizationType": "CUSTOM", "authorizerId": id, "apiKeyRequired": true }),
    );
    world.deploy();
    let key =
        text(&world.ok("POST", "/apikeys", json!({ "name": "k", "enabled": true, "value": KEY }))["id"]);
    let plan = json!({ "name": "p", "apiStages": [{ "apiId": world.api, "stage": "v1" }] });
    let plan = text(&world.ok("POST", "/usageplans", plan)["id"]);
    world.ok("POST", &format!("/usageplans/{plan}/keys"), json!({ "keyId": key, "keyType": "API_KEY" }));
    let mut answer = allowing("Allow", "*");
    world.answers(AUTHORIZER, answer.clone(), false);
    let token = [("authorization", "t"), ("x-api-key", KEY)];
    assert_eq!(
        world.call("GET", "/", &token, "").line(),
        r#"403 {"message":"Forbidden"}"#,
        "the header does not count"
    );
    answer["usageIdentifierKey"] = json!(KEY);
    world.answers(AUTHORIZER, answer, false);
    assert_eq!(world.call("GET", "/", &token[..1], "").status, 200);
}

#[test]
fn authorizers_come_and_go() {
    let (world, id) = guarded(json!({}));
    let path = world.at(&format!("/authorizers/{id}"));
    let shown = world.patch(&path, "replace", "/authorizerResultTtlInSeconds", "0");
    assert_eq!((&shown["authorizerResultTtlInSeconds"], &shown["authType"]), (&json!(0), &json!("custom")));
    let made = |wanted: Json| world.refused("POST", &world.at("/authorizers"), wanted);
    assert_eq!(
        made(json!({ "name": "c", "type": "COGNITO_USER_POOLS", "providerARNs": ["x"] })),
        "501 authorizers of type COGNITO_USER_POOLS is not implemented by moat"
    );
    assert_eq!(
        made(json!({ "name": "n", "type": "TOKEN" })),
        "400 Invalid Authorizer URI: null. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
    );
    let same = json!({ "name": "who", "type": "TOKEN", "authorizerUri": uri(AUTHORIZER), "identitySource": "method.request.header.a" });
    assert_eq!(
        made(same),
        "409 Authorizer name must be unique. Authorizer who already exists in this RestApi."
    );
    assert_eq!(
        world.refused("DELETE", &path, Json::Null),
        "409 Cannot delete authorizer 'who', is referenced in method"
    );
    let place = world.at(&format!("/resources/{}/methods/GET", world.root));
    assert_eq!(
        world.refused("PUT", &place, json!({ "authorizationType": "CUSTOM" })),
        "400 Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
    );
    for path in ["/orders", "/other"] {
        let method = world.at(&format!("/resources/{}/methods/GET", world.resource(path)));
        world.patch(&method, "replace", "/authorizationType", "NONE");
        world.patch(&method, "remove", "/authorizerId", "");
    }
    world.ok("DELETE", &path, Json::Null);
    assert_eq!(world.refused("GET", &path, Json::Null), "404 Invalid Authorizer identifier specified");
}
