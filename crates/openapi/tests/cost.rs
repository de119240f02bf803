//! What a document may cost to read, and what of it must not be misunderstood.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

use openapi::{Authorization, Document, Flavour, Malformed, Read};
use serde_json::{Value as Json, json};

fn read(document: &Json) -> Result<Read, Malformed> {
    Document::parse(document.to_string().as_bytes()).unwrap().read(Flavour::Rest)
}

/// A document with so many paths, each with this method.
fn paths(number: usize, item: &Json) -> Json {
    (0..number).map(|n| (format!("/p{n}"), item.clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn what_stands_once_is_not_read_again_without_bound() {
    let long = "x".repeat(1 << 20);
    let by_reference = json!({ "get": { "responses": { "200": { "$ref": "#/responses/big" } } } });
    let templates = json!({ "application/json": long });
    let integration = json!({ "type": "MOCK", "requestTemplates": templates });
    let shared_item = json!({ "get": { "x-amazon-apigateway-integration": integration, "responses": {} } });
    let plain = json!({ "get": { "responses": {} } });
    let many: Vec<String> = (0..50_000).map(|n| format!("a/{n}")).collect();
    for (name, parts, item) in [
        ("a response", json!({ "big": { "schema": { "title": long } } }), &by_reference),
        ("a path", shared_item, &json!({ "$ref": "#/responses" })),
        ("a validator", json!({}), &plain),
        ("types", json!({}), &plain),
    ] {
        let mut document =
            json!({ "swagger": "2.0", "info": {}, "responses": parts, "paths": paths(500, item) });
        match name {
            "a validator" => document["x-amazon-apigateway-request-validator"] = json!(long),
            "types" => document["produces"] = json!(many),
            _ => {}
        }
        assert_eq!(read(&document), Err(Malformed::TooMuch), "{name}");
        document["paths"] = paths(5, item);
        assert!(read(&document).is_ok(), "{name}");
    }
}

#[test]
fn each_of_many_schemas_is_read_once() {
    // Were the names of all others gathered for each, this would take minutes.
    let method = |n: usize| {
        let schema = json!({ "title": n.to_string() });
        json!({ "get": { "responses": { "200": { "schema": schema } } } })
    };
    let all: serde_json::Map<_, _> = (0..20_000).map(|n| (format!("/p{n}"), method(n))).collect();
    let found = read(&json!({ "swagger": "2.0", "info": {}, "paths": all })).unwrap();
    assert_eq!(found.definition.models.len(), 20_000);
}

fn authorization(root: Json, method: Json) -> Result<Authorization, Malformed> {
    let mut document = json!({
        "openapi": "3.0.1",
        "info": {},
        "components": { "securitySchemes": {
            "sigv4": { "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4" },
        } },
        "paths": { "/a": { "get": { "responses": {} } } },
    });
    for (place, said) in [("", root), ("/paths/~1a/get", method)] {
        let at = document.pointer_mut(place).unwrap().as_object_mut().unwrap();
        at.extend(said.as_object().unwrap().clone());
    }
    read(&document).map(|read| read.definition.paths["/a"]["GET"].authorization.clone())
}

#[test]
fn no_method_is_open_by_a_slip() {
    let signed = json!({ "security": [{ "sigv4": [] }] });
    let open = json!({ "x-amazon-apigateway-auth": { "type": "NONE" } });
    let malformed = Err(Malformed::Part("security of path /a".to_owned()));
    for (root, method, expected) in [
        (json!({}), signed.clone(), Ok(Authorization::Iam)),
        (signed.clone(), json!({}), Ok(Authorization::Iam)),
        (signed.clone(), json!({ "security": [] }), Ok(Authorization::None)),
        (signed.clone(), json!({ "security": null }), Ok(Authorization::Iam)),
        (signed.clone(), open.clone(), Ok(Authorization::None)),
        // What is said for all does not open what a method closes.
        (open.clone(), signed.clone(), Ok(Authorization::Iam)),
        (open, json!({}), Ok(Authorization::None)),
        (json!({}), json!({ "security": { "sigv4": [] } }), malformed.clone()),
        (json!({}), json!({ "security": ["sigv4"] }), malformed.clone()),
        (json!({}), json!({ "x-amazon-apigateway-auth": { "type": "IAM" } }), malformed.clone()),
    ] {
        assert_eq!(authorization(root.clone(), method.clone()), expected, "{root} {method}");
    }
}

#[test]
fn an_integration_of_a_rest_api_is_its_own() {
    let integration = json!({ "type": "MOCK" });
    let reference = json!({ "$ref": "#/components/x-amazon-apigateway-integrations/a" });
    let document = json!({
        "openapi": "3.0.1",
        "info": {},
        "components": { "x-amazon-apigateway-integrations": { "a": integration } },
        "paths": { "/a": { "get": { "responses": {}, "x-amazon-apigateway-integration": reference } } },
    });
    assert_eq!(read(&document), Err(Malformed::Integration("/a".to_owned())));
}
