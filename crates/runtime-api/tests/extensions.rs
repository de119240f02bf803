//! Extensions' side of the conversation, spoken in raw HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base::{ManualClock, SequentialIds, Timestamp};
use bytes::Bytes;
use expect_test::{Expect, expect};
use runtime_api::{
    Dial, Event, Fact, Function, InvokeError, Outcome, Phase, RuntimeApi, Session, ShutdownReason, Status,
    Surroundings,
};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The ports of an environment are this machine's.
struct HereDial;

impl Dial for HereDial {
    fn dial(&self, port: u16) -> Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send + '_>> {
        Box::pin(TcpStream::connect(("127.0.0.1", port)))
    }
}

struct World {
    session: Session,
    address: SocketAddr,
}

struct Reply {
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(key, _)| *key == name))
            .map(|(_, v)| v)
    }

    /// The status and the document.
    fn short(&self) -> String {
        let status = self.head.split(' ').nth(1).unwrap();
        format!("{status} {}", self.body.trim_end())
    }
}

impl World {
    fn new(extensions: &[&str]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let function = Function {
            name: "f".to_owned(),
            version: "$LATEST".to_owned(),
            handler: "app.handler".to_owned(),
            account_id: "000000000000".to_owned(),
        };
        let surroundings = Surroundings {
            function,
            extensions: extensions.iter().map(|name| (*name).to_owned()).collect(),
            ids: Arc::new(SequentialIds::seeded(7)),
            clock: Arc::new(ManualClock::at(Timestamp(1_767_323_045_678))),
            dial: Arc::new(HereDial),
        };
        Self { session: RuntimeApi::serve_extensions(listener, surroundings).unwrap(), address }
    }

    async fn ask(&self, request: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut head = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Reply { head: head.replace("\r\n", "\n"), body: body.to_owned() }
    }

    async fn register(&self, name: &str, events: &str) -> Reply {
        let body = format!("{{\"events\":[{events}]}}");
        self.ask("POST /2020-01-01/extension/register", &[("Lambda-Extension-Name", name)], &body).await
    }

    async fn registered(&self, name: &str, events: &str) -> String {
        let reply = self.register(name, events).await;
        reply.header("lambda-extension-identifier").expect(&reply.head).to_owned()
    }

    /// Asks for an event in the background.
    fn asks(&self, path: &'static str, id: &str) -> tokio::task::JoinHandle<Reply> {
        let (world, id) = (Self { session: self.session.clone(), address: self.address }, id.to_owned());
        tokio::spawn(async move { world.ask(path, &[("Lambda-Extension-Identifier", &id)], "").await })
    }

    fn extension_asks(&self, id: &str) -> tokio::task::JoinHandle<Reply> {
        self.asks("GET /2020-01-01/extension/event/next", id)
    }

    fn runtime_asks(&self) -> tokio::task::JoinHandle<Reply> {
        self.asks("GET /2018-06-01/runtime/invocation/next", "")
    }

    fn invokes(&self, id: &str) -> tokio::task::JoinHandle<Result<Outcome, InvokeError>> {
        let (session, id) = (self.session.clone(), id.to_owned());
        tokio::spawn(async move { session.invoke(event(&id)).await })
    }

    async fn responds(&self, id: &str) -> Reply {
        self.ask(&format!("POST /2018-06-01/runtime/invocation/{id}/response"), &[], "1").await
    }
}

fn event(id: &str) -> Event {
    Event {
        request_id: id.to_owned(),
        payload: Bytes::from_static(b"{}"),
        deadline: Timestamp(1_767_323_048_678),
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
        trace_id: Some("Root=1-x;Parent=y;Sampled=0".to_owned()),
        client_context: None,
        cognito_identity: None,
    }
}

fn check(reply: &Reply, expected: Expect) {
    expected.assert_eq(&reply.short());
}

async fn moment() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

const BOTH: &str = "\"INVOKE\",\"SHUTDOWN\"";

