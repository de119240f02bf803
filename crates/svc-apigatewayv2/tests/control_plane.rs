//! What operations answer and refuse, in AWS's words.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

mod support;

use expect_test::expect;
use serde_json::json;
use support::{AUTHORIZER, FUNCTION, World, text};

#[test]
fn quick_create_makes_all_that_answers() {
    let world = World::new();
    let api = world.quick_api();
    let routes = world.ok("GET", &format!("/apis/{api}/routes"), json!(null));
    let route = &routes["items"][0];
    assert_eq!((&route["routeKey"], &route["apiGatewayManaged"]), (&json!("$default"), &json!(true)));
    let integrations = world.ok("GET", &format!("/apis/{api}/integrations"), json!(null));
    let integration = &integrations["items"][0];
    assert_eq!(integration["payloadFormatVersion"], json!("2.0"));
    assert_eq!(route["target"], json!(format!("integrations/{}", text(&integration["integrationId"]))));
    let stages = world.ok("GET", &format!("/apis/{api}/stages"), json!(null));
    let stage = &stages["items"][0];
    assert_eq!((&stage["stageName"], &stage["autoDeploy"]), (&json!("$default"), &json!(true)));
    let deployment = text(&stage["deploymentId"]);
    assert_eq!(
        stage["lastDeploymentStatusMessage"],
        json!(format!("Successfully deployed stage with deployment ID '{deployment}'"))
    );
}

#[test]
fn an_api_is_read_back_changed_and_deleted() {
    let world = World::new();
    let cors = json!({ "allowOrigins": ["https://a.example"], "allowMethods": ["GET"], "maxAge": 60 });
    let made = world.ok(
        "POST",
        "/apis",
        json!({ "name": "a", "protocolType": "HTTP", "corsConfiguration": cors, "tags": { "k": "v" } }),
    );
    let api = text(&made["apiId"]);
    assert_eq!(made["apiEndpoint"], json!(format!("https://{api}.execute-api.us-east-1.amazonaws.com")));
    assert_eq!(made["routeSelectionExpression"], json!("$request.method $request.path"));
    assert_eq!(world.ok("GET", &format!("/apis/{api}"), json!(null)), made);
    let changed = world.ok("PATCH", &format!("/apis/{api}"), json!({ "name": "b", "description": "d" }));
    assert_eq!(
        (&changed["name"], &changed["description"], &changed["tags"]),
        (&json!("b"), &json!("d"), &json!({ "k": "v" }))
    );
    world.ok("DELETE", &format!("/apis/{api}/cors"), json!(null));
    assert!(world.ok("GET", &format!("/apis/{api}"), json!(null)).get("corsConfiguration").is_none());
    world.ok(
        "POST",
        &format!("/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F{api}"),
        json!({ "tags": { "x": "y" } }),
    );
    world.ok(
        "DELETE",
        &format!("/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F{api}?tagKeys=k"),
        json!(null),
    );
    assert_eq!(world.ok("GET", &format!("/apis/{api}"), json!(null))["tags"], json!({ "x": "y" }));
    world.ok("DELETE", &format!("/apis/{api}"), json!(null));
    assert_eq!(
        world.refused("GET", &format!("/apis/{api}"), json!(null)),
        format!("404 NotFoundException: Invalid API identifier specified 000000000000:{api}")
    );
}

