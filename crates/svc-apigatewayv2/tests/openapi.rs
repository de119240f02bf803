//! HTTP APIs as OpenAPI documents: what is imported is exported the same, and the other way round.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must fail the test")]

mod support;

use openapi::testing::http_definition;
use openapi::{Definition, Document, Extensions, Flavour, Format, Place, document, yaml};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{FUNCTION, World, text};

fn export(world: &World, api: &str, query: &str) -> String {
    let got = world.call("GET", &format!("/apis/{api}/exports/OAS30?{query}"), Json::Null);
    assert_eq!(got.status, 200, "{got:?}");
    got.body.replace(api, "API")
}

fn import(world: &World, body: &str) -> String {
    let made = world.ok("PUT", "/apis", json!({ "body": body }));
    assert_eq!(made.get("warnings"), None, "{made}\n{body}");
    text(&made["apiId"])
}

/// The same with every method's integration in its own place.
fn inlined(definition: &Definition) -> Definition {
    let mut inlined = Definition { base_path: None, integrations: Default::default(), ..definition.clone() };
    for method in inlined.paths.values_mut().flat_map(|methods| methods.values_mut()) {
        if let Some(name) = method.shared_integration.take() {
            method.integration = definition.integrations.get(&name).cloned();
        }
    }
    inlined
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_a_document_says_comes_back(definition in http_definition()) {
        let world = World::new();
        let place = Place { host: "x.execute-api.us-east-1.amazonaws.com".to_owned(), base_path: String::new() };
        let said = document(&definition, Flavour::Http, Format::OpenApi, Extensions::ALL, &place);
        let first = import(&world, &yaml(&said));
        let exported = export(&world, &first, "outputType=JSON");
        let read = Document::parse(exported.as_bytes()).unwrap().read(Flavour::Http).unwrap();
        prop_assert_eq!(inlined(&read.definition), inlined(&definition));
        let second = import(&world, &exported);
        prop_assert_eq!(&export(&world, &second, "outputType=JSON"), &exported);
        world.ok("PUT", &format!("/apis/{first}"), json!({ "body": exported }));
        prop_assert_eq!(&export(&world, &first, "outputType=JSON"), &exported);
        prop_assert_eq!(
            export(&world, &first, "outputType=YAML"),
            yaml(&serde_json::from_str(&exported).unwrap())
        );
    }
}

fn body(paths: Json) -> String {
    json!({ "openapi": "3.0.1", "info": { "title": "t", "version": "1" }, "paths": paths }).to_string()
}

#[test]
fn an_imported_api_answers_and_follows_its_document() {
    let world = World::new();
    let proxy = json!({ "responses": {}, "x-amazon-apigateway-integration": {
        "type": "aws_proxy", "httpMethod": "POST", "uri": FUNCTION, "payloadFormatVersion": "2.0" } });
    let api = import(&world, &body(json!({ "/pets/{pet}": { "get": proxy } })));
    world.ok("POST", &format!("/apis/{api}/stages"), json!({ "stageName": "$default", "autoDeploy": true }));
    assert_eq!(world.get(&api, "/pets/1", &[]).status, 200);
    assert_eq!(world.get(&api, "/else", &[]).status, 404);
    let changed = world.ok(
        "PUT",
        &format!("/apis/{api}"),
        json!({
        "body": body(json!({ "/$default": { "x-amazon-apigateway-any-method": proxy } })) }),
    );
    assert_eq!((&changed["name"], text(&changed["apiId"])), (&json!("t"), api.clone()));
    assert_eq!(world.get(&api, "/else", &[]).status, 200);
    let routes = world.ok("GET", &format!("/apis/{api}/routes"), Json::Null);
    assert_eq!(routes["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        world.ok("GET", &format!("/apis/{api}/integrations"), Json::Null)["items"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn wrong_documents_are_refused_and_leave_nothing() {
    let world = World::new();
    let refused = |input: Json| world.refused("PUT", "/apis", input);
    for text in ["", "[]", "a: [", "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\"},\"paths\":{}}"] {
        assert_eq!(
            refused(json!({ "body": text })),
            "400 BadRequestException: Invalid OpenAPI input.",
            "{text}"
        );
    }
    let method =
        |integration: Json| json!({ "/a": { "get": { "x-amazon-apigateway-integration": integration } } });
    assert_eq!(
        refused(json!({ "body": body(method(json!("x"))) })),
        "400 BadRequestException: Unable to parse API definition because of a malformed integration at path /a."
    );
    assert_eq!(
        refused(
            json!({ "body": body(method(json!({ "type": "http_proxy", "httpMethod": "GET", "uri": "x", "payloadFormatVersion": "1.0" }))) })
        ),
        "400 BadRequestException: Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI"
    );
    let conflicting =
        json!({ "/a/{b}": { "get": { "responses": {} } }, "/a/{c}": { "get": { "responses": {} } } });
    assert!(refused(json!({ "body": body(conflicting) })).contains("Unable to create route 'GET /a/{c}'"));
    let warned = body(json!({ "/a": { "get": { "security": [{ "unknown": [] }] } } }));
    let got = world.call("PUT", "/apis?failOnWarnings=true", json!({ "body": warned }));
    assert_eq!(got.status, 400, "{got:?}");
    assert!(got.body.contains("Security scheme 'unknown' is not known"));
    assert_eq!(world.ok("GET", "/apis", Json::Null)["items"].as_array().unwrap().len(), 0);
    let made = world.ok("PUT", "/apis", json!({ "body": warned }));
    assert_eq!(made["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn a_stage_is_exported_as_it_was_deployed() {
    let world = World::new();
    let api = world.quick_api();
    world.ok("POST", &format!("/apis/{api}/stages"), json!({ "stageName": "v1" }));
    let deployment = world.ok("POST", &format!("/apis/{api}/deployments"), json!({ "stageName": "v1" }));
    assert!(deployment["deploymentId"].is_string());
    world.ok("POST", &format!("/apis/{api}/routes"), json!({ "routeKey": "GET /later" }));
    let now = export(&world, &api, "outputType=JSON");
    let then = export(&world, &api, "outputType=JSON&stageName=v1");
    assert!(now.contains("/later") && !then.contains("/later"));
    assert!(then.contains("\"default\": \"/v1\""));
    assert!(!export(&world, &api, "outputType=JSON&includeExtensions=false").contains("-integration"));
    let path = format!("/apis/{api}/exports/OAS31?outputType=JSON");
    assert!(world.refused("GET", &path, Json::Null).contains("BadRequestException"));
}
