//! Who gets past authorizers: the bearers of tokens, and those whom a function knows.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value as Json, json};
use support::{AUTHORIZER, FUNCTION, Got, NOW, World, text};

/// A key for tests only.
const KEY: &[u8] = include_bytes!("support/test_key.der");
const ISSUER: &str = "https://issuer.example/realm";

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key() -> KeyPair {
    KeyPair::from_der(KEY).unwrap()
}

/// What the issuer publishes.
fn publish(world: &World) {
    let public = key();
    let components = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(public.public_key());
    let jwk = json!({ "kty": "RSA", "kid": "k", "alg": "RS256", "n": encode(&components.n), "e": encode(&components.e) });
    let mut pages = world.behind.pages.lock().unwrap();
    let keys = "https://issuer.example/keys";
    pages.insert(
        format!("{ISSUER}/.well-known/openid-configuration"),
        json!({ "issuer": ISSUER, "jwks_uri": keys }),
    );
    pages.insert(keys.to_owned(), json!({ "keys": [jwk] }));
}

fn token(claims: &Json) -> String {
    let header = json!({ "alg": "RS256", "kid": "k" }).to_string();
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", encode(&signature))
}

fn claims() -> Json {
    let now = NOW.secs();
    json!({ "iss": ISSUER, "aud": ["other", "app"], "sub": "me", "exp": now + 60, "iat": now - 1, "scope": "read write" })
}

/// An API with an authorizer before its one route, and the authorizer's id.
fn guarded(world: &World, authorizer: Json, route: Json) -> String {
    let api = world.api(&[], "2.0");
    let integration =
        json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION, "payloadFormatVersion": "2.0" });
    let made = world.ok("POST", &format!("/apis/{api}/integrations"), integration);
    let id = text(&world.ok("POST", &format!("/apis/{api}/authorizers"), authorizer)["authorizerId"]);
    let mut all = json!({ "routeKey": "GET /a", "target": format!("integrations/{}", text(&made["integrationId"])), "authorizerId": id });
    for (name, value) in route.as_object().unwrap() {
        all[name] = value.clone();
    }
    world.route(&api, all);
    api
}

fn jwt_api(world: &World, scopes: &[&str]) -> String {
    let authorizer = json!({
        "name": "jwt", "authorizerType": "JWT", "identitySource": ["$request.header.Authorization"],
        "jwtConfiguration": { "issuer": ISSUER, "audience": ["app"] },
    });
    let mut route = json!({ "authorizationType": "JWT" });
    if !scopes.is_empty() {
        route["authorizationScopes"] = json!(scopes);
    }
    guarded(world, authorizer, route)
}

fn bearer(world: &World, api: &str, token: &str) -> Got {
    world.get(api, "/a", &[("authorization", &format!("Bearer {token}"))])
}

#[test]
fn a_token_of_the_issuer_opens_the_route() {
    let world = World::new();
    publish(&world);
    let api = jwt_api(&world, &[]);
    let got = bearer(&world, &api, &token(&claims()));
    assert_eq!(got.status, 200, "{got:?}");
    let jwt = &got.json()["requestContext"]["authorizer"]["jwt"];
    assert_eq!(
        (&jwt["claims"]["sub"], &jwt["claims"]["aud"], &jwt["scopes"]),
        (&json!("me"), &json!("[other app]"), &Json::Null)
    );
}

