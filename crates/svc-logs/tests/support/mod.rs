//! Calls go through the whole pipeline as JSON; an authority that allows everything keeps
//! what it was asked.

use base::{Scope, Timestamp};
use policy::{Context, Principal};
use serde_json::Value as Json;
use service::{
    Access, Audit, Authority, Call, Caller, Event, IdentifyError, Identity, Pipeline, Settle, Source, Verdict,
};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use store::{Durability, Fault, Store};
use svc_logs::{Line, Logs};
use wire::http::Request;

/// 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

pub struct World {
    pub logs: Arc<Logs>,
    pub store: Store,
    pub now: Timestamp,
    pipeline: Pipeline,
    asked: Arc<Asked>,
    runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

impl Authority for Asked {
    fn identify(&self, _: &str, _: Option<&str>, _: Timestamp) -> Result<Identity, IdentifyError> {
        Err(IdentifyError::UnknownKey)
    }

    fn decide(&self, _: &Call, access: &Access, _: &Context) -> Result<Verdict, Fault> {
        let context: Vec<_> = access.context.iter().map(|(k, v)| format!(" {k}={}", v.join(","))).collect();
        self.0.lock().unwrap().push(format!("{} {}{}", access.action, access.resource, context.concat()));
        Ok(Verdict::Allowed)
    }
}

struct Still;

impl Settle for Still {
    fn settle(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

impl Audit for Still {
    fn record(&self, _: Event<'_>) {}
}

impl World {
    pub fn open(dir: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir, Durability::Ephemeral).unwrap();
        let logs = Arc::new(Logs::new(store.clone()));
        let asked = Arc::new(Asked::default());
        let registries = vec![svc_logs::ops::registry(logs.clone())];
        let pipeline = Pipeline::new(registries, asked.clone(), &store, Arc::new(Still), Arc::new(Still));
        Self { logs, store, now: NOW, pipeline, asked, runtime }
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The status and the body.
    pub fn call(&self, operation: &str, input: Json) -> (u16, String) {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("x-amz-target".into(), format!("Logs_20140328.{operation}"))],
            body: input.to_string().into(),
            ..Request::default()
        };
        let response = self.block_on(self.pipeline.handle("logs", &self.frame(), &request));
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }

    pub fn ok(&self, operation: &str, input: Json) -> Json {
        let (status, body) = self.call(operation, input);
        assert_eq!(status, 200, "{operation}: {body}");
        serde_json::from_str(&body).unwrap_or(Json::Null)
    }

    pub fn fails(&self, operation: &str, input: Json) -> String {
        let (status, body) = self.call(operation, input);
        let json: Json = serde_json::from_str(&body).unwrap();
        format!("{status} {}: {}", json["__type"].as_str().unwrap(), json["message"].as_str().unwrap())
    }

    /// What the policies were asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.0.lock().unwrap())
    }

    pub fn append(&self, group: &str, stream: &str, lines: &[(i64, &str)]) {
        let line =
            |(offset, text): &(i64, &str)| Line { at: NOW.plus_ms(*offset), message: (*text).to_owned() };
        let lines = lines.iter().map(line).collect();
        let scope = Scope::default();
        self.block_on(self.logs.ensure_group(&scope, group, self.now)).unwrap();
        self.block_on(self.logs.ensure_stream(&scope, group, stream, self.now)).unwrap();
        self.block_on(self.logs.append(&scope, group, stream, lines, self.now)).unwrap();
    }

    fn frame(&self) -> Call {
        let scope = Scope::default();
        Call {
            caller: Caller {
                principal: Principal::Root { account: scope.account.clone() },
                account: scope.account.clone(),
                access_key_id: "test".into(),
                session_policies: Vec::new(),
                session_started: None,
                session_facts: Default::default(),
            },
            scope,
            request_id: "r".into(),
            now: self.now,
            source: Source { ip: [127, 0, 0, 1].into(), endpoint: None, secure_transport: true, tls: None },
            user_agent: None,
        }
    }
}

/// The messages of an answer's events, joined.
pub fn messages(answer: &Json) -> String {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|e| e["message"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}
