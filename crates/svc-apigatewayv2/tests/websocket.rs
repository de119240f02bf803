//! Clients of WebSocket APIs: who is let in, which route a message takes, and `@connections`.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

mod support;

use serde_json::{Value as Json, json};
use service::Signer;
use service::testing::root_call;
use std::sync::{Arc, Mutex};
use support::{AUTHORIZER, FUNCTION, Got, NOW, World, text};
use svc_apigatewayv2::{ApiRequest, Client, Connected, Refusal};
use wire::http::Request;

/// What a client was sent.
#[derive(Default)]
struct Inbox {
    messages: Mutex<Vec<String>>,
    is_closed: Mutex<bool>,
}

impl Client for Inbox {
    fn send(&self, message: Vec<u8>) -> bool {
        self.messages.lock().unwrap().push(String::from_utf8(message).unwrap());
        !*self.is_closed.lock().unwrap()
    }

    fn close(&self) {
        *self.is_closed.lock().unwrap() = true;
    }
}

struct Chat {
    world: World,
    api: String,
    integration: String,
}

impl Chat {
    /// A WebSocket API with a stage that follows its changes, and no routes.
    fn new() -> Self {
        let world = World::new();
        let made = json!({ "name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action" });
        let api = text(&world.ok("POST", "/apis", made)["apiId"]);
        let integration = json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION });
        let integration = world.ok("POST", &format!("/apis/{api}/integrations"), integration);
        world.ok("POST", &format!("/apis/{api}/stages"), json!({ "stageName": "v1", "autoDeploy": true }));
        world.behind.answers.lock().unwrap().insert(FUNCTION.to_owned(), Ok(json!({ "statusCode": 200 })));
        Self { integration: text(&integration["integrationId"]), world, api }
    }

    fn route(&self, key: &str, settings: Json) -> String {
        let mut route = json!({ "routeKey": key, "target": format!("integrations/{}", self.integration) });
        for (name, value) in settings.as_object().unwrap() {
            route[name] = value.clone();
        }
        self.world.route(&self.api, route)
    }

    fn connect(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        signer: Signer,
    ) -> (Result<Connected, Refusal>, Arc<Inbox>) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let http = Request {
            method: "GET".into(),
            path: path.into(),
            query: query.into(),
            headers,
            ..Request::default()
        };
        let (call, inbox) = (root_call(NOW), Arc::new(Inbox::default()));
        let request = ApiRequest {
            api: &self.api,
            region: None,
            path,
            domain: "x.execute-api.us-east-1.amazonaws.com",
            mapped: None,
            http: &http,
            source: &call.source,
            request_id: "r-1",
            now: NOW,
            signer,
        };
        (self.world.block_on(self.world.gateway.connect(request, inbox.clone())), inbox)
    }

    fn open(&self) -> (Connected, Arc<Inbox>) {
        let (connected, inbox) = self.connect("/v1", &[("user-agent", "agent")], Signer::Nobody);
        (connected.ok().unwrap(), inbox)
    }

    fn say(&self, connected: &Connected, message: &str) -> Option<Refusal> {
        let said = self.world.gateway.received(&connected.connection, message.as_bytes(), "r-2");
        self.world.block_on(said)
    }

    fn invoked(&self) -> Vec<(String, Json)> {
        let invoked = self.world.behind.invoked.lock().unwrap();
        invoked.iter().map(|(_, source, event)| (source.clone(), event.clone())).collect()
    }

    fn manage(&self, method: &str, id: &str, body: &str, signer: Signer) -> Got {
        let path = format!("/v1/@connections/{}", id.replace('=', "%3D"));
        self.world.ask(method, &self.api, &path, &[], body, signer)
    }
}

fn signed() -> Signer {
    Signer::Caller(Box::new(root_call(NOW)))
}

fn said(inbox: &Inbox) -> Vec<String> {
    std::mem::take(&mut *inbox.messages.lock().unwrap())
}