#[test]
fn other_tokens_do_not() {
    let world = World::new();
    publish(&world);
    let api = jwt_api(&world, &[]);
    let check = |got: Got, reason: &str| {
        assert_eq!((got.status, got.json()), (401, json!({ "message": "Unauthorized" })), "{reason}");
        assert!(got.header("www-authenticate").unwrap().starts_with("Bearer"), "{got:?}");
        assert_eq!(got.reason.unwrap(), reason);
    };
    check(world.get(&api, "/a", &[]), "the request has no token");
    check(bearer(&world, &api, "nonsense"), "the token is no JSON web token");
    let changed = |name: &str, value: Json| {
        let mut claims = claims();
        claims[name] = value;
        token(&claims)
    };
    let now = NOW.secs();
    check(bearer(&world, &api, &changed("iss", json!("https://other.example"))), "invalid issuer");
    check(bearer(&world, &api, &changed("aud", json!("other"))), "the token does not have a valid audience");
    check(bearer(&world, &api, &changed("exp", json!(now))), "the token has expired");
    check(bearer(&world, &api, &changed("nbf", json!(now + 9))), "the token is not valid yet");
    let good = token(&claims());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = head.split_once('.').unwrap();
    let mut other = claims();
    other["sub"] = json!("somebody else");
    check(
        bearer(&world, &api, &format!("{header}.{}.{signature}", encode(other.to_string().as_bytes()))),
        "signature is invalid",
    );
    let none = encode(br#"{"alg":"none"}"#);
    check(
        bearer(&world, &api, &format!("{none}.{}.", encode(claims().to_string().as_bytes()))),
        "the algorithm none is not supported",
    );
    assert!(world.behind.invoked.lock().unwrap().is_empty());
}

#[test]
fn one_scope_of_the_route_is_enough() {
    let world = World::new();
    publish(&world);
    let api = jwt_api(&world, &["write", "admin"]);
    let got = bearer(&world, &api, &token(&claims()));
    assert_eq!(got.json()["requestContext"]["authorizer"]["jwt"]["scopes"], json!(["read", "write"]));
    let mut claims = claims();
    claims["scope"] = json!("read");
    let got = bearer(&world, &api, &token(&claims));
    assert_eq!((got.status, got.json()), (403, json!({ "message": "Forbidden" })));
    assert!(got.header("www-authenticate").unwrap().contains("insufficient_scope"));
}

fn function_api(world: &World, settings: Json) -> String {
    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{AUTHORIZER}/invocations");
    let mut authorizer = json!({
        "name": "f", "authorizerType": "REQUEST", "identitySource": ["$request.header.X-Key"], "authorizerUri": uri,
        "authorizerPayloadFormatVersion": "2.0",
    });
    for (name, value) in settings.as_object().unwrap() {
        authorizer[name] = value.clone();
    }
    guarded(world, authorizer, json!({ "authorizationType": "CUSTOM" }))
}

fn says(world: &World, answer: Json) {
    world.behind.answers.lock().unwrap().insert(AUTHORIZER.to_owned(), Ok(answer));
}

fn asked(world: &World) -> usize {
    world.behind.invoked.lock().unwrap().iter().filter(|(function, ..)| function == AUTHORIZER).count()
}

#[test]
fn a_function_says_yes_or_no() {
    let world = World::new();
    let api =
        function_api(&world, json!({ "enableSimpleResponses": true, "authorizerResultTtlInSeconds": 0 }));
    let got = world.get(&api, "/a", &[]);
    assert_eq!(
        (got.status, got.json(), asked(&world)),
        (401, json!({ "message": "Unauthorized" }), 0),
        "nothing identifies"
    );
    says(&world, json!({ "isAuthorized": true, "context": { "team": "blue", "n": 7 } }));
    let got = world.get(&api, "/a", &[("x-key", "k")]);
    assert_eq!(got.json()["requestContext"]["authorizer"]["lambda"], json!({ "team": "blue", "n": 7 }));
    {
        let invoked = world.behind.invoked.lock().unwrap();
        let (_, source, event) = &invoked[0];
        assert!(
            source.starts_with(&format!("arn:aws:execute-api:us-east-1:000000000000:{api}/authorizers/")),
            "{source}"
        );
        let names: Vec<&String> = event.as_object().unwrap().keys().collect();
        expect_test::expect![[r#"["headers", "identitySource", "rawPath", "rawQueryString", "requestContext", "routeArn", "routeKey", "type", "version"]"#]]
            .assert_eq(&format!("{names:?}"));
        assert_eq!(
            event["routeArn"],
            json!(format!("arn:aws:execute-api:us-east-1:000000000000:{api}/$default/GET/a"))
        );
        assert_eq!((&event["identitySource"], &event["type"]), (&json!(["k"]), &json!("REQUEST")));
    }
    says(&world, json!({ "isAuthorized": false }));
    assert_eq!(world.get(&api, "/a", &[("x-key", "k")]).json(), json!({ "message": "Forbidden" }));
    says(&world, json!({ "errorMessage": "Unauthorized" }));
    assert_eq!(world.get(&api, "/a", &[("x-key", "k")]).status, 401);
    says(&world, json!({ "errorMessage": "other" }));
    assert_eq!(world.get(&api, "/a", &[("x-key", "k")]).status, 500);
}

#[test]
fn an_answer_is_kept_for_its_time() {
    let world = World::new();
    let api =
        function_api(&world, json!({ "enableSimpleResponses": true, "authorizerResultTtlInSeconds": 60 }));
    says(&world, json!({ "isAuthorized": true }));
    let get = |key: &str| world.get(&api, "/a", &[("x-key", key)]).status;
    assert_eq!((get("k"), get("k"), asked(&world)), (200, 200, 1));
    says(&world, json!({ "isAuthorized": false }));
    assert_eq!((get("other"), asked(&world)), (403, 2), "another caller is asked about");
    assert_eq!((get("k"), asked(&world)), (200, 2));
    world.ok("DELETE", &format!("/apis/{api}/stages/$default/cache/authorizers"), json!(null));
    assert_eq!((get("k"), asked(&world)), (403, 3));
    world.clock.advance_ms(60_000);
    says(&world, json!({ "isAuthorized": true }));
    assert_eq!((get("k"), asked(&world)), (200, 4));
}

#[test]
fn a_policy_of_the_function_is_asked() {
    let world = World::new();
    let api = function_api(&world, json!({ "authorizerPayloadFormatVersion": "1.0" }));
    let policy = |effect: &str, path: &str| {
        let resource = format!("arn:aws:execute-api:us-east-1:000000000000:{api}/{path}");
        let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource });
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
        json!({ "principalId": "me", "policyDocument": document, "context": { "team": "blue" } })
    };
    let get = |key: &str| world.get(&api, "/a", &[("x-key", key)]);
    says(&world, policy("Allow", "$default/GET/*"));
    assert_eq!(get("1").json()["requestContext"]["authorizer"]["lambda"], json!({ "team": "blue" }));
    says(&world, policy("Allow", "$default/GET/other"));
    assert_eq!(get("2").status, 403);
    says(&world, policy("Deny", "*"));
    assert_eq!(get("3").status, 403);
    let mut here = policy("Allow", "*");
    let deny = json!({ "Action": "*", "Effect": "Deny", "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": "127.0.0.0/8" } } });
    here["policyDocument"]["Statement"].as_array_mut().unwrap().push(deny);
    says(&world, here);
    assert_eq!(get("4").status, 403, "the policy knows where the caller is");
    let invoked = world.behind.invoked.lock().unwrap();
    let event = &invoked[0].2;
    assert_eq!(
        (&event["methodArn"], &event["authorizationToken"]),
        (&json!(format!("arn:aws:execute-api:us-east-1:000000000000:{api}/$default/GET/a")), &json!("1"))
    );
}
