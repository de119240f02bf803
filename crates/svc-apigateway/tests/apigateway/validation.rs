//! Models and request validators.

use crate::world::{World, text};
use serde_json::{Value as Json, json};

const ORDER: &str =
    r#"{"type":"object","required":["sku"],"properties":{"sku":{"type":"string"},"n":{"type":"integer"}}}"#;

/// A method whose parameters and body are checked.
fn validated() -> (World, String) {
    let world = World::new();
    let model = json!({ "name": "Order", "contentType": "application/json", "schema": ORDER });
    world.ok("POST", &world.at("/models"), model);
    let validator = json!({ "name": "all", "validateRequestBody": true, "validateRequestParameters": true });
    let validator = text(&world.ok("POST", &world.at("/requestvalidators"), validator)["id"]);
    let method = json!({ "authorizationType": "NONE", "requestValidatorId": validator,
        "requestModels": { "application/json": "Order" },
        "requestParameters": { "method.request.querystring.q": true, "method.request.header.X-A": true, "method.request.querystring.r": false } });
    world.proxy("/orders", "POST", method);
    world.deploy();
    (world, validator)
}

#[test]
fn a_validator_checks_parameters_and_body() {
    let (world, _) = validated();
    let call = |path: &str, headers: &[(&str, &str)], body: &str| world.call("POST", path, headers, body);
    let good = [("x-a", "1")];
    assert_eq!(call("/orders?q=1", &good, r#"{"sku":"a","n":1}"#).status, 200);
    let missing = call("/orders", &[], "{}");
    assert_eq!(missing.line(), r#"400 {"message":"Missing required request parameters: [X-A, q]"}"#);
    assert_eq!(missing.header("x-amzn-errortype"), Some("BadRequestException"));
    for body in ["{}", r#"{"sku":1}"#, "", "not json", "[]"] {
        let refused = call("/orders?q=1", &good, body);
        assert_eq!(refused.line(), r#"400 {"message":"Invalid request body"}"#, "{body}");
    }
    let reason = call("/orders?q=1", &good, "{}").reason;
    assert_eq!(
        reason.as_deref(),
        Some(
            r#"the body does not fit the method's model: [object has missing required properties (["sku"])]"#
        )
    );
    let other = [("x-a", "1"), ("content-type", "text/plain")];
    assert_eq!(call("/orders?q=1", &other, "anything").status, 200, "no model is for this type");
}

#[test]
fn a_change_of_a_validator_acts_when_it_is_deployed() {
    let (world, validator) = validated();
    world.patch(
        &world.at(&format!("/requestvalidators/{validator}")),
        "replace",
        "/validateRequestBody",
        "false",
    );
    let call = || world.call("POST", "/orders?q=1", &[("x-a", "1")], "x").status;
    assert_eq!(call(), 400);
    world.deploy();
    assert_eq!(call(), 200);
}

#[test]
fn models_and_validators_come_and_go() {
    let (world, validator) = validated();
    let names = |what: &str, name: &str| {
        let all = world.ok("GET", &world.at(what), Json::Null);
        all["item"].as_array().unwrap().iter().map(|item| text(&item[name])).collect::<Vec<_>>()
    };
    assert_eq!(names("/models", "name"), ["Empty", "Error", "Order"]);
    assert_eq!(names("/requestvalidators", "id"), std::slice::from_ref(&validator));
    let made = |model: Json| world.refused("POST", &world.at("/models"), model);
    let order = json!({ "name": "Order", "contentType": "application/json" });
    assert_eq!(made(order), "409 Model name already exists for this REST API");
    assert_eq!(
        made(json!({ "name": "a-b", "contentType": "x" })),
        "400 Model name must be alphanumeric: a-b"
    );
    let broken = json!({ "name": "B", "contentType": "application/json", "schema": "{" });
    assert!(made(broken).starts_with("400 Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified."));
    assert_eq!(
        world.refused("DELETE", &world.at("/models/Order"), Json::Null),
        "409 Cannot delete model 'Order', is referenced in method request"
    );
    assert_eq!(
        world.refused("GET", &world.at("/models/None"), Json::Null),
        "404 Invalid Model Name specified"
    );
    world.patch(&world.at("/models/Order"), "replace", "/description", "an order");
    assert_eq!(world.ok("GET", &world.at("/models/Order"), Json::Null)["description"], json!("an order"));
    world.ok("DELETE", &world.at("/models/Error"), Json::Null);
    world.ok("DELETE", &world.at(&format!("/requestvalidators/{validator}")), Json::Null);
    let gone = world.refused("GET", &world.at(&format!("/requestvalidators/{validator}")), Json::Null);
    assert_eq!(gone, "404 Invalid Request Validator identifier specified");
    let method = json!({ "authorizationType": "NONE", "requestModels": { "application/json": "Absent" } });
    let place = world.at(&format!("/resources/{}/methods/GET", world.root));
    assert_eq!(world.refused("PUT", &place, method), "400 Invalid model identifier specified: Absent");
}
