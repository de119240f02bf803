//! What an HTTP API hands on, and what it answers.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

mod support;

use expect_test::expect;
use serde_json::{Value as Json, json};
use service::ServiceError;
use service::Signer;
use service::testing::root_call;
use support::{FUNCTION, Got, NOW, World, text};

fn pretty(event: &Json) -> String {
    serde_json::to_string_pretty(event).unwrap()
}

#[test]
fn a_function_gets_format_2() {
    let world = World::new();
    let api = world.api(&["POST /pets/{id}"], "2.0");
    let headers = [
        ("host", "x"),
        ("cookie", "a=1; b=2"),
        ("x-own", "1"),
        ("x-own", "2"),
        ("content-type", "image/png"),
    ];
    let got = world.ask("POST", &api, "/pets/a%20b?p=1&p=2&q=x+y", &headers, "hi", Signer::Nobody);
    assert_eq!(got.status, 200);
    let mut event = got.json();
    assert_eq!(event["requestContext"]["apiId"], json!(api));
    event["requestContext"]["apiId"] = json!("API");
    expect![[r#"
        {
          "body": "aGk=",
          "cookies": [
            "a=1",
            "b=2"
          ],
          "headers": {
            "content-type": "image/png",
            "host": "x",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-own": "1,2"
          },
          "isBase64Encoded": true,
          "pathParameters": {
            "id": "a b"
          },
          "queryStringParameters": {
            "p": "1,2",
            "q": "x y"
          },
          "rawPath": "/pets/a b",
          "rawQueryString": "p=1&p=2&q=x+y",
          "requestContext": {
            "accountId": "000000000000",
            "apiId": "API",
            "domainName": "x.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "x",
            "http": {
              "method": "POST",
              "path": "/pets/a b",
              "protocol": "HTTP/1.1",
              "sourceIp": "127.0.0.1",
              "userAgent": ""
            },
            "requestId": "r-1",
            "routeKey": "POST /pets/{id}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000
          },
          "routeKey": "POST /pets/{id}",
          "version": "2.0"
        }"#]]
    .assert_eq(&pretty(&event));
    let invoked = world.behind.invoked.lock().unwrap();
    assert_eq!(invoked[0].0, FUNCTION);
    assert_eq!(
        invoked[0].1,
        format!("arn:aws:execute-api:us-east-1:000000000000:{api}/$default/POST/pets/{{id}}")
    );
}

#[test]
fn a_function_gets_format_1() {
    let world = World::new();
    let api = world.api(&["ANY /{proxy+}"], "1.0");
    let got = world.get(&api, "/a/b?p=1&p=2", &[("x-own", "1"), ("user-agent", "agent")]);
    let mut event = got.json();
    event["requestContext"]["apiId"] = json!("API");
    expect![[r#"
        {
          "body": null,
          "headers": {
            "user-agent": "agent",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-own": "1"
          },
          "httpMethod": "GET",
          "isBase64Encoded": false,
          "multiValueHeaders": {
            "user-agent": [
              "agent"
            ],
            "x-forwarded-for": [
              "127.0.0.1"
            ],
            "x-forwarded-port": [
              "443"
            ],
            "x-forwarded-proto": [
              "https"
            ],
            "x-own": [
              "1"
            ]
          },
          "multiValueQueryStringParameters": {
            "p": [
              "1",
              "2"
            ]
          },
          "path": "/a/b",
          "pathParameters": {
            "proxy": "a/b"
          },
          "queryStringParameters": {
            "p": "2"
          },
          "requestContext": {
            "accountId": "000000000000",
            "apiId": "API",
            "domainName": "x.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "x",
            "extendedRequestId": "r-1",
            "httpMethod": "GET",
            "identity": {
              "accessKey": null,
              "accountId": null,
              "caller": null,
              "cognitoAmr": null,
              "cognitoAuthenticationProvider": null,
              "cognitoAuthenticationType": null,
              "cognitoIdentityId": null,
              "cognitoIdentityPoolId": null,
              "principalOrgId": null,
              "sourceIp": "127.0.0.1",
              "user": null,
              "userAgent": "agent",
              "userArn": null
            },
            "path": "/a/b",
            "protocol": "HTTP/1.1",
            "requestId": "r-1",
            "requestTime": "01/Jan/2026:00:00:00 +0000",
            "requestTimeEpoch": 1767225600000,
            "resourceId": "ANY /{proxy+}",
            "resourcePath": "/{proxy+}",
            "stage": "$default"
          },
          "resource": "/{proxy+}",
          "stageVariables": null,
          "version": "1.0"
        }"#]]
    .assert_eq(&pretty(&event));
}

#[test]
fn the_stage_is_found_in_the_path() {
    let world = World::new();
    let api = world.api(&["GET /pets", "GET /v1"], "2.0");
    let stage = json!({ "stageName": "v1", "autoDeploy": true, "stageVariables": { "colour": "blue" } });
    world.ok("POST", &format!("/apis/{api}/stages"), stage);
    let event = world.get(&api, "/v1/pets", &[]).json();
    assert_eq!((&event["rawPath"], &event["requestContext"]["stage"]), (&json!("/v1/pets"), &json!("v1")));
    assert_eq!(event["stageVariables"], json!({ "colour": "blue" }));
    assert_eq!(world.get(&api, "/pets", &[]).json()["rawPath"], json!("/pets"));
    // The stage's name comes before a route of the default stage.
    assert_eq!(world.get(&api, "/v1", &[]).status, 404);
    world.ok("DELETE", &format!("/apis/{api}/stages/v1"), json!(null));
    assert_eq!(world.get(&api, "/v1", &[]).json()["rawPath"], json!("/v1"));
    world.ok("DELETE", &format!("/apis/{api}/stages/$default"), json!(null));
    let got = world.get(&api, "/v1", &[]);
    assert_eq!((got.status, got.body.as_str()), (404, r#"{"message":"Not Found"}"#));
    assert_eq!(got.reason.unwrap(), "the API has no stage `v1`, and no $default stage");
}

#[test]
fn a_stage_serves_what_was_deployed_to_it() {
    let world = World::new();
    let api = world.api(&["GET /a"], "2.0");
    let path = format!("/apis/{api}");
    world.ok("POST", &format!("{path}/stages"), json!({ "stageName": "v" }));
    assert_eq!(world.get(&api, "/v/a", &[]).reason.unwrap(), "nothing is deployed to the stage v");
    world.ok("POST", &format!("{path}/deployments"), json!({ "stageName": "v" }));
    assert_eq!(world.get(&api, "/v/a", &[]).status, 200);
    world.route(&api, json!({ "routeKey": "GET /b" }));
    assert_eq!(world.get(&api, "/v/b", &[]).status, 404, "not deployed");
    assert_eq!(
        world.get(&api, "/b", &[]).reason.unwrap(),
        "the route has no integration",
        "deployed automatically"
    );
}

#[test]
fn functions_fail_in_their_ways() {
    let world = World::new();
    let api = world.api(&["GET /a"], "2.0");
    let check = |answer: Result<Json, ServiceError>, status: u16, message: &str, reason: &str| {
        world.behind.answers.lock().unwrap().insert(FUNCTION.to_owned(), answer);
        let got = world.get(&api, "/a", &[]);
        assert_eq!((got.status, got.json()), (status, json!({ "message": message })));
        assert_eq!(got.reason.unwrap(), reason);
    };
    let internal = "Internal Server Error";
    check(Ok(json!({ "errorMessage": "x" })), 500, internal, "the function failed: its log says why");
    check(
        Ok(json!({ "statusCode": "x" })),
        500,
        internal,
        "malformed answer of the function: its statusCode is no HTTP status",
    );
    check(Err(ServiceError::access_denied("no")), 500, internal, "AccessDenied: no");
    let busy = ServiceError::client("TooManyRequestsException", "busy").status(429);
    check(Err(busy), 503, "Service Unavailable", "TooManyRequestsException: busy");
}

#[test]
fn routes_and_stages_are_throttled() {
    let world = World::new();
    let api = world.api(&["GET /a", "GET /b"], "2.0");
    let settings = json!({
        "defaultRouteSettings": { "throttlingBurstLimit": 2, "throttlingRateLimit": 1.0 },
        "routeSettings": { "GET /b": { "throttlingBurstLimit": 1, "throttlingRateLimit": 1.0 } },
    });
    world.ok("PATCH", &format!("/apis/{api}/stages/$default"), settings);
    let status = |path: &str| world.get(&api, path, &[]).status;
    assert_eq!([status("/a"), status("/a"), status("/a")], [200, 200, 429]);
    assert_eq!([status("/b"), status("/b")], [200, 429]);
    world.clock.advance_ms(1000);
    let got: Vec<Got> = (0..2).map(|_| world.get(&api, "/b", &[])).collect();
    assert_eq!(
        (got[0].status, got[1].status, got[1].json()),
        (200, 429, json!({ "message": "Too Many Requests" }))
    );
}

#[test]
fn browsers_are_answered_by_the_api() {
    let world = World::new();
    let api = world.api(&["GET /a"], "2.0");
    let cors =
        json!({ "allowOrigins": ["https://a.example"], "allowMethods": ["GET"], "allowHeaders": ["x-own"] });
    world.ok("PATCH", &format!("/apis/{api}"), json!({ "corsConfiguration": cors }));
    let asked = [("origin", "https://a.example"), ("access-control-request-method", "GET")];
    let got = world.ask("OPTIONS", &api, "/nowhere", &asked, "", Signer::Nobody);
    assert_eq!((got.status, got.header("access-control-allow-methods")), (204, Some("GET")));
    assert!(world.behind.invoked.lock().unwrap().is_empty());
    let got = world.get(&api, "/a", &asked);
    assert_eq!((got.status, got.header("access-control-allow-origin")), (200, Some("https://a.example")));
    let other =
        world.ask("OPTIONS", &api, "/a", &[("origin", "https://b.example"), asked[1]], "", Signer::Nobody);
    assert_eq!((other.status, other.header("access-control-allow-origin")), (204, None));
}

#[test]
fn a_server_gets_the_mapped_request() {
    let world = World::new();
    let api = world.api(&[], "2.0");
    let integration = json!({
        "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": "https://server.example:8443/base/{id}?v=1",
        "requestParameters": {
            "append:header.x-who": "$request.querystring.who",
            "overwrite:querystring.stage": "${stageVariables.colour}-${context.stage}",
            "remove:header.x-secret": "''",
        },
        "responseParameters": { "200": {
            "overwrite:statuscode": "202", "append:header.x-a": "$response.body.a", "remove:header.x-server": "''" } },
    });
    let made = world.ok("POST", &format!("/apis/{api}/integrations"), integration);
    world.route(&api, json!({ "routeKey": "GET /pets/{id}", "target": format!("integrations/{}", text(&made["integrationId"])) }));
    world.ok(
        "PATCH",
        &format!("/apis/{api}/stages/$default"),
        json!({ "stageVariables": { "colour": "blue" } }),
    );
    let got = world.get(
        &api,
        "/pets/a%3Fb?who=me",
        &[
            ("host", "x"),
            ("x-secret", "s"),
            ("connection", "close, X-Of-Connection, x-who"),
            ("x-of-connection", "1"),
            ("x-forwarded-for", "10.9.8.7"),
        ],
    );
    assert_eq!((got.status, got.header("x-a"), got.header("x-server")), (202, Some("1"), None));
    assert_eq!(got.header("x-of-connection"), None);
    let served = world.behind.served.lock().unwrap();
    let (origin, request) = &served[0];
    let shown =
        format!("{origin} {} {}?{} {:?}", request.method, request.path, request.query, request.headers);
    expect![[
        r#"https://server.example:8443 GET /base/a%3Fb?v=1&who=me&stage=blue-%24default [("x-forwarded-for", "10.9.8.7"), ("x-who", "me"), ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-port", "443"), ("x-forwarded-proto", "https")]"#
    ]]
    .assert_eq(&shown);
}

#[test]
fn a_server_outside_is_not_reached() {
    let world = World::new();
    let made = json!({ "name": "a", "protocolType": "HTTP", "target": "https://unreachable.example" });
    let api = text(&world.ok("POST", "/apis", made)["apiId"]);
    let got = world.get(&api, "/a", &[]);
    assert_eq!((got.status, got.json()), (503, json!({ "message": "Service Unavailable" })));
    assert_eq!(got.reason.unwrap(), "https://unreachable.example is outside");
}

#[test]
fn signed_requests_are_asked_about() {
    let world = World::new();
    let api = world.api(&[], "2.0");
    let integration =
        json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION, "payloadFormatVersion": "2.0" });
    let made = world.ok("POST", &format!("/apis/{api}/integrations"), integration);
    let target = format!("integrations/{}", text(&made["integrationId"]));
    world.route(&api, json!({ "routeKey": "GET /a", "target": target, "authorizationType": "AWS_IAM" }));
    let forbidden = json!({ "message": "Forbidden" });
    let got = world.get(&api, "/a", &[]);
    assert_eq!(
        (got.status, got.json(), got.reason.unwrap().as_str()),
        (403, forbidden.clone(), "the route wants a signature (AWS_IAM)")
    );
    let signed = || Signer::Caller(Box::new(root_call(NOW)));
    let event = world.ask("GET", &api, "/a", &[], "", signed()).json();
    assert_eq!(
        event["requestContext"]["authorizer"]["iam"]["userArn"],
        json!("arn:aws:iam::000000000000:root")
    );
    *world.behind.denied.lock().unwrap() = true;
    let got = world.ask("GET", &api, "/a", &[], "", signed());
    assert_eq!((got.status, got.json(), got.reason.unwrap().as_str()), (403, forbidden, "denied"));
}

#[test]
fn requests_are_noted_where_the_stage_says() {
    let world = World::new();
    let api = world.api(&["GET /a"], "2.0");
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:access";
    let path = format!("/apis/{api}/stages/$default");
    expect!["400 BadRequestException: Access log format must include at least $context.requestId or $context.extendedRequestId"]
        .assert_eq(&world.refused("PATCH", &path, json!({ "accessLogSettings": { "destinationArn": group, "format": "x" } })));
    let format = "$context.requestId $context.httpMethod $context.routeKey $context.status";
    world.ok("PATCH", &path, json!({ "accessLogSettings": { "destinationArn": group, "format": format } }));
    world.get(&api, "/a", &[]);
    world.get(&api, "/none", &[]);
    let lines = world.behind.lines.lock().unwrap().clone();
    let line = |text: &str| (group.to_owned(), text.to_owned());
    assert_eq!(lines, [line("r-1 GET GET /a 200"), line("r-1 GET - 404")]);
    world.ok("DELETE", &format!("{path}/accesslogsettings"), json!(null));
    world.get(&api, "/a", &[]);
    assert_eq!(world.behind.lines.lock().unwrap().len(), 2);
}
