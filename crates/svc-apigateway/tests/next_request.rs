//! What a request is decided by is kept between requests; whatever changes acts on the next one.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

use base::{ManualClock, RandomIds, Scope, Timestamp};
use serde_json::{Value as Json, json};
use service::testing::{pipeline, root_call};
use service::{Access, Call, Pipeline, Verdict};
use std::sync::Arc;
use store::{Durability, Fault, Store};
use svc_apigateway::needs::{FunctionAnswer, Functions, Invoked, Invoking, Policies};
use svc_apigateway::{ApiGateway, ApiRequest, Cipher, CipherError, Needs, Signer};
use wire::http::Request;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const KEY: &str = "a-key-of-twenty-characters";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

/// The function answers with its event, the policies with what the API's own says first.
struct Behind;

impl Functions for Behind {
    fn invoke(&self, invoking: Invoking) -> Invoked<'_> {
        let body = String::from_utf8(invoking.payload).unwrap();
        let payload = json!({ "statusCode": 200, "body": body }).to_string().into_bytes();
        Box::pin(async { Ok(FunctionAnswer { payload, is_error: false }) })
    }
}

impl Policies for Behind {
    fn decide(&self, _: &Call, access: &Access) -> Result<Verdict, Fault> {
        let text = access.resource_policy.as_ref().map(|document| document.text().to_owned());
        let denied = text.is_some_and(|text| text.contains("Deny"));
        let message = "denied".to_owned();
        Ok(if denied { Verdict::Denied { message, decision: None } } else { Verdict::Allowed })
    }
}

impl Cipher for Behind {
    fn seal(&self, _: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(plain.to_vec())
    }

    fn open(&self, _: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(sealed.to_vec())
    }
}

struct World {
    gateway: Arc<ApiGateway>,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    api: String,
    _dir: tempfile::TempDir,
}

