//! Calls go through the whole pipeline as JSON; an authority that allows everything keeps
//! what it was asked.

#![allow(dead_code)]

use base::{Scope, Timestamp};
use serde_json::Value as Json;
use service::Pipeline;
use service::testing::{Judge, pipeline_under, root_call};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};
use store::{Durability, Store};
use svc_logs::needs::{Delivering, Functions, NotTaken, Pending};
use svc_logs::{Line, Logs};
use wire::http::{Request, Response};

/// 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// Functions that take what is handed over, while they may.
#[derive(Default)]
pub struct Taken {
    pub refuse: AtomicBool,
    pub events: Mutex<Vec<(String, Vec<u8>)>>,
}

impl Functions for Taken {
    fn may_invoke(&self, to: &Delivering) -> Result<bool, store::Fault> {
        Ok(to.function.ends_with(":function:sub") && to.source_arn.ends_with(":log-group:g:*"))
    }

    fn hand_over(&self, to: Delivering, event: Vec<u8>) -> Pending<'_, Result<(), NotTaken>> {
        Box::pin(async move {
            if self.refuse.load(Ordering::SeqCst) {
                return Err(NotTaken("busy".to_owned()));
            }
            self.events.lock().unwrap().push((to.function, event));
            Ok(())
        })
    }
}

pub struct World {
    pub taken: Arc<Taken>,
    pub logs: Arc<Logs>,
    pub store: Store,
    pub now: Timestamp,
    pipeline: Pipeline,
    judge: Arc<Judge>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    pub fn open(dir: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir, Durability::Ephemeral).unwrap();
        let logs = Arc::new(Logs::new(store.clone()));
        let taken = Arc::new(Taken::default());
        logs.supply(taken.clone());
        let judge = Arc::new(Judge::default());
        let pipeline = pipeline_under(judge.clone(), svc_logs::ops::registry(logs.clone()), &store);
        Self { taken, logs, store, now: NOW, pipeline, judge, runtime }
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The status and the body.
    pub fn call(&self, operation: &str, input: Json) -> (u16, String) {
        let response = self.answer(operation, input);
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }

    /// The whole answer, with what follows it.
    pub fn answer(&self, operation: &str, input: Json) -> Response {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("x-amz-target".into(), format!("Logs_20140328.{operation}"))],
            body: input.to_string().into(),
            ..Request::default()
        };
        self.block_on(self.pipeline.handle("logs", &root_call(self.now), &request))
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
        self.judge.asked_lines(&[])
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
}

/// The messages of an answer's events, joined.
pub fn messages(answer: &Json) -> String {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|e| e["message"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}