#[tokio::test]
async fn an_extension_hears_of_invocations_and_the_end() {
    let world = World::new(&["watcher"]);
    let early = tokio::time::timeout(Duration::from_millis(30), world.session.extensions_registered()).await;
    assert!(early.is_err(), "the runtime starts when all have registered");
    let features =
        [("Lambda-Extension-Name", "watcher"), ("Lambda-Extension-Accept-Feature", "x, accountId")];
    let body = format!("{{\"events\":[{BOTH}]}}");
    let reply = world.ask("POST /2020-01-01/extension/register", &features, &body).await;
    check(
        &reply,
        expect![[
            r#"200 {"accountId":"000000000000","functionName":"f","functionVersion":"$LATEST","handler":"app.handler"}"#
        ]],
    );
    let id = reply.header("lambda-extension-identifier").unwrap().to_owned();
    world.session.extensions_registered().await.unwrap();

    let runtime = world.runtime_asks();
    moment().await;
    let early = tokio::time::timeout(Duration::from_millis(30), world.session.ready()).await;
    assert!(early.is_err(), "initialisation waits for extensions");
    let waiting = world.extension_asks(&id);
    world.session.ready().await.unwrap();
    expect![["EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]"]]
        .assert_eq(&world.session.extension_lines().join("\n"));

    let invoked = world.invokes("id-1");
    let told = waiting.await.unwrap();
    check(
        &told,
        expect![[
            r#"200 {"deadlineMs":1767323048678,"eventType":"INVOKE","invokedFunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","requestId":"id-1","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-x;Parent=y;Sampled=0"}}"#
        ]],
    );
    assert!(told.header("lambda-extension-event-identifier").is_some());
    assert!(runtime.await.unwrap().head.contains("aws-request-id: id-1"));
    world.responds("id-1").await;
    assert!(
        matches!(invoked.await.unwrap(), Ok(Outcome::Response(_))),
        "the caller does not wait for extensions"
    );

    let runtime = world.runtime_asks();
    world.session.runtime_parked().await.unwrap();
    let second = world.invokes("id-2");
    moment().await;
    assert!(!second.is_finished() && !runtime.is_finished(), "the next event waits for extensions");
    assert!(!world.session.may_stop(world.session.turns()));
    let waiting = world.extension_asks(&id);
    assert!(runtime.await.unwrap().head.contains("aws-request-id: id-2"));
    assert!(waiting.await.unwrap().body.contains("id-2"));

    let waiting = world.extension_asks(&id);
    moment().await;
    world.session.shutdown(ShutdownReason::Spindown, Timestamp(1_767_323_047_678));
    check(
        &waiting.await.unwrap(),
        expect![[r#"200 {"deadlineMs":1767323047678,"eventType":"SHUTDOWN","shutdownReason":"spindown"}"#]],
    );
    world.session.extension_ended("watcher", "exit code 0".to_owned());
    assert_eq!(world.session.extensions()[0].state, "Exited");
    world.session.close();
    assert_eq!(second.await.unwrap(), Err(InvokeError::Closed));
}

#[tokio::test]
async fn what_is_wrong_is_refused_as_aws_refuses_it() {
    let world = World::new(&["watcher"]);
    check(
        &world.register("", BOTH).await,
        expect![[
            r#"403 {"errorMessage":"Empty extension name","errorType":"Extension.InvalidExtensionName"}"#
        ]],
    );
    check(
        &world.register("watcher", "\"SLEEP\"").await,
        expect![[
            r#"403 {"errorMessage":"SLEEP: invalid event type","errorType":"Extension.InvalidEventType"}"#
        ]],
    );
    check(
        &world.register("inside", BOTH).await,
        expect![[
            r#"403 {"errorMessage":"SHUTDOWN: event not supported for internal extensions","errorType":"Extension.InvalidEventType"}"#
        ]],
    );
    let id = world.registered("watcher", BOTH).await;
    check(
        &world.register("watcher", BOTH).await,
        expect![[
            r#"403 {"errorMessage":"State transition from Registered to Registered failed for extension watcher. Error: State transition is not allowed","errorType":"Extension.InvalidExtensionState"}"#
        ]],
    );
    world.registered("inside", "\"INVOKE\"").await;
    check(
        &world.register("inside", "").await,
        expect![[
            r#"403 {"errorMessage":"Extension with this name already registered","errorType":"Extension.InvalidExtensionState"}"#
        ]],
    );
    for number in 2..10 {
        world.registered(&format!("inside-{number}"), "").await;
    }
    check(
        &world.register("eleventh", "").await,
        expect![[
            r#"403 {"errorMessage":"Extension limit (10) reached","errorType":"Extension.TooManyExtensions"}"#
        ]],
    );

    let next = "GET /2020-01-01/extension/event/next";
    check(
        &world.ask(next, &[], "").await,
        expect![[
            r#"403 {"errorMessage":"Missing Lambda-Extension-Identifier header","errorType":"Extension.MissingExtensionIdentifier"}"#
        ]],
    );
    let with = |id: &'static str| [("Lambda-Extension-Identifier", id)];
    check(
        &world.ask(next, &with("x"), "").await,
        expect![[
            r#"403 {"errorMessage":"Invalid Lambda-Extension-Identifier","errorType":"Extension.InvalidExtensionIdentifier"}"#
        ]],
    );
    let nobody = "00000000-0000-0000-0000-000000000000";
    check(
        &world.ask(next, &with(nobody), "").await,
        expect![[
            r#"403 {"errorMessage":"Unknown extension 00000000-0000-0000-0000-000000000000","errorType":"Extension.UnknownExtensionIdentifier"}"#
        ]],
    );
    let exit = "POST /2020-01-01/extension/exit/error";
    check(
        &world.ask(exit, &with(nobody), "{}").await,
        expect![[
            r#"403 {"errorMessage":"Lambda-Extension-Function-Error-Type not found","errorType":"Extension.MissingHeader"}"#
        ]],
    );
    let logs = "PUT /2020-08-15/logs";
    check(
        &world.ask(logs, &[("Lambda-Extension-Identifier", &id)], "{\"types\":[]}").await,
        expect![[
            r#"400 {"errorMessage":"destination is not provided; types should not be empty","errorType":"Logs.ValidationError"}"#
        ]],
    );
    assert!(world.ask("GET /2020-01-01/extension/register", &[], "").await.head.contains("405"));
    assert!(world.ask("GET /2020-01-01/extension/other", &[], "").await.head.contains("404"));

    let runtime = world.runtime_asks();
    moment().await;
    check(
        &world.register("late", "").await,
        expect![[
            r#"403 {"errorMessage":"Extension registration closed already","errorType":"Extension.RegistrationClosed"}"#
        ]],
    );
    runtime.abort();
}

#[tokio::test]
async fn an_extension_that_ends_takes_the_environment_along() {
    let world = World::new(&["watcher"]);
    let id = world.registered("watcher", BOTH).await;
    let (runtime, waiting) = (world.runtime_asks(), world.extension_asks(&id));
    world.session.ready().await.unwrap();
    let invoked = world.invokes("id-1");
    runtime.await.unwrap();
    waiting.await.unwrap();
    world.session.extension_ended("watcher", "exit status 1".to_owned());
    let Err(InvokeError::ExtensionFailed(ended)) = invoked.await.unwrap() else { panic!("not failed") };
    assert_eq!((ended.error_type, ended.how.as_str()), ("Extension.Crash", "exit status 1"));
    assert_eq!(world.session.parked().await, Err(InvokeError::ExtensionFailed(ended.clone())));
    assert_eq!(world.session.invoke(event("id-2")).await, Err(InvokeError::ExtensionFailed(ended)));
}

#[tokio::test]
async fn an_extension_reports_why_it_could_not_initialise() {
    let world = World::new(&["watcher"]);
    let id = world.registered("watcher", BOTH).await;
    let headers = [
        ("Lambda-Extension-Identifier", id.as_str()),
        ("Lambda-Extension-Function-Error-Type", "Extension.NoConfig"),
    ];
    let init = "POST /2020-01-01/extension/init/error";
    check(&world.ask(init, &headers, "{}").await, expect![[r#"202 {"status":"OK"}"#]]);
    check(&world.ask(init, &headers, "{}").await, expect![[r#"202 {"status":"OK"}"#]]);
    world.session.extension_ended("watcher", "exit code 0".to_owned());
    let Err(InvokeError::ExtensionFailed(ended)) = world.session.ready().await else { panic!("ready") };
    assert_eq!((ended.error_type, ended.how.as_str()), ("Extension.InitError", "exit code 0"));
    expect![["EXTENSION\tName: watcher\tState: InitError\tEvents: [INVOKE,SHUTDOWN]\tError Type: Extension.NoConfig"]]
        .assert_eq(&world.session.extension_lines().join("\n"));
    let world = World::new(&["watcher"]);
    let how = "fork/exec /opt/extensions/watcher: permission denied".to_owned();
    world.session.extension_not_started("watcher", "PermissionDenied", how);
    assert!(world.session.extensions_registered().await.is_err());
    let Err(InvokeError::ExtensionFailed(ended)) = world.session.ready().await else { panic!("ready") };
    assert_eq!(ended.error_type, "Extension.LaunchError");
    // The process that was to become it has ended, too, which says nothing new.
    world.session.extension_ended("watcher", "exit code 0".to_owned());
    expect![["EXTENSION\tName: watcher\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"]]
        .assert_eq(&world.session.extension_lines().join("\n"));
}

/// Takes one post on the listener; its body.
async fn posted(listener: &TcpListener, status: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    let text = loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            assert!(
                head.starts_with("POST /told HTTP/1.1") && head.contains("content-type: application/json")
            );
            break body.to_owned();
        }
    };
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    text
}

#[tokio::test]
async fn telemetry_is_delivered_in_batches_from_the_beginning() {
    let world = World::new(&["watcher"]);
    let start = Fact::InitRuntimeDone {
        initialization_type: "on-demand",
        phase: Phase::Init,
        status: Status::Success,
        error_type: None,
    };
    world.session.say(|| start.clone());
    let id = world.registered("watcher", BOTH).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let body = format!(
        r#"{{"schemaVersion":"2022-12-13","types":["platform","function"],"buffering":{{"timeoutMs":25}},"destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{port}/told"}}}}"#
    );
    let headers = [("Lambda-Extension-Identifier", id.as_str())];
    check(&world.ask("PUT /2022-07-01/telemetry", &headers, &body).await, expect![[r#"200 "OK""#]]);
    world.session.say(|| Fact::ExtensionOutput("not subscribed\n".to_owned()));
    world.session.say(|| Fact::Function("a line\n".to_owned()));
    // What was not taken comes again; what was said a moment later may come with it or after it.
    let messages = |text: &str| serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap();
    let refused = messages(&posted(&listener, "500 Internal Server Error").await);
    let mut all = messages(&posted(&listener, "200 OK").await);
    assert!(all.starts_with(&refused), "{refused:?} {all:?}");
    while all.len() < 3 {
        all.extend(messages(&posted(&listener, "200 OK").await));
    }
    let kinds: Vec<&str> = all.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["platform.initRuntimeDone", "platform.telemetrySubscription", "function"]);

    // Nothing is delivered to an environment that is stopped.
    let (runtime, waiting) = (world.runtime_asks(), world.extension_asks(&id));
    world.session.ready().await.unwrap();
    let mut told = String::new();
    while !told.contains("platform.extension") {
        told += &posted(&listener, "200 OK").await;
    }
    assert_eq!(told.matches("platform.extension").count(), 1);
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !world.session.may_stop(world.session.turns()) && std::time::Instant::now() < deadline {
        moment().await;
    }
    world.session.say(|| Fact::Function("said while it stopped\n".to_owned()));
    assert!(tokio::time::timeout(Duration::from_millis(100), listener.accept()).await.is_err());
    let _invoked = world.invokes("id-1");
    assert!(posted(&listener, "200 OK").await.contains("said while it stopped"));
    runtime.await.unwrap();
    waiting.await.unwrap();
    check(
        &world.ask("PUT /2022-07-01/telemetry", &headers, &body).await,
        expect![[
            r#"403 {"errorMessage":"Telemetry API subscription is closed already","errorType":"Telemetry.SubscriptionClosed"}"#
        ]],
    );
}

#[tokio::test]
async fn the_older_api_also_speaks_over_a_plain_connection() {
    let world = World::new(&["watcher"]);
    let id = world.registered("watcher", BOTH).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let body = format!(
        r#"{{"schemaVersion":"2020-08-15","types":["function","platform"],"buffering":{{"timeoutMs":25}},"destination":{{"protocol":"TCP","port":{port}}}}}"#
    );
    let headers = [("Lambda-Extension-Identifier", id.as_str())];
    check(&world.ask("PUT /2020-08-15/logs", &headers, &body).await, expect![[r#"200 "OK""#]]);
    expect![[r#"
        LOGS	Name: watcher	State: Subscribed	Types: [Function, Platform]
        EXTENSION	Name: watcher	State: Registered	Events: [INVOKE,SHUTDOWN]"#]]
    .assert_eq(&world.session.extension_lines().join("\n"));
    let (mut stream, _) = listener.accept().await.unwrap();
    for number in 0..3 {
        world.session.say(|| Fact::Function(format!("{number}\n")));
        moment().await;
    }
    let mut text = String::new();
    while text.lines().count() < 4 {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
    }
    expect![[r#"
        {"record":{"name":"watcher","state":"Subscribed","types":["function","platform"]},"time":"2026-01-02T03:04:05.678Z","type":"platform.logsSubscription"}
        {"record":"0\n","time":"2026-01-02T03:04:05.678Z","type":"function"}
        {"record":"1\n","time":"2026-01-02T03:04:05.678Z","type":"function"}
        {"record":"2\n","time":"2026-01-02T03:04:05.678Z","type":"function"}
    "#]]
    .assert_eq(&text);
}

/// Takes its time to open, as an environment does on a busy machine.
struct SlowGate(Session, std::sync::atomic::AtomicBool);

impl runtime_api::Gate for SlowGate {
    fn open(&self) {
        let stopped = (0..10).any(|_| {
            std::thread::sleep(Duration::from_millis(2));
            self.0.may_stop(self.0.turns())
        });
        self.1.fetch_or(stopped, std::sync::atomic::Ordering::SeqCst);
    }
}

#[tokio::test]
async fn an_environment_is_not_stopped_while_an_event_is_on_its_way() {
    let world = World::new(&[]);
    let runtime = world.runtime_asks();
    world.session.ready().await.unwrap();
    assert!(world.session.may_stop(world.session.turns()));
    let gate = Arc::new(SlowGate(world.session.clone(), Default::default()));
    world.session.set_gate(gate.clone());
    let _invoked = world.invokes("id-1");
    assert!(runtime.await.unwrap().head.contains("aws-request-id: id-1"));
    assert!(
        !gate.1.load(std::sync::atomic::Ordering::SeqCst),
        "it would have stood still with an event in it"
    );
}
