//! Refusals in the words of an API's owner.

use crate::world::{World, open};
use serde_json::{Value as Json, json};

#[test]
fn refusals_are_worded_by_the_owner() {
    let world = World::new();
    world.proxy("/orders", "GET", open());
    let worded = json!({ "statusCode": "404",
        "responseParameters": { "gatewayresponse.header.X-Id": "context.requestId", "gatewayresponse.header.X-Fixed": "'yes'",
            "gatewayresponse.header.X-Asked": "method.request.header.x-a" },
        "responseTemplates": { "application/json": "{\"sorry\":$context.error.messageString,\"path\":\"$context.path\",\"kind\":\"$context.error.responseType\"}" } });
    world.ok("PUT", &world.at("/gatewayresponses/MISSING_AUTHENTICATION_TOKEN"), worded);
    world.deploy();
    let answered = world.call("GET", "/nothing", &[("X-A", "a")], "");
    assert_eq!(
        answered.line(),
        r#"404 {"sorry":"Missing Authentication Token","path":"/v1/nothing","kind":"MISSING_AUTHENTICATION_TOKEN"}"#
    );
    assert_eq!(answered.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));
    let headers = ["x-id", "x-fixed", "x-asked"].map(|name| answered.header(name));
    assert_eq!(headers, [Some("r-1"), Some("yes"), Some("a")]);
    assert_eq!(world.call("GET", "/orders", &[], "").status, 200, "answers are not worded");
}

#[test]
fn a_default_words_what_has_no_words_of_its_own() {
    let world = World::new();
    let place = world.method("/", "GET", open());
    world.ok(
        "PUT",
        &format!("{place}/integration"),
        json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "https://outside.example/" }),
    );
    let cors =
        json!({ "responseParameters": { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" } });
    world.ok("PUT", &world.at("/gatewayresponses/DEFAULT_5XX"), cors);
    world.deploy();
    let answered = world.call("GET", "/", &[], "");
    assert_eq!(answered.line(), r#"504 {"message":"Network error communicating with endpoint"}"#);
    assert_eq!(answered.header("access-control-allow-origin"), Some("*"));
    assert_eq!(world.call("GET", "/x", &[], "").header("access-control-allow-origin"), None, "that is a 4XX");
}

#[test]
fn gateway_responses_are_shown_with_those_that_nobody_worded() {
    let world = World::new();
    let all = world.ok("GET", &world.at("/gatewayresponses"), Json::Null);
    assert_eq!(all["item"].as_array().unwrap().len(), 21);
    let path = world.at("/gatewayresponses/THROTTLED");
    let shown = world.ok("GET", &path, Json::Null);
    assert_eq!((&shown["defaultResponse"], &shown["statusCode"]), (&json!(true), &json!("429")));
    let changed = world.patch(&path, "replace", "/statusCode", "503");
    assert_eq!((&changed["defaultResponse"], &changed["statusCode"]), (&json!(false), &json!("503")));
    assert_eq!(
        changed["responseTemplates"],
        json!({ "application/json": "{\"message\":$context.error.messageString}" })
    );
    world.ok("DELETE", &path, Json::Null);
    assert_eq!(world.refused("DELETE", &path, Json::Null), "404 GatewayResponse not found");
    let bad = json!({ "responseParameters": { "x": "'y'" } });
    assert_eq!(
        world.refused("PUT", &path, bad),
        "400 Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: x]"
    );
    let bad = json!({ "statusCode": "7" });
    assert_eq!(
        world.refused("PUT", &path, bad),
        "400 1 validation error detected: Value '7' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d"
    );
}