#[test]
fn a_conversation_from_hello_to_good_bye() {
    let chat = Chat::new();
    for key in ["$connect", "$disconnect", "$default", "join"] {
        chat.route(key, json!({}));
    }
    let (connected, inbox) = chat.open();
    assert!(chat.say(&connected, r#"{"action":"join"}"#).is_none());
    assert!(chat.say(&connected, "no JSON").is_none());
    assert!(chat.say(&connected, r#"{"action":"$connect"}"#).is_none());
    assert!(said(&inbox).is_empty(), "nobody asked for answers");
    chat.world.block_on(chat.world.gateway.disconnected(&connected.connection, 1001, "Going away", "r-3"));
    let invoked = chat.invoked();
    let kinds: Vec<String> = invoked
        .iter()
        .map(|(_, event)| {
            let context = &event["requestContext"];
            format!("{} {}", text(&context["eventType"]), text(&context["routeKey"]))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "CONNECT $connect",
            "MESSAGE join",
            "MESSAGE $default",
            "MESSAGE $default",
            "DISCONNECT $disconnect"
        ]
    );
    let (source, event) = &invoked[1];
    assert_eq!(*source, format!("arn:aws:execute-api:us-east-1:000000000000:{}/v1/join", chat.api));
    let mut context = event["requestContext"].clone();
    assert_eq!(context["connectionId"], json!(connected.connection.id));
    (context["connectionId"], context["apiId"]) = (json!("ID"), json!("API"));
    expect_test::expect![[r#"{"apiId":"API","connectedAt":1767225600000,"connectionId":"ID","domainName":"x.execute-api.us-east-1.amazonaws.com","eventType":"MESSAGE","extendedRequestId":"r-2","identity":{"sourceIp":"127.0.0.1","userAgent":"agent"},"messageDirection":"IN","messageId":"r-2","requestId":"r-2","requestTime":"01/Jan/2026:00:00:00 +0000","requestTimeEpoch":1767225600000,"routeKey":"join","stage":"v1"}"#]]
        .assert_eq(&context.to_string());
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(r#"{"action":"join"}"#), &json!(false)));
    assert_eq!(invoked[4].1["requestContext"]["disconnectStatusCode"], json!(1001));
    assert_eq!(chat.manage("GET", &connected.connection.id, "", signed()).status, 410);
}

#[test]
fn answers_go_back_where_the_route_says_so() {
    let chat = Chat::new();
    let route = chat.route("echo", json!({ "routeResponseSelectionExpression": "$default" }));
    let (connected, inbox) = chat.open();
    chat.world
        .behind
        .answers
        .lock()
        .unwrap()
        .insert(FUNCTION.to_owned(), Ok(json!({ "statusCode": 200, "body": "hi" })));
    chat.say(&connected, r#"{"action":"echo"}"#);
    assert!(said(&inbox).is_empty(), "the route has no response yet");
    let path = format!("/apis/{}/routes/{route}/routeresponses", chat.api);
    chat.world.ok("POST", &path, json!({ "routeResponseKey": "$default" }));
    chat.say(&connected, r#"{"action":"echo"}"#);
    assert_eq!(said(&inbox), ["hi"]);
    let refusal = chat.say(&connected, r#"{"action":"none"}"#).unwrap();
    assert_eq!(refusal.reason, "the API has no route for the message, and no $default route");
    let told: Json = serde_json::from_str(&said(&inbox)[0]).unwrap();
    assert_eq!(
        told,
        json!({ "message": "Forbidden", "connectionId": connected.connection.id, "requestId": "r-2" })
    );
    chat.world.behind.answers.lock().unwrap().insert(FUNCTION.to_owned(), Ok(json!({ "errorMessage": "x" })));
    chat.say(&connected, r#"{"action":"echo"}"#);
    assert!(said(&inbox)[0].contains("Internal server error"));
}

#[test]
fn a_function_lets_in_or_not() {
    let chat = Chat::new();
    let refused = |path: &str| chat.connect(path, &[], Signer::Nobody).0.err().unwrap();
    chat.route("echo", json!({}));
    assert_eq!(refused("/v2").reason, "the API has no stage `v2`");
    chat.route("$connect", json!({}));
    let answer =
        |answer: Json| chat.world.behind.answers.lock().unwrap().insert(FUNCTION.to_owned(), Ok(answer));
    answer(json!({ "statusCode": 401, "body": "who are you?" }));
    let refusal = refused("/v1");
    assert_eq!((refusal.status, refusal.message.as_str()), (401, "who are you?"));
    answer(json!({ "errorMessage": "x" }));
    assert_eq!(refused("/v1").status, 502);
    answer(json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": "chat" } }));
    assert_eq!(chat.open().0.protocol.as_deref(), Some("chat"));
}

#[test]
fn the_connect_route_asks_who_it_is() {
    let chat = Chat::new();
    let route = chat.route("$connect", json!({ "authorizationType": "AWS_IAM" }));
    assert_eq!(chat.connect("/v1", &[], Signer::Nobody).0.err().unwrap().status, 403);
    assert!(chat.connect("/v1", &[], signed()).0.is_ok());
    *chat.world.behind.denied.lock().unwrap() = true;
    assert_eq!(chat.connect("/v1", &[], signed()).0.err().unwrap().reason, "denied");

    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{AUTHORIZER}/invocations");
    let authorizer = json!({ "name": "a", "authorizerType": "REQUEST", "identitySource": ["route.request.querystring.key"], "authorizerUri": uri });
    let made = chat.world.ok("POST", &format!("/apis/{}/authorizers", chat.api), authorizer);
    let change = json!({ "authorizationType": "CUSTOM", "authorizerId": made["authorizerId"] });
    chat.world.ok("PATCH", &format!("/apis/{}/routes/{route}", chat.api), change);
    assert_eq!(chat.connect("/v1", &[], Signer::Nobody).0.err().unwrap().status, 401);
    let arn = format!("arn:aws:execute-api:us-east-1:000000000000:{}/v1/$connect", chat.api);
    let says = |effect: &str| {
        let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": arn });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
        let answer = json!({ "principalId": "me", "policyDocument": policy, "context": { "team": "blue" } });
        chat.world.behind.answers.lock().unwrap().insert(AUTHORIZER.to_owned(), Ok(answer));
    };
    says("Deny");
    assert_eq!(chat.connect("/v1?key=k", &[], Signer::Nobody).0.err().unwrap().status, 403);
    says("Allow");
    assert!(chat.connect("/v1?key=k", &[], Signer::Nobody).0.is_ok());
    let (_, event) = chat.invoked().pop().unwrap();
    assert_eq!(event["requestContext"]["authorizer"], json!({ "principalId": "me", "team": "blue" }));
    assert_eq!(event["queryStringParameters"], json!({ "key": "k" }));
}

#[test]
fn a_back_end_manages_connections() {
    let chat = Chat::new();
    chat.route("$default", json!({}));
    let (connected, inbox) = chat.open();
    let id = &connected.connection.id;
    let got = chat.manage("POST", id, "news", Signer::Nobody);
    assert_eq!((got.status, got.reason.unwrap().as_str()), (403, "the route wants a signature (AWS_IAM)"));
    *chat.world.behind.denied.lock().unwrap() = true;
    assert_eq!(chat.manage("POST", id, "news", signed()).reason.unwrap(), "denied");
    *chat.world.behind.denied.lock().unwrap() = false;
    assert_eq!(chat.manage("POST", id, "news", signed()).status, 200);
    assert_eq!(said(&inbox), ["news"]);
    let got = chat.manage("GET", id, "", signed());
    assert_eq!(
        got.json(),
        json!({ "connectedAt": "2026-01-01T00:00:00.000Z", "identity": { "sourceIp": "127.0.0.1", "userAgent": "agent" }, "lastActiveAt": "2026-01-01T00:00:00.000Z" })
    );
    let large = chat.manage("POST", id, &"x".repeat(128 * 1024 + 1), signed());
    assert_eq!((large.status, large.header("x-amzn-errortype")), (413, Some("PayloadTooLargeException")));
    let none = chat.manage("POST", "none", "news", signed());
    assert_eq!((none.status, none.header("x-amzn-errortype")), (410, Some("GoneException")));
    assert_eq!(
        (chat.manage("DELETE", id, "", signed()).status, *inbox.is_closed.lock().unwrap()),
        (204, true)
    );
    assert_eq!(chat.manage("POST", id, "news", signed()).status, 410, "it is going");
    assert_eq!(chat.world.get(&chat.api, "/v1", &[]).status, 403);
}

#[test]
fn what_is_deleted_has_no_clients() {
    let chat = Chat::new();
    chat.route("$default", json!({}));
    let (_, inbox) = chat.open();
    chat.world.ok("DELETE", &format!("/apis/{}/stages/v1", chat.api), json!(null));
    assert!(*inbox.is_closed.lock().unwrap());
}
