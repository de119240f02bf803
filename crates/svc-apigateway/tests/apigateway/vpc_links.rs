//! VPC links and the integrations that go over them.

use crate::world::{World, open, text};
use serde_json::{Value as Json, json};
use svc_apigateway::needs::BalancerStatus;

const BALANCER: &str =
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/inside/0123456789abcdef";

fn link(world: &World) -> String {
    world.behind.balancers.lock().unwrap().insert(BALANCER.to_owned(), BalancerStatus::Active);
    text(&world.ok("POST", "/vpclinks", json!({ "name": "l", "targetArns": [BALANCER] }))["id"])
}

fn over(kind: &str, link: &str, path: &str) -> Json {
    json!({
        "type": kind, "httpMethod": "GET", "uri": format!("http://inside.example:8080{path}"),
        "connectionType": "VPC_LINK", "connectionId": link,
    })
}

#[test]
fn a_link_is_as_its_load_balancer_is() {
    let world = World::new();
    let made = world.ok(
        "POST",
        "/vpclinks",
        json!({ "name": "l", "description": "d", "targetArns": [BALANCER], "tags": { "a": "b" } }),
    );
    let id = text(&made["id"]);
    assert_eq!(
        made,
        json!({ "id": id, "name": "l", "description": "d", "targetArns": [BALANCER], "status": "PENDING", "tags": { "a": "b" } })
    );
    let at = format!("/vpclinks/{id}");
    let status = || text(&world.ok("GET", &at, Json::Null)["status"]);
    assert_eq!(status(), "FAILED");
    for (balancer, shown) in [
        (BalancerStatus::Provisioning, "PENDING"),
        (BalancerStatus::Active, "AVAILABLE"),
        (BalancerStatus::Failed("no address".to_owned()), "FAILED"),
    ] {
        world.behind.balancers.lock().unwrap().insert(BALANCER.to_owned(), balancer);
        assert_eq!(status(), shown);
    }
    let failed = world.ok("GET", "/vpclinks", Json::Null);
    assert!(failed["item"][0]["statusMessage"].as_str().unwrap().ends_with(": no address"), "{failed}");
    assert_eq!(world.patch(&at, "replace", "/name", "other")["name"], json!("other"));
    let targets = json!({ "patchOperations": [{ "op": "add", "path": "/targetArns", "value": "x" }] });
    assert_eq!(world.refused("PATCH", &at, targets), "400 Target arns are not allowed to be changed/added.");
    world.ok("DELETE", &at, Json::Null);
    assert_eq!(world.refused("GET", &at, Json::Null), "404 Invalid Vpc Link identifier specified");
}

#[test]
fn a_link_has_one_network_load_balancer() {
    let world = World::new();
    let refused =
        |targets: &[&str]| world.refused("POST", "/vpclinks", json!({ "name": "l", "targetArns": targets }));
    assert_eq!(refused(&[BALANCER, BALANCER]), "400 More than one target arn specified for vpc link.");
    let application = BALANCER.replace("/net/", "/app/");
    let elsewhere = BALANCER.replace("us-east-1", "eu-west-1");
    for target in ["x", application.as_str(), elsewhere.as_str()] {
        assert_eq!(refused(&[target]), "400 Invalid ARN specified in the request");
    }
}

#[test]
fn requests_go_over_the_link() {
    let world = World::new();
    let id = link(&world);
    let place = world.method(
        "/things/{id}",
        "GET",
        json!({
        "authorizationType": "NONE", "requestParameters": { "method.request.path.id": true } }),
    );
    let mut integration = over("HTTP_PROXY", "${stageVariables.link}", "/x/{id}");
    integration["requestParameters"] = json!({ "integration.request.path.id": "method.request.path.id" });
    let shown = world.ok("PUT", &format!("{place}/integration"), integration);
    assert_eq!(
        (&shown["connectionType"], &shown["connectionId"]),
        (&json!("VPC_LINK"), &json!("${stageVariables.link}"))
    );
    world.integrated("/closed", "GET", open(), over("HTTP", &id, "/closed"), json!({}));
    world.deploy();
    world.patch(&world.at("/stages/v1"), "replace", "/variables/link", &id);
    assert_eq!(world.call("GET", "/things/7", &[], "").line(), "200 over the link");
    let crossed = world.behind.crossed.lock().unwrap();
    let (over, request) = &crossed[0];
    assert_eq!((over.balancer.as_str(), over.origin.as_str()), (BALANCER, "http://inside.example:8080"));
    assert_eq!((request.path.as_str(), request.header("host")), ("/x/7", Some("inside.example:8080")));
    drop(crossed);
    let closed = world.call("GET", "/closed", &[], "");
    assert_eq!(closed.line(), r#"504 {"message":"Network error communicating with endpoint"}"#);
    assert!(closed.reason.unwrap().ends_with("a security group is in the way"));
    // A variable that names no link.
    world.patch(&world.at("/stages/v1"), "replace", "/variables/link", "none");
    let lost = world.call("GET", "/things/7", &[], "");
    assert_eq!((lost.status, lost.reason.as_deref()), (500, Some("there is no VPC link `none`")));
}

#[test]
fn a_link_that_a_stage_uses_stays() {
    let world = World::new();
    let id = link(&world);
    let place = world.integrated("/", "GET", open(), over("HTTP_PROXY", &id, "/"), json!({}));
    world.deploy();
    let at = format!("/vpclinks/{id}");
    let refused = world.refused("DELETE", &at, Json::Null);
    assert_eq!(
        refused,
        format!(
            "400 Cannot delete vpc link. Vpc link '{id}', is referenced in [{}:GET:{}:v1] in format of [RESTApiId:Method:Resource:Stage].",
            world.api, world.root
        )
    );
    let integration = format!("{place}/integration");
    world.patch(&integration, "replace", "/connectionType", "INTERNET");
    assert_eq!(world.ok("GET", &integration, Json::Null).get("connectionId"), None);
    world.deploy();
    world.ok("DELETE", &at, Json::Null);
}

#[test]
fn links_are_for_servers() {
    let world = World::new();
    let id = link(&world);
    let place = format!("{}/integration", world.method("/", "GET", open()));
    let mut mock = over("MOCK", &id, "/");
    assert!(world.refused("PUT", &place, mock.clone()).starts_with("400 Invalid connection type."));
    mock["type"] = json!("HTTP");
    mock["connectionId"] = json!("none00");
    assert_eq!(world.refused("PUT", &place, mock.clone()), "404 Invalid Vpc Link identifier specified");
    mock["connectionId"] = Json::Null;
    assert!(world.refused("PUT", &place, mock.clone()).starts_with("400 Connection ID must be specified"));
    // Nobody takes a way over the internet for one over a link.
    mock["connectionType"] = Json::Null;
    world.ok("PUT", &place, mock.clone());
    let on_link = json!({ "op": "replace", "path": "/connectionType", "value": "VPC_LINK" });
    let on_link = world.refused("PATCH", &place, json!({ "patchOperations": [on_link] }));
    assert!(on_link.starts_with("400 Connection ID must be specified"), "{on_link}");
    mock["connectionId"] = json!(id);
    assert!(world.refused("PUT", &place, mock).starts_with("400 Connection ID may be specified"));
}
