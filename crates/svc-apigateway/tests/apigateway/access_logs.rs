//! Access logs.

use crate::world::{ROLE, World, open};
use serde_json::json;

const GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:api";

#[test]
fn every_request_is_a_line_in_the_owners_format() {
    let world = World::new();
    world.proxy("/orders/{id}", "GET", open());
    world.deploy();
    let set = |path: &str, value: &str| json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] });
    let stage = world.at("/stages/v1");
    let destination = set("/accessLogSettings/destinationArn", &format!("{GROUP}:*"));
    assert_eq!(
        world.refused("PATCH", &stage, destination.clone()),
        "400 CloudWatch Logs role ARN must be set in account settings to enable logging"
    );
    let other = set("/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/other");
    assert_eq!(
        world.refused("PATCH", "/account", other),
        "400 The role ARN does not have required permissions set to API Gateway"
    );
    assert_eq!(
        world.ok("PATCH", "/account", set("/cloudwatchRoleArn", ROLE))["cloudwatchRoleArn"],
        json!(ROLE)
    );
    world.ok("PATCH", &stage, destination);
    let format = r#"{"id":"$context.requestId","status":$context.status,"what":"$context.httpMethod $context.resourcePath","who":"$context.identity.user","why":"$context.error.message","length":$context.responseLength}"#;
    assert_eq!(
        world.refused("PATCH", &stage, set("/accessLogSettings/format", "$context.status")),
        "400 Access Log format must contain $context.requestId or $context.extendedRequestId"
    );
    let shown = world.ok("PATCH", &stage, set("/accessLogSettings/format", format));
    assert_eq!(shown["accessLogSettings"], json!({ "destinationArn": GROUP, "format": format }));
    world.call("GET", "/orders/7", &[], "");
    world.call("GET", "/nothing", &[], "");
    world.runtime.block_on(world.gateway.write_access_logs());
    let logged = world.behind.logged.lock().unwrap().clone();
    let [(group, lines)] = logged.as_slice() else { panic!("{logged:?}") };
    assert_eq!((group.as_str(), lines.len()), (GROUP, 2));
    assert!(
        lines[0].starts_with(
            r#"{"id":"r-1","status":200,"what":"GET /orders/{id}","who":"-","why":"-","length":"#
        ),
        "{}",
        lines[0]
    );
    assert_eq!(
        lines[1],
        r#"{"id":"r-1","status":403,"what":"GET -","who":"-","why":"Missing Authentication Token","length":42}"#
    );
    world.ok(
        "PATCH",
        &stage,
        json!({ "patchOperations": [{ "op": "remove", "path": "/accessLogSettings" }] }),
    );
    world.call("GET", "/orders/7", &[], "");
    world.runtime.block_on(world.gateway.write_access_logs());
    assert_eq!(world.behind.logged.lock().unwrap().len(), 1);
}
