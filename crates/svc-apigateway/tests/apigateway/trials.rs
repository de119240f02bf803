//! TestInvokeMethod and TestInvokeAuthorizer.

use crate::world::{AUTHORIZER, World, text, uri};
use serde_json::json;

#[test]
fn a_method_is_tried_before_it_is_deployed() {
    let world = World::new();
    let mock = json!({ "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" } });
    let response = json!({ "responseTemplates": { "application/json": "$input.params('id') $stageVariables.v $input.params('q')" },
        "responseParameters": { "method.response.header.X-A": "'a'" } });
    let method = json!({ "authorizationType": "AWS_IAM", "apiKeyRequired": true });
    let place = world.integrated("/orders/{id}", "GET", method, mock, response);
    let tried = world.ok(
        "POST",
        &place,
        json!({ "pathWithQueryString": "/orders/7?q=x", "stageVariables": { "v": "blue" } }),
    );
    assert_eq!(
        (&tried["status"], &tried["body"], &tried["headers"]["X-A"]),
        (&json!(200), &json!("7 blue x"), &json!("a"))
    );
    assert!(text(&tried["log"]).contains("Method completed with status: 200"));
    world.ok("DELETE", &format!("{place}/integration"), json!(null));
    assert_eq!(world.refused("POST", &place, json!({})), "404 No integration defined for method");
}

#[test]
fn an_authorizer_is_tried() {
    let world = World::new();
    let wanted = json!({ "name": "who", "type": "TOKEN", "authorizerUri": uri(AUTHORIZER), "identitySource": "method.request.header.Auth" });
    let id = text(&world.ok("POST", &world.at("/authorizers"), wanted)["id"]);
    let path = world.at(&format!("/authorizers/{id}"));
    world.answers(AUTHORIZER, super::authorizers::allowing("Allow", "*"), false);
    let tried = world.ok("POST", &path, json!({ "headers": { "Auth": "t" } }));
    assert_eq!((&tried["clientStatus"], &tried["principalId"]), (&json!(0), &json!("ann")));
    assert!(text(&tried["policy"]).contains("execute-api:Invoke"));
    assert_eq!(world.ok("POST", &path, json!({}))["clientStatus"], json!(401));
}
