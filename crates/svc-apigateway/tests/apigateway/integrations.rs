//! Integrations of every type, with their mappings.

use crate::world::{AUTHORIZER, FUNCTION, ROLE, World, open, uri};
use expect_test::expect;
use serde_json::{Value as Json, json};

const OK_TEMPLATE: &str = r#"{"statusCode": 200}"#;

fn mock(template: &str) -> Json {
    json!({ "type": "MOCK", "requestTemplates": { "application/json": template } })
}

#[test]
fn a_mock_answers_by_its_templates() {
    let world = World::new();
    let response = json!({
        "responseTemplates": { "application/json": "{\"id\": \"$input.params('id')\", \"stage\": \"$context.stage\"}" },
        "responseParameters": {
            "method.response.header.Access-Control-Allow-Origin": "'*'",
            "method.response.header.X-Request": "context.requestId",
        },
    });
    world.integrated("/orders/{id}", "GET", open(), mock(OK_TEMPLATE), response);
    world.deploy();
    let answered = world.call("GET", "/orders/7", &[], "");
    assert_eq!(answered.line(), r#"200 {"id": "7", "stage": "v1"}"#);
    assert_eq!(answered.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answered.header("x-request"), Some("r-1"));
    assert_eq!(answered.header("content-type"), Some("application/json"));
}

#[test]
fn a_mocks_status_chooses_its_response() {
    let world = World::new();
    let template = "#if($input.params('fail') == 'yes'){\"statusCode\": 500}#else{\"statusCode\": 200}#end";
    let place = world.integrated("/", "GET", open(), mock(template), json!({}));
    world.ok("PUT", &format!("{place}/responses/503"), json!({}));
    let failed =
        json!({ "selectionPattern": "5\\d{2}", "responseTemplates": { "application/json": "failed" } });
    world.ok("PUT", &format!("{place}/integration/responses/503"), failed);
    world.deploy();
    assert_eq!(world.call("GET", "/", &[], "").line(), "200 ");
    assert_eq!(world.call("GET", "/?fail=yes", &[], "").line(), "503 failed");
}

#[test]
fn templates_may_override_status_headers_and_parameters() {
    let world = World::new();
    let response = json!({ "responseTemplates": { "application/json":
        "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Over = 'yes')done" } });
    world.integrated("/", "GET", open(), mock(OK_TEMPLATE), response);
    let template = "#set($context.requestOverride.header.x-mapped = 'over')#set($context.requestOverride.path.id = '9')$input.json('$')";
    let http = json!({ "type": "HTTP", "httpMethod": "PUT", "uri": "http://inside.example/{id}",
        "requestTemplates": { "application/json": template } });
    world.integrated("/http", "POST", open(), http, json!({}));
    world.deploy();
    let answered = world.call("GET", "/", &[], "");
    assert_eq!((answered.line().as_str(), answered.header("x-over")), ("418 done", Some("yes")));
    let asked: Json =
        serde_json::from_str(&world.call("POST", "/http", &[], r#"{"b":1,"a":2}"#).body).unwrap();
    assert_eq!(asked["path"], json!("/9"));
    assert_eq!(asked["headers"]["x-mapped"], json!("over"));
    assert_eq!(asked["body"], json!(r#"{"b":1,"a":2}"#), "members keep their order");
}

#[test]
fn a_body_without_template_is_passed_or_refused() {
    let world = World::new();
    for (path, behavior) in
        [("/match", "WHEN_NO_MATCH"), ("/templates", "WHEN_NO_TEMPLATES"), ("/never", "NEVER")]
    {
        let mut integration = mock(OK_TEMPLATE);
        integration["passthroughBehavior"] = json!(behavior);
        world.integrated(path, "POST", open(), integration, json!({}));
    }
    let empty = json!({ "type": "MOCK", "passthroughBehavior": "WHEN_NO_TEMPLATES" });
    world.integrated("/empty", "POST", open(), empty, json!({}));
    world.deploy();
    let call = |path: &str| {
        let answered = world.call("POST", path, &[("content-type", "text/plain")], OK_TEMPLATE);
        (answered.line(), answered.header("x-amzn-errortype").map(str::to_owned))
    };
    assert_eq!(call("/match"), ("200 ".to_owned(), None));
    assert_eq!(call("/empty"), ("200 ".to_owned(), None));
    for path in ["/templates", "/never"] {
        let refused = (
            r#"415 {"message":"Unsupported Media Type"}"#.to_owned(),
            Some("UnsupportedMediaTypeException".to_owned()),
        );
        assert_eq!(call(path), refused, "{path}");
    }
}

#[test]
fn a_function_is_handed_what_the_template_makes() {
    let world = World::new();
    let integration = json!({ "type": "AWS", "httpMethod": "POST", "uri": uri(FUNCTION), "credentials": ROLE,
        "requestTemplates": { "application/json": "{\"name\": $input.json('$.name'), \"from\": \"$context.identity.sourceIp\"}" } });
    let response =
        json!({ "responseTemplates": { "application/json": "{\"said\": $input.json('$.answer')}" } });
    let place = world.integrated("/", "POST", open(), integration, response);
    world.ok("PUT", &format!("{place}/responses/400"), json!({}));
    let bad = json!({ "selectionPattern": "Bad.*", "responseTemplates": { "application/json": "{\"error\": \"$input.path('$.errorMessage')\"}" } });
    world.ok("PUT", &format!("{place}/integration/responses/400"), bad);
    world.deploy();
    world.answers(FUNCTION, json!({ "answer": [1, 2] }), false);
    assert_eq!(world.call("POST", "/", &[], r#"{"name":"Ann"}"#).line(), r#"200 {"said": [1,2]}"#);
    let invoked = world.behind.invoked.lock().unwrap().remove(0);
    assert_eq!(String::from_utf8(invoked.payload).unwrap(), r#"{"name": "Ann", "from": "127.0.0.1"}"#);
    assert_eq!((invoked.credentials.as_deref(), invoked.is_event), (Some(ROLE), false));
    world.answers(FUNCTION, json!({ "errorMessage": "Bad name", "errorType": "E" }), true);
    assert_eq!(world.call("POST", "/", &[], "{}").line(), r#"400 {"error": "Bad name"}"#);
    world.answers(FUNCTION, json!({ "errorMessage": "other" }), true);
    assert_eq!(world.call("POST", "/", &[], "{}").line(), r#"200 {"said": ""}"#, "the default response");
    world.answers(FUNCTION, json!("denied"), false);
    assert_eq!(
        world.call("POST", "/", &[], "{}").line(),
        r#"500 {"message": "Internal server error"}"#.replace(": \"I", ":\"I")
    );
}

#[test]
fn nobody_waits_for_an_event() {
    let world = World::new();
    let integration = json!({ "type": "AWS", "httpMethod": "POST", "uri": uri(FUNCTION),
        "requestParameters": { "integration.request.header.X-Amz-Invocation-Type": "'Event'" } });
    world.integrated("/", "POST", open(), integration, json!({}));
    world.deploy();
    assert_eq!(world.call("POST", "/", &[], "{}").status, 200);
    assert!(world.behind.invoked.lock().unwrap().iter().all(|invoking| invoking.is_event));
}

#[test]
fn a_service_is_called_in_a_role() {
    let world = World::new();
    let integration = json!({ "type": "AWS", "httpMethod": "POST", "credentials": ROLE,
        "uri": "arn:aws:apigateway:eu-west-1:secretsmanager:action/GetSecretValue",
        "requestTemplates": { "application/json": "{\"SecretId\": \"$input.params('name')\"}" },
        "passthroughBehavior": "NEVER" });
    world.integrated("/secrets/{name}", "GET", open(), integration, json!({}));
    let integration = json!({ "type": "AWS", "httpMethod": "POST", "credentials": ROLE,
        "uri": "arn:aws:apigateway:us-east-1:iam:action/GetUser&Version=2010-05-08",
        "requestParameters": { "integration.request.querystring.UserName": "method.request.querystring.user" } });
    let method = json!({ "authorizationType": "NONE", "requestParameters": { "method.request.querystring.user": true } });
    world.integrated("/user", "GET", method, integration, json!({}));
    world.deploy();
    expect![[r#"200 {"action":"GetSecretValue","body":"{\"SecretId\": \"db\"}","path":"/","query":"","service":"secretsmanager"}"#]]
        .assert_eq(&world.call("GET", "/secrets/db", &[], "").line());
    expect![[r#"200 {"action":"GetUser","body":"","path":"/","query":"Version=2010-05-08&UserName=a+b","service":"iam"}"#]]
        .assert_eq(&world.call("GET", "/user?user=a%20b", &[], "").line());
    let called = world.behind.called.lock().unwrap().remove(0);
    assert_eq!((called.credentials.as_str(), called.region.as_str()), (ROLE, "eu-west-1"));
}

#[test]
fn a_proxied_server_gets_the_request_and_its_answer_goes_on() {
    let world = World::new();
    let integration = json!({ "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "https://${stageVariables.host}/base/{proxy}?k=v",
        "requestParameters": { "integration.request.path.proxy": "method.request.path.proxy",
            "integration.request.header.x-mapped": "method.request.querystring.q" } });
    let method = json!({ "authorizationType": "NONE",
        "requestParameters": { "method.request.path.proxy": true, "method.request.querystring.q": false } });
    let place = world.method("/{proxy+}", "ANY", method);
    world.ok("PUT", &format!("{place}/integration"), integration);
    let variables = json!({ "stageName": "v1", "variables": { "host": "inside.example:8443" } });
    world.ok("POST", &world.at("/deployments"), variables);
    let answered = world.call(
        "PATCH",
        "/a/teapot?q=1&r=2",
        &[
            ("x-own", "o"),
            ("connection", "close, X-Of-Connection"),
            ("x-of-connection", "1"),
            ("x-own", "p"),
            ("x-mapped", "client's"),
            ("x-forwarded-for", "10.9.8.7"),
        ],
        "body",
    );
    expect![[r#"418 {"body":"body","headers":{"host":"inside.example:8443","user-agent":"AmazonAPIGateway_API","x-forwarded-for":"10.9.8.7, 127.0.0.1","x-mapped":"1","x-own":"o and p"},"method":"PATCH","origin":"https://inside.example:8443","path":"/base/a/teapot","query":"k=v&q=1&r=2"}"#]]
        .assert_eq(&answered.line().replace(&world.api, "API"));
    assert_eq!((answered.header("x-server"), answered.header("connection")), (Some("s1"), None));
    assert_eq!(answered.header("x-of-connection"), None);
}

#[test]
fn a_mapped_host_is_the_host_that_the_server_is_asked_for() {
    let world = World::new();
    for (path, kind, mapped) in [
        ("/static", "HTTP_PROXY", "'other.example'"),
        ("/asked", "HTTP", "method.request.header.x-host"),
        ("/none", "HTTP_PROXY", "method.request.header.x-none"),
    ] {
        let method = json!({ "authorizationType": "NONE", "requestParameters": {
            "method.request.header.x-host": false, "method.request.header.x-none": false } });
        let integration = json!({ "type": kind, "httpMethod": "GET", "uri": "https://inside.example/",
            "requestParameters": { "integration.request.header.Host": mapped } });
        world.integrated(path, "GET", method, integration, json!({}));
    }
    world.deploy();
    let host = |path: &str, asked: &str| {
        let answered: Json =
            serde_json::from_str(&world.call("GET", path, &[("x-host", asked)], "").body).unwrap();
        (answered["origin"].clone(), answered["headers"]["host"].clone())
    };
    for (path, asked, wanted) in [
        ("/static", "x", "other.example"),
        ("/asked", "tenant.example:8080", "tenant.example:8080"),
        ("/asked", "two words", "inside.example"),
        ("/none", "x", "inside.example"),
    ] {
        assert_eq!(host(path, asked), (json!("https://inside.example"), json!(wanted)), "{path} {asked}");
    }
}

#[test]
fn a_servers_status_chooses_the_response() {
    let world = World::new();
    let integration = json!({ "type": "HTTP", "httpMethod": "GET", "uri": "http://inside.example/{what}",
        "requestParameters": { "integration.request.path.what": "method.request.path.what" } });
    let method =
        json!({ "authorizationType": "NONE", "requestParameters": { "method.request.path.what": true } });
    let response = json!({ "responseParameters": { "method.response.header.X-From": "integration.response.header.x-server",
        "method.response.header.X-Path": "integration.response.body.path" } });
    let place = world.integrated("/{what}", "GET", method, integration, response);
    world.ok("PUT", &format!("{place}/responses/409"), json!({}));
    world.ok("PUT", &format!("{place}/integration/responses/409"), json!({ "selectionPattern": "4\\d\\d" }));
    world.deploy();
    let answered = world.call("GET", "/x", &[], "");
    assert_eq!(
        (answered.status, answered.header("x-from"), answered.header("x-path")),
        (200, Some("s1"), Some("/x"))
    );
    assert_eq!(answered.header("x-server"), None, "only what is mapped");
    assert_eq!(world.call("GET", "/teapot", &[], "").status, 409);
}

#[test]
fn what_cannot_be_reached_says_so_to_the_owner() {
    let world = World::new();
    let place = world.method("/", "GET", open());
    let integration = json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "https://outside.example/" });
    world.ok("PUT", &format!("{place}/integration"), integration);
    world.deploy();
    let answered = world.call("GET", "/", &[], "");
    assert_eq!(answered.line(), r#"504 {"message":"Network error communicating with endpoint"}"#);
    assert_eq!(
        answered.reason.as_deref(),
        Some("https://outside.example: https://outside.example is outside")
    );
}

#[test]
fn templates_that_fail_are_internal_errors() {
    let world = World::new();
    for (path, template) in [
        ("/open", "#if(true)"),
        ("/loops", "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end"),
        ("/body", "$input.json('$.x')"),
        ("/nothing", "no status"),
    ] {
        world.integrated(path, "POST", open(), mock(template), json!({}));
    }
    world.deploy();
    for path in ["/open", "/loops", "/body", "/nothing"] {
        let answered = world.call("POST", path, &[], "not json");
        assert_eq!(answered.line(), r#"500 {"message":"Internal server error"}"#, "{path}");
    }
    assert_eq!(
        world.call("POST", "/loops", &[], "").reason.as_deref(),
        Some("the request template: the template takes too many steps")
    );
}

#[test]
fn integrations_are_refused_as_aws_refuses_them() {
    let world = World::new();
    let place = world.method("/x", "GET", open());
    let put = |integration: Json| world.refused("PUT", &format!("{place}/integration"), integration);
    let mapping = |expression: &str| {
        format!(
            "400 Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression {expression}]"
        )
    };
    for (integration, expected) in [
        (
            json!({ "type": "AWS", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:logs:action/X" }),
            "400 Role ARN must be specified for AWS integrations".to_owned(),
        ),
        (
            json!({ "type": "AWS", "httpMethod": "POST", "uri": "x" }),
            "400 Invalid ARN specified in the request".to_owned(),
        ),
        (
            json!({ "type": "HTTP", "httpMethod": "GET", "uri": "x" }),
            "400 Invalid HTTP endpoint specified for URI".to_owned(),
        ),
        (
            json!({ "type": "HTTP", "uri": "http://a.example" }),
            "400 Enumeration value for HttpMethod must be non-empty".to_owned(),
        ),
        (
            json!({ "type": "MOCK", "requestParameters": { "integration.request.header.a": "method.request.header.b" } }),
            mapping("parameter specified: method.request.header.b"),
        ),
        (
            json!({ "type": "MOCK", "requestParameters": { "integration.request.header.a": "b" } }),
            mapping("specified: b"),
        ),
        (json!({ "type": "MOCK", "requestParameters": { "a": "'b'" } }), mapping("specified: a")),
        (
            json!({ "type": "MOCK", "connectionType": "VPC_LINK", "connectionId": "x" }),
            "400 Invalid connection type. Integrations of type HTTP and HTTP_PROXY only may use VPC_LINK"
                .to_owned(),
        ),
        (mock("#macro(x)#end"), "501 #macro in mapping templates is not implemented by moat".to_owned()),
        (
            json!({ "type": "MOCK", "credentials": "arn:aws:iam::111111111111:role/r" }),
            "403 Cross-account pass role is not allowed.".to_owned(),
        ),
        (
            json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri(AUTHORIZER), "credentials": "x" }),
            "400 Invalid ARN specified in the request".to_owned(),
        ),
    ] {
        assert_eq!(put(integration.clone()), expected, "{integration}");
    }
    world.ok("PUT", &format!("{place}/integration"), mock(OK_TEMPLATE));
    let response = |body: Json| world.refused("PUT", &format!("{place}/integration/responses/200"), body);
    assert_eq!(response(json!({})), "404 Invalid Response status code specified");
    world.ok("PUT", &format!("{place}/responses/200"), json!({}));
    let parameters = json!({ "responseParameters": { "method.response.header.a": "'b'" } });
    assert_eq!(response(parameters), mapping("parameter specified: method.response.header.a"));
    assert_eq!(response(json!({ "selectionPattern": "(" })), "400 Invalid selection pattern specified: (");
}

#[test]
fn integrations_and_responses_change_by_patches() {
    let world = World::new();
    let place = world.integrated("/", "GET", open(), mock(OK_TEMPLATE), json!({}));
    let integration = format!("{place}/integration");
    world.patch(&integration, "replace", "/requestTemplates/application~1json", "{\"statusCode\": 201}");
    world.patch(&integration, "replace", "/passthroughBehavior", "NEVER");
    world.patch(&format!("{integration}/responses/200"), "add", "/responseTemplates/application~1json", "hi");
    world.patch(&format!("{integration}/responses/200"), "replace", "/selectionPattern", "201");
    let shown = world.ok("GET", &integration, Json::Null);
    expect![[r#"{"cacheKeyParameters":[],"cacheNamespace":"ROOT","integrationResponses":{"200":{"responseTemplates":{"application/json":"hi"},"selectionPattern":"201","statusCode":"200"}},"passthroughBehavior":"NEVER","requestTemplates":{"application/json":"{\"statusCode\": 201}"},"responseTransferMode":"BUFFERED","timeoutInMillis":29000,"type":"MOCK"}"#]]
        .assert_eq(&shown.to_string().replace(&world.root, "ROOT"));
    world.deploy();
    assert_eq!(world.call("GET", "/", &[], "").line(), "200 hi");
    world.ok("DELETE", &format!("{integration}/responses/200"), Json::Null);
    assert_eq!(
        world.refused("GET", &format!("{integration}/responses/200"), Json::Null),
        "404 Invalid Response status code specified"
    );
    assert_eq!(world.call("GET", "/", &[], "").line(), "200 hi", "what is deployed stays as it is");
    world.deploy();
    assert_eq!(world.call("GET", "/", &[], "").status, 500, "no response is left");
}