impl World {
    /// An API with one method that wants a key.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let needs = Needs {
            functions: Arc::new(Behind),
            policies: Arc::new(Behind),
            cipher: Arc::new(Behind),
            clock: Arc::new(ManualClock::at(NOW)),
            ids: Arc::new(RandomIds),
        };
        let gateway = ApiGateway::new(store.clone(), needs);
        let pipeline = pipeline(svc_apigateway::registry(gateway.clone()), &store);
        let mut world = Self { gateway, pipeline, runtime, api: String::new(), _dir: dir };
        let made = world.ok("POST", "/restapis", json!({ "name": "a" }));
        world.api = text(&made["id"]);
        let method =
            format!("/restapis/{}/resources/{}/methods/GET", world.api, text(&made["rootResourceId"]));
        world.ok("PUT", &method, json!({ "authorizationType": "NONE", "apiKeyRequired": true }));
        let uri =
            format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations");
        let integration = json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri });
        world.ok("PUT", &format!("{method}/integration"), integration);
        world.ok("POST", &format!("/restapis/{}/deployments", world.api), json!({ "stageName": "v1" }));
        world
    }

    fn ok(&self, method: &str, path: &str, input: Json) -> Json {
        let request = Request {
            method: method.into(),
            path: path.into(),
            body: input.to_string().into(),
            ..Request::default()
        };
        let response = self.runtime.block_on(self.pipeline.handle("apigateway", &root_call(NOW), &request));
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        assert!(response.status < 300, "{method} {path}: {} {body}", response.status);
        serde_json::from_str(&body).unwrap_or(Json::Null)
    }

    fn patch(&self, path: &str, op: &str, what: &str, value: &str) {
        let change = json!({ "op": op, "path": what, "value": value });
        self.ok("PATCH", path, json!({ "patchOperations": [change] }));
    }

    fn key(&self) -> String {
        let key = json!({ "name": "k", "enabled": true, "value": KEY });
        text(&self.ok("POST", "/apikeys", key)["id"])
    }

    fn plan(&self, throttle: Json) -> String {
        let stage = json!({ "apiId": self.api, "stage": "v1" });
        let plan = json!({ "name": "p", "apiStages": [stage], "throttle": throttle });
        text(&self.ok("POST", "/usageplans", plan)["id"])
    }

    fn join(&self, plan: &str, key: &str) {
        self.ok("POST", &format!("/usageplans/{plan}/keys"), json!({ "keyId": key, "keyType": "API_KEY" }));
    }

    /// The status, and why if it was refused, or what the function got.
    fn get(&self) -> (u16, String) {
        let headers = vec![("x-api-key".to_owned(), KEY.to_owned())];
        let http = Request { method: "GET".into(), path: "/v1".into(), headers, ..Request::default() };
        let call = root_call(NOW);
        let request = ApiRequest {
            api: &self.api,
            region: None,
            stage: "v1",
            path: "/",
            domain: "x.execute-api.us-east-1.amazonaws.com",
            http: &http,
            source: &call.source,
            request_id: "r-1",
            now: NOW,
            signer: Signer::Nobody,
        };
        let answered = self.runtime.block_on(self.gateway.answer(request));
        let body = String::from_utf8(answered.response.body.to_vec()).unwrap();
        (answered.response.status, answered.refused.map_or(body, |refusal| refusal.reason))
    }

    fn status(&self) -> u16 {
        self.get().0
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn a_change_of_a_plan_acts_on_the_next_request() {
    let world = World::new();
    let key = world.key();
    assert_eq!(world.get(), (403, format!("no usage plan has the API key {key} and this stage")));
    let plan = world.plan(json!({ "rateLimit": 0.0, "burstLimit": 2 }));
    assert_eq!(world.status(), 403, "a plan without the key");
    world.join(&plan, &key);
    assert_eq!([world.status(), world.status(), world.status()], [200, 200, 429]);
    let path = format!("/usageplans/{plan}");
    world.patch(&path, "remove", "/throttle", "");
    assert_eq!(world.status(), 200, "the plan throttles no more");
    world.patch(&path, "remove", "/apiStages", &format!("{}:v1", world.api));
    assert_eq!(world.status(), 403, "the plan lost the stage");
    world.patch(&path, "add", "/apiStages", &format!("{}:v1", world.api));
    assert_eq!(world.status(), 200);
    world.ok("DELETE", &format!("/usageplans/{plan}/keys/{key}"), Json::Null);
    assert_eq!(world.status(), 403, "the plan lost the key");
    let other = world.plan(Json::Null);
    world.join(&other, &key);
    assert_eq!(world.status(), 200, "another plan has it");
}

#[test]
fn a_change_of_a_key_acts_on_the_next_request() {
    let world = World::new();
    assert_eq!(world.get(), (403, "no API key has this value".to_owned()));
    let key = world.key();
    world.join(&world.plan(Json::Null), &key);
    assert_eq!(world.status(), 200);
    world.patch(&format!("/apikeys/{key}"), "replace", "/enabled", "false");
    assert_eq!(world.get(), (403, format!("the API key {key} is disabled")));
    world.patch(&format!("/apikeys/{key}"), "replace", "/enabled", "true");
    assert_eq!(world.status(), 200);
    world.ok("DELETE", &format!("/apikeys/{key}"), Json::Null);
    assert_eq!(world.get(), (403, "no API key has this value".to_owned()));
}

#[test]
fn a_change_of_the_policy_acts_on_the_next_request() {
    let world = World::new();
    world.join(&world.plan(Json::Null), &world.key());
    let path = format!("/restapis/{}", world.api);
    let policy = |effect: &str| {
        let statement = json!({
            "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    assert_eq!(world.status(), 200);
    world.patch(&path, "replace", "/policy", &policy("Deny"));
    assert_eq!(world.get(), (403, "denied".to_owned()));
    world.patch(&path, "replace", "/policy", &policy("Allow"));
    assert_eq!(world.status(), 200);
}

/// Beside as many plans as an account may have, the right one is found.
#[test]
fn each_key_has_the_plan_that_it_is_in() {
    let world = World::new();
    let others: Vec<String> =
        (0..20).map(|_| world.plan(json!({ "rateLimit": 0.0, "burstLimit": 0 }))).collect();
    let key = world.key();
    let own = world.plan(json!({ "rateLimit": 0.0, "burstLimit": 1 }));
    world.join(&own, &key);
    assert_eq!(world.status(), 200);
    let (status, reason) = world.get();
    assert_eq!(status, 429);
    assert!(reason.starts_with(&format!("throttled by plan {own} key {key}")), "{reason}");
    assert!(!others.contains(&own));
}

#[test]
fn a_function_gets_the_event_in_awss_form() {
    let world = World::new();
    let key = world.key();
    world.join(&world.plan(Json::Null), &key);
    let (status, event) = world.get();
    assert_eq!(status, 200);
    let event: Json = serde_json::from_str(&event).unwrap();
    let mut identity = event["requestContext"]["identity"].clone();
    assert_eq!(identity["apiKeyId"], json!(key));
    identity["apiKeyId"] = Json::Null;
    expect_test::expect![[r#"
        {"accessKey":null,"accountId":null,"apiKey":"a-key-of-twenty-characters","apiKeyId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"127.0.0.1","user":null,"userAgent":null,"userArn":null}
    "#]]
    .assert_eq(&format!("{identity}\n"));
    let names: Vec<&String> = event.as_object().unwrap().keys().collect();
    expect_test::expect![[r#"["body", "headers", "httpMethod", "isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters", "path", "pathParameters", "queryStringParameters", "requestContext", "resource", "stageVariables"]"#]]
        .assert_eq(&format!("{names:?}"));
    assert_eq!(event["requestContext"]["accountId"], json!(Scope::default().account.as_str()));
}
