//! Function URLs: their configuration, and requests to them.

use crate::world::World;
use base::Timestamp;
use bytes::Bytes;
use expect_test::expect;
use serde_json::{Value, json};
use service::testing::root_call;
use service::{Signer, Source, Verdict};
use std::sync::Mutex;
use svc_lambda::UrlCall;
use wire::http::{Request, Response};

const CONFIG: &str = "/2021-10-31/functions/f/url";

pub async fn made(world: &World, body: Value) -> String {
    let made = world.post(CONFIG, body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let url = made.body["FunctionUrl"].as_str().unwrap().to_owned();
    url.strip_prefix("https://").unwrap().split_once('.').unwrap().0.to_owned()
}

pub async fn ask(world: &World, id: &str, body: &'static str) -> Response {
    send(world, id, Signer::Nobody, post(body), true).await.0
}

/// Sends one request, and the questions that the policies were asked.
async fn send(
    world: &World,
    id: &str,
    signer: Signer,
    request: Request,
    allow: bool,
) -> (Response, Vec<String>) {
    let asked = Mutex::new(Vec::new());
    let decide = |call: &service::Call, access: &service::Access| {
        let principal = call.caller.principal.kind();
        asked
            .lock()
            .unwrap()
            .push(format!("{principal} {} {} {:?}", access.action, access.resource, access.context));
        Ok(match allow {
            true => Verdict::Allowed,
            false => Verdict::Denied { message: "no".to_owned(), decision: None },
        })
    };
    let source = Source { ip: [192, 0, 2, 1].into(), endpoint: None, secure_transport: true, tls: None };
    let call = UrlCall {
        id,
        region: None,
        request: &request,
        source: &source,
        request_id: "00000000-0000-4000-8000-000000000000",
        now: Timestamp(1_767_323_045_678),
        signer,
    };
    let response = world.lambda.answer_url(call, &decide).await;
    (response, asked.into_inner().unwrap())
}

fn post(body: &'static str) -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/p".to_owned(),
        headers: vec![("Origin".to_owned(), "https://a.example".to_owned())],
        body: Bytes::from_static(body.as_bytes()),
        ..Request::default()
    }
}

fn shown(response: &Response) -> String {
    format!("{} {}", response.status, String::from_utf8_lossy(&response.body))
}

