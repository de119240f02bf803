//! VPC links of HTTP APIs, and the integrations that go over them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must fail the test")]

mod support;

use serde_json::{Value as Json, json};
use support::{World, text};

const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/inside/0123456789abcdef/fedcba9876543210";

fn made(world: &World, subnets: &[&str]) -> String {
    let wanted = json!({ "name": "l", "subnetIds": subnets, "securityGroupIds": ["sg-1"] });
    text(&world.ok("POST", "/vpclinks", wanted)["vpcLinkId"])
}

fn placed(world: &World) {
    world.block_on(world.gateway.place_links()).unwrap();
}

fn status(world: &World, id: &str) -> (String, String) {
    let shown = world.ok("GET", &format!("/vpclinks/{id}"), Json::Null);
    (text(&shown["vpcLinkStatus"]), text(&shown["vpcLinkStatusMessage"]))
}

/// An API with a route `ANY /{proxy+}` over the link.
fn api_over(world: &World, link: &str) -> (String, String) {
    let api = world.api(&[], "2.0");
    let integration = json!({
        "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": LISTENER,
        "payloadFormatVersion": "1.0", "connectionType": "VPC_LINK", "connectionId": link,
    });
    let shown = world.ok("POST", &format!("/apis/{api}/integrations"), integration);
    assert_eq!((&shown["connectionType"], &shown["connectionId"]), (&json!("VPC_LINK"), &json!(link)));
    let target = format!("integrations/{}", text(&shown["integrationId"]));
    let route = world.route(&api, json!({ "routeKey": "ANY /{proxy+}", "target": target }));
    (api, route)
}

#[test]
fn a_link_gets_its_interfaces_and_gives_them_back() {
    let world = World::new();
    let id = made(&world, &["subnet-1", "subnet-2", "subnet-1"]);
    assert_eq!(status(&world, &id).0, "PENDING");
    placed(&world);
    assert_eq!(
        status(&world, &id),
        ("AVAILABLE".to_owned(), "VPC link is ready to route traffic".to_owned())
    );
    let shown = world.ok("GET", "/vpclinks", Json::Null);
    assert_eq!(
        (&shown["items"][0]["subnetIds"], &shown["items"][0]["vpcLinkVersion"]),
        (&json!(["subnet-1", "subnet-2"]), &json!("V2"))
    );
    assert_eq!(world.behind.attached.lock().unwrap().len(), 1);
    let renamed = world.ok("PATCH", &format!("/vpclinks/{id}"), json!({ "name": "other" }));
    assert_eq!(renamed["name"], json!("other"));
    assert_eq!(world.call("DELETE", &format!("/vpclinks/{id}"), Json::Null).status, 202);
    assert_eq!(status(&world, &id).0, "DELETING");
    placed(&world);
    assert!(world.behind.attached.lock().unwrap().is_empty());
    let gone = world.refused("GET", &format!("/vpclinks/{id}"), Json::Null);
    assert_eq!(gone, format!("404 NotFoundException: Invalid VpcLink identifier specified {id}"));
}

#[test]
fn what_cannot_be_placed_is_refused_or_failed() {
    let world = World::new();
    let none = json!({ "name": "l", "subnetIds": ["subnet-none"] });
    assert_eq!(
        world.refused("POST", "/vpclinks", none),
        "400 BadRequestException: the subnet `subnet-none` does not exist"
    );
    assert!(world.refused("POST", "/vpclinks", json!({ "name": "l", "subnetIds": [] })).starts_with("400"));
    let id = made(&world, &["subnet-full"]);
    placed(&world);
    assert_eq!(status(&world, &id), ("FAILED".to_owned(), "the subnet is full".to_owned()));
    let (api, _) = api_over(&world, &id);
    let got = world.get(&api, "/x", &[]);
    assert_eq!(
        (got.status, got.reason.unwrap()),
        (503, format!("the VPC link {id} is FAILED: the subnet is full"))
    );
}

#[test]
fn requests_go_to_the_listener_from_the_links_interfaces() {
    let world = World::new();
    let id = made(&world, &["subnet-1", "subnet-2"]);
    placed(&world);
    let (api, route) = api_over(&world, &id);
    assert_eq!(world.get(&api, "/a/b?c=1", &[("x-a", "1")]).body, "over the link");
    let crossed = world.behind.crossed.lock().unwrap().pop().unwrap();
    let from: Vec<&str> = crossed.0.from.iter().map(|interface| interface.as_str()).collect();
    assert_eq!((from, crossed.0.listener.as_str()), (vec!["eni-1", "eni-2"], LISTENER));
    assert_eq!((crossed.1.path.as_str(), crossed.1.query.as_str()), ("/a/b", "c=1"));
    assert_eq!(crossed.1.header("host"), Some("x.execute-api.us-east-1.amazonaws.com"));
    // A stage that has a name stands in the path.
    world.ok("POST", &format!("/apis/{api}/stages"), json!({ "stageName": "v1", "autoDeploy": true }));
    world.get(&api, "/v1/a", &[]);
    assert_eq!(world.behind.crossed.lock().unwrap().pop().unwrap().1.path, "/v1/a");
    let closed = world.get(&api, "/closed", &[]);
    assert_eq!((closed.status, closed.reason.as_deref()), (503, Some("a security group is in the way")));
    assert_eq!(
        world.refused("DELETE", &format!("/vpclinks/{id}"), Json::Null),
        format!(
            "400 BadRequestException: Cannot delete vpc link. Vpc link '{id}', is referenced in [ANY:{route}] in format of [Method:Resource]."
        )
    );
    world.ok("DELETE", &format!("/apis/{api}"), Json::Null);
    world.ok("DELETE", &format!("/vpclinks/{id}"), Json::Null);
}

#[test]
fn a_link_leads_to_listeners() {
    let world = World::new();
    let id = made(&world, &["subnet-1"]);
    let api = world.api(&[], "2.0");
    let refused = |kind: &str, uri: &str, link: &str| {
        let integration = json!({
            "integrationType": kind, "integrationUri": uri, "payloadFormatVersion": "1.0",
            "connectionType": "VPC_LINK", "connectionId": link,
        });
        world.refused("POST", &format!("/apis/{api}/integrations"), integration)
    };
    assert!(refused("HTTP_PROXY", "http://x.example/", &id).contains("valid ELB listener ARN"));
    assert!(refused("AWS_PROXY", support::FUNCTION, &id).contains("only supported for HTTP_PROXY"));
    assert!(refused("HTTP_PROXY", LISTENER, "none").starts_with("404 NotFoundException: Invalid VpcLink"));
    let leaving = made(&world, &["subnet-1"]);
    world.ok("DELETE", &format!("/vpclinks/{leaving}"), Json::Null);
    assert_eq!(status(&world, &leaving).0, "DELETING");
    let gone = format!("404 NotFoundException: Invalid VpcLink identifier specified {leaving}");
    assert_eq!(refused("HTTP_PROXY", LISTENER, &leaving), gone);
    // Nobody takes a way over the internet for one over a link.
    let outside = json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://x.example/", "integrationMethod": "GET",
            "payloadFormatVersion": "1.0", "connectionId": id });
    let outside = world.refused("POST", &format!("/apis/{api}/integrations"), outside);
    assert!(outside.contains("ConnectionId may only be specified"), "{outside}");
    let map = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1";
    assert!(refused("HTTP_PROXY", map, &id).starts_with("501 "), "{}", refused("HTTP_PROXY", map, &id));
}