#[test]
fn routes_are_checked() {
    let world = World::new();
    let api = world.api(&["GET /pets/{id}"], "2.0");
    let refused = |route| world.refused("POST", &format!("/apis/{api}/routes"), route);
    expect!["409 ConflictException: Route with key GET /pets/{id} already exists for this API"]
        .assert_eq(&refused(json!({ "routeKey": "GET /pets/{id}" })));
    expect![[r#"409 ConflictException: The provided route key "POST /pets/{other}" has a conflicting variable on the same hierarchical level as "GET /pets/{id}""#]]
        .assert_eq(&refused(json!({ "routeKey": "POST /pets/{other}" })));
    expect![[r#"400 BadRequestException: The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default": pets"#]]
        .assert_eq(&refused(json!({ "routeKey": "pets" })));
    expect!["404 NotFoundException: Invalid Integration identifier specified integrations/none"]
        .assert_eq(&refused(json!({ "routeKey": "GET /a", "target": "integrations/none" })));
    expect!["400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."]
        .assert_eq(&refused(json!({ "routeKey": "GET /a", "authorizationType": "JWT" })));
    expect!["400 BadRequestException: Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types"]
        .assert_eq(&refused(json!({ "routeKey": "GET /a", "authorizationScopes": ["a"] })));
    expect!["501 NotImplemented: API keys of WebSocket APIs is not implemented by moat"]
        .assert_eq(&refused(json!({ "routeKey": "GET /a", "apiKeyRequired": true })));
}

#[test]
fn what_is_used_is_not_deleted() {
    let world = World::new();
    let api = world.api(&["GET /a"], "2.0");
    let of = |what: &str| world.ok("GET", &format!("/apis/{api}/{what}"), json!(null))["items"][0].clone();
    let (integration, route) = (text(&of("integrations")["integrationId"]), text(&of("routes")["routeId"]));
    let path = format!("/apis/{api}/integrations/{integration}");
    assert_eq!(
        world.refused("DELETE", &path, json!(null)),
        format!(
            "409 ConflictException: Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]"
        )
    );
    let deployment = text(&of("stages")["deploymentId"]);
    expect!["400 BadRequestException: Active stages pointing to this deployment must be moved or deleted"]
        .assert_eq(&world.refused("DELETE", &format!("/apis/{api}/deployments/{deployment}"), json!(null)));
    world.ok("DELETE", &format!("/apis/{api}/routes/{route}"), json!(null));
    world.ok("DELETE", &path, json!(null));
    expect!["Deployment attempt failed: Unable to deploy API because no routes exist in this API"]
        .assert_eq(of("stages")["lastDeploymentStatusMessage"].as_str().unwrap());
}

#[test]
fn integrations_are_checked() {
    let world = World::new();
    let api = world.api(&[], "2.0");
    let path = format!("/apis/{api}/integrations");
    let refused = |integration| world.refused("POST", &path, integration);
    expect!["400 BadRequestException: Invalid function ARN or invalid uri"].assert_eq(&refused(
        json!({ "integrationType": "AWS_PROXY", "integrationUri": "arn:aws:sqs:us-east-1:0:q" }),
    ));
    expect!["400 BadRequestException: Invalid HTTP endpoint specified for URI"]
        .assert_eq(&refused(json!({ "integrationType": "HTTP_PROXY", "integrationUri": "ftp://x" })));
    expect![
        "501 NotImplemented: integrations with AWS services (integrationSubtype) is not implemented by moat"
    ]
    .assert_eq(&refused(json!({ "integrationType": "AWS_PROXY", "integrationSubtype": "SQS-SendMessage" })));
    let mapped = |key: &str| json!({ "integrationType": "HTTP_PROXY", "integrationUri": "https://x", "requestParameters": { key: "v" } });
    expect!["400 BadRequestException: Operations on header Authorization are restricted"]
        .assert_eq(&refused(mapped("append:header.Authorization")));
    expect!["400 BadRequestException: Invalid mapping expression specified: append:path"]
        .assert_eq(&refused(mapped("append:path")));
    let made = world.ok("POST", &path, json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION }));
    assert_eq!(
        (&made["integrationMethod"], &made["payloadFormatVersion"], &made["timeoutInMillis"]),
        (&json!("POST"), &json!("1.0"), &json!(30000))
    );
}

#[test]
fn stages_are_checked() {
    let world = World::new();
    let api = world.api(&["GET /a"], "2.0");
    let path = format!("/apis/{api}/stages");
    let refused = |stage| world.refused("POST", &path, stage);
    expect!["409 ConflictException: Stage already exists"]
        .assert_eq(&refused(json!({ "stageName": "$default" })));
    expect!["404 NotFoundException: Unable to find Route by key GET /b within the provided RouteSettings"]
        .assert_eq(&refused(json!({ "stageName": "v", "routeSettings": { "GET /b": {} } })));
    expect!["501 NotImplemented: detailed metrics is not implemented by moat"].assert_eq(&refused(
        json!({ "stageName": "v", "defaultRouteSettings": { "detailedMetricsEnabled": true } }),
    ));
    world.ok("POST", &path, json!({ "stageName": "v", "stageVariables": { "a": "1" } }));
    let settings = json!({ "routeSettings": { "GET /a": { "throttlingBurstLimit": 1 } }, "stageVariables": { "a": "", "b": "2" } });
    let changed = world.ok("PATCH", &format!("{path}/v"), settings);
    assert_eq!(changed["stageVariables"], json!({ "b": "2" }));
    world.ok("DELETE", &format!("{path}/v/routesettings/GET%20%2Fa"), json!(null));
    assert_eq!(world.ok("GET", &format!("{path}/v"), json!(null))["routeSettings"], json!({}));
    expect!["404 NotFoundException: Invalid stage identifier specified"].assert_eq(&world.refused(
        "GET",
        &format!("{path}/none"),
        json!(null),
    ));
}

#[test]
fn authorizers_are_checked() {
    let world = World::new();
    let api = world.api(&[], "2.0");
    let path = format!("/apis/{api}/authorizers");
    let refused = |authorizer| world.refused("POST", &path, authorizer);
    let source = json!(["$request.header.Authorization"]);
    expect!["400 BadRequestException: Invalid issuer: http://issuer.example. Issuer must be a valid https:// URL."].assert_eq(&refused(
        json!({ "name": "a", "authorizerType": "JWT", "identitySource": source, "jwtConfiguration": { "issuer": "http://issuer.example" } }),
    ));
    expect!["400 BadRequestException: Invalid identity source specified: header"]
        .assert_eq(&refused(json!({ "name": "a", "authorizerType": "REQUEST", "identitySource": ["header"], "authorizerUri": "x" })));
    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{AUTHORIZER}/invocations");
    let made = json!({ "name": "a", "authorizerType": "REQUEST", "identitySource": source, "authorizerUri": uri, "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": true });
    let made = world.ok("POST", &path, made);
    assert_eq!(made["authorizerResultTtlInSeconds"], json!(300));
    let id = text(&made["authorizerId"]);
    world.route(&api, json!({ "routeKey": "GET /a", "authorizationType": "CUSTOM", "authorizerId": id }));
    expect!["409 ConflictException: Cannot delete authorizer 'a', is referenced in route: GET /a"]
        .assert_eq(&world.refused("DELETE", &format!("{path}/{id}"), json!(null)));
}

#[test]
fn websocket_apis_have_routes_of_their_own() {
    let world = World::new();
    let made = json!({ "name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action" });
    let api = text(&world.ok("POST", "/apis", made)["apiId"]);
    let integration = json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION });
    let integration = world.ok("POST", &format!("/apis/{api}/integrations"), integration);
    assert_eq!(
        (&integration["passthroughBehavior"], &integration["timeoutInMillis"]),
        (&json!("WHEN_NO_MATCH"), &json!(29000))
    );
    let path = format!("/apis/{api}/routes");
    expect!["400 BadRequestException: Currently, authorization is restricted to the $connect route only"]
        .assert_eq(&world.refused(
            "POST",
            &path,
            json!({ "routeKey": "join", "authorizationType": "AWS_IAM" }),
        ));
    let route =
        world.route(&api, json!({ "routeKey": "join", "routeResponseSelectionExpression": "$default" }));
    let responses = format!("{path}/{route}/routeresponses");
    expect!["400 BadRequestException: Route response key must be $default"].assert_eq(&world.refused(
        "POST",
        &responses,
        json!({ "routeResponseKey": "x" }),
    ));
    world.ok("POST", &responses, json!({ "routeResponseKey": "$default" }));
    assert_eq!(world.ok("GET", &responses, json!(null))["items"][0]["routeResponseKey"], json!("$default"));
    expect!["501 NotImplemented: integration type MOCK of WebSocket APIs is not implemented by moat"]
        .assert_eq(&world.refused(
            "POST",
            &format!("/apis/{api}/integrations"),
            json!({ "integrationType": "MOCK" }),
        ));
}
