//! Execution logs.

use crate::world::{ROLE, World, open};
use expect_test::expect;
use serde_json::json;

fn logged(level: &str, trace: &str) -> World {
    let world = World::new();
    world.proxy("/orders/{id}", "GET", open());
    let refused = json!({ "type": "HTTP", "httpMethod": "GET", "uri": "http://outside.example/" });
    world.integrated("/outside", "GET", open(), refused, json!({}));
    world.deploy();
    let stage = world.at("/stages/v1");
    let set =
        json!({ "patchOperations": [{ "op": "replace", "path": "/*/*/logging/loglevel", "value": level }] });
    assert_eq!(
        world.refused("PATCH", &stage, set),
        "400 CloudWatch Logs role ARN must be set in account settings to enable logging"
    );
    world.patch("/account", "replace", "/cloudwatchRoleArn", ROLE);
    world.patch(&stage, "replace", "/*/*/logging/loglevel", level);
    let shown = world.patch(&stage, "replace", "/*/*/logging/dataTrace", trace);
    let settings = &shown["methodSettings"]["*/*"];
    assert_eq!(
        (&settings["loggingLevel"], settings["dataTraceEnabled"].to_string().as_str()),
        (&json!(level), trace)
    );
    world
}

fn lines(world: &World) -> String {
    world.runtime.block_on(world.gateway.write_access_logs());
    let logged = world.behind.logged.lock().unwrap().split_off(0);
    let group =
        format!("arn:aws:logs:us-east-1:000000000000:log-group:API-Gateway-Execution-Logs_{}/v1", world.api);
    assert!(logged.iter().all(|(at, _)| *at == group), "{logged:?}");
    logged.into_iter().flat_map(|(_, lines)| lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn info_tells_the_way_of_a_request() {
    let world = logged("INFO", "false");
    world.call("GET", "/orders/7", &[("authorization", "Bearer 0123456789abcdefghij")], "");
    let told = lines(&world).replace(&world.api, "API");
    let told =
        told.lines().filter(|line| !line.contains("Integration latency")).collect::<Vec<_>>().join("\n");
    expect![[r#"
        (r-1) Extended Request Id: r-1
        (r-1) Starting execution for request: r-1
        (r-1) HTTP Method: GET, Resource Path: /orders/{id}
        (r-1) API Key  authorized because method 'GET /orders/{id}' does not require API Key. Request will not contribute to throttle or quota limits
        (r-1) Sending request to arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations
        (r-1) Successfully completed execution
        (r-1) Method completed with status: 200"#]]
    .assert_eq(&told);
}

#[test]
fn a_trace_tells_data_and_no_secret() {
    let world = logged("INFO", "true");
    let secret = "Bearer 0123456789abcdefghij";
    world.call("GET", "/orders/7?q=1", &[("authorization", secret), ("x-plain", "seen")], "a body");
    let told = lines(&world);
    for expected in [
        "Method request path: {id=7}",
        "Method request query string: {q=1}",
        "x-plain=seen",
        "authorization=********************efghij",
        "Method request body before transformations: a body",
        "Endpoint request body after transformations: {",
        "Endpoint response body before transformations: {",
        "Method response body after transformations: ",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    assert!(!told.contains(secret) && !told.contains("0123456789"), "{told}");
}

#[test]
fn errors_only() {
    let world = logged("ERROR", "true");
    world.call("GET", "/orders/7", &[], "");
    assert_eq!(lines(&world), "");
    world.call("GET", "/outside", &[], "");
    expect![[r#"
        (r-1) Execution failed due to configuration error: http://outside.example: http://outside.example is outside
        (r-1) Method completed with status: 504"#]]
    .assert_eq(&lines(&world));
    world.patch(&world.at("/stages/v1"), "replace", "/*/*/logging/loglevel", "OFF");
    world.call("GET", "/outside", &[], "");
    assert_eq!(lines(&world), "");
}

#[test]
fn metrics_and_other_levels_are_refused() {
    let world = logged("INFO", "false");
    let refused = |path: &str, value: &str| {
        let set = json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] });
        world.refused("PATCH", &world.at("/stages/v1"), set)
    };
    assert!(refused("/*/*/metrics/enabled", "true").starts_with("501 "));
    assert!(refused("/*/*/logging/loglevel", "DEBUG").starts_with("400 Invalid logging level"));
}