#[tokio::test]
async fn a_public_address_leads_to_the_function() {
    let world = World::new();
    world.function(json!({})).await;
    let cors = json!({"AllowOrigins": ["https://a.example"]});
    let id = made(&world, json!({"AuthType": "NONE", "Cors": cors})).await;
    let (response, asked) = send(&world, &id, Signer::Nobody, post("{\"a\":1}"), true).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("access-control-allow-origin"), Some("https://a.example"));
    let echo: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(echo["echo"]["body"], "{\"a\":1}");
    assert_eq!(echo["echo"]["requestContext"]["accountId"], "anonymous");
    expect![[r#"
        [
            "Anonymous lambda:InvokeFunctionUrl arn:aws:lambda:us-east-1:000000000000:function:f [(\"lambda:FunctionUrlAuthType\", [\"NONE\"])]",
            "Anonymous lambda:InvokeFunction arn:aws:lambda:us-east-1:000000000000:function:f [(\"lambda:InvokedViaFunctionUrl\", [\"true\"])]",
        ]"#]]
    .assert_eq(&format!("{asked:#?}"));
    let (refused, _) = send(&world, &id, Signer::Nobody, post(""), false).await;
    expect![[r#"403 {"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#]]
        .assert_eq(&shown(&refused));
    let (absent, _) = send(&world, "absent", Signer::Nobody, post(""), true).await;
    assert_eq!(absent.status, 404);
}

#[tokio::test]
async fn an_address_with_iam_wants_a_signature() {
    let world = World::new();
    world.function(json!({})).await;
    let id = made(&world, json!({"AuthType": "AWS_IAM"})).await;
    assert_eq!(send(&world, &id, Signer::Nobody, post(""), true).await.0.status, 403);
    let invalid = Signer::Invalid { code: "InvalidSignatureException".to_owned(), message: "m".to_owned() };
    assert_eq!(shown(&send(&world, &id, invalid, post(""), true).await.0), r#"403 {"Message":"m"}"#);
    let signed = Signer::Caller(Box::new(root_call(Timestamp::from_secs(1))));
    let (response, _) = send(&world, &id, signed.clone(), post(""), true).await;
    let echo: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(
        echo["echo"]["requestContext"]["authorizer"]["iam"]["userArn"],
        "arn:aws:iam::000000000000:root"
    );
    world
        .call("PUT", "/2017-10-31/functions/f/concurrency", &[], r#"{"ReservedConcurrentExecutions": 0}"#)
        .await;
    let (throttled, _) = send(&world, &id, signed, post(""), true).await;
    assert_eq!(throttled.status, 429);
}

#[tokio::test]
async fn failures_are_not_shown() {
    let world = World::new();
    world.function(json!({"Handler": "init.error"})).await;
    let id = made(&world, json!({"AuthType": "NONE"})).await;
    let (response, _) = send(&world, &id, Signer::Nobody, post(""), true).await;
    assert_eq!(shown(&response), "502 Internal Server Error");
}

#[tokio::test]
async fn a_config_is_read_changed_and_removed() {
    let world = World::new();
    world.function(json!({"Publish": true})).await;
    world.settled("f:1").await;
    let id = made(&world, json!({"AuthType": "NONE"})).await;
    let mut shown = world.get(CONFIG).await.body;
    assert_eq!(shown["FunctionUrl"], format!("https://{id}.lambda-url.us-east-1.on.aws/"));
    shown.as_object_mut().unwrap().remove("FunctionUrl");
    expect![[r#"{"AuthType":"NONE","CreationTime":"2026-01-02T03:04:05.678Z","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","InvokeMode":"BUFFERED","LastModifiedTime":"2026-01-02T03:04:05.678Z"}"#]]
        .assert_eq(&shown.to_string());
    world.post("/2015-03-31/functions/f/aliases", json!({"Name": "live", "FunctionVersion": "1"})).await;
    let alias = format!("{CONFIG}?Qualifier=live");
    assert_eq!(world.post(&alias, json!({"AuthType": "AWS_IAM"})).await.status, 201);
    let updated =
        world.call("PUT", &alias, &[], json!({"AuthType": "NONE", "Cors": {"MaxAge": 5}}).to_string()).await;
    assert_eq!((&updated.body["AuthType"], &updated.body["Cors"]["MaxAge"]), (&json!("NONE"), &json!(5)));
    let listed = world.get("/2021-10-31/functions/f/urls").await.body;
    assert_eq!(listed["FunctionUrlConfigs"].as_array().unwrap().len(), 2);
    let mut seen = String::new();
    for answer in [
        world.post(CONFIG, json!({"AuthType": "NONE"})).await,
        world.post("/2021-10-31/functions/absent/url", json!({"AuthType": "NONE"})).await,
        world.post(&format!("{CONFIG}?Qualifier=1"), json!({"AuthType": "NONE"})).await,
        world.get("/2021-10-31/functions/absent/url").await,
    ] {
        seen += &format!("{}\n", answer.error());
    }
    expect![[r#"
        409 ResourceConflictException: Failed to create function url config for [functionArn = arn:aws:lambda:us-east-1:000000000000:function:f]. Error message:  FunctionUrlConfig exists for this Lambda function
        404 ResourceNotFoundException: Function does not exist
        400 ValidationException: 1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)
        404 ResourceNotFoundException: The resource you requested does not exist.
    "#]]
    .assert_eq(&seen);
    assert_eq!(world.call("DELETE", CONFIG, &[], "").await.status, 204);
    assert_eq!(world.get(CONFIG).await.status, 404);
}
