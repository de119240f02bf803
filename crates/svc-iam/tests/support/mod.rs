//! A world with one IAM in it: calls go through the whole pipeline as query requests, and IAM
//! itself decides who may do what.

#![allow(dead_code, reason = "each test file uses its part")]

use base::{Scope, SequentialIds, Timestamp};
use policy::{Context, Principal};
use service::{
    Access, Audit, Authority, Call, Caller, Event, IdentifyError, Identity, Pipeline, Settle, Source, Verdict,
};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use store::{Durability, Fault, Store};
use svc_iam::{Asked, Cipher, CipherError, Iam};
use wire::http::Request;

pub const ACCOUNT: &str = "000000000000";
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

pub struct World {
    pub iam: Arc<Iam>,
    pipeline: Pipeline,
    pub caller: Principal,
    pub now: Timestamp,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

/// Reversible and bound to its context: what a test needs of a cipher.
struct Toy;

impl Cipher for Toy {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(context.bytes().chain(plain.iter().map(|b| b ^ 0x55)).collect())
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        let rest = sealed.strip_prefix(context.as_bytes());
        let rest = rest.ok_or_else(|| CipherError::Open { context: context.to_owned() })?;
        Ok(rest.iter().map(|b| b ^ 0x55).collect())
    }
}

struct ByIam(Arc<Iam>);

impl Authority for ByIam {
    fn identify(&self, id: &str, _: Option<&str>, _: Timestamp) -> Result<Identity, IdentifyError> {
        self.0.identify(id)
    }

    fn decide(&self, call: &Call, access: &Access, context: &Context) -> Result<Verdict, Fault> {
        let principal = &call.caller.principal;
        let asked = Asked {
            principal,
            session_policies: &call.caller.session_policies,
            access,
            context,
            endpoint_policy: None,
        };
        let decision = self.0.decide(&asked)?;
        if decision.is_allowed() {
            return Ok(Verdict::Allowed);
        }
        let message = decision.message(&principal.arn(), &access.action, &access.resource);
        Ok(Verdict::Denied { message, decision: None })
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
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let iam = Arc::new(Iam::new(store.clone(), Arc::new(SequentialIds::seeded(1)), Arc::new(Toy)));
        let registries = vec![svc_iam::ops::registry(iam.clone())];
        let authority = Arc::new(ByIam(iam.clone()));
        let pipeline = Pipeline::new(registries, authority, &store, Arc::new(Still), Arc::new(Still));
        let caller = Principal::Root { account: ACCOUNT.parse().unwrap() };
        Self { iam, pipeline, caller, now: NOW, runtime, _dir: dir }
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The answer as one line: the status, then code and text of an error or the result.
    pub fn call(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2010-05-08");
        form.extend_pairs(parameters);
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: form.finish().into(),
            ..Request::default()
        };
        let response = self.block_on(self.pipeline.handle("iam", &self.frame(), &request));
        shorten(response.status, std::str::from_utf8(&response.body).unwrap())
    }

    /// A call that must succeed; its result.
    pub fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let answer = self.call(action, parameters);
        answer.strip_prefix("200 ").unwrap_or_else(|| panic!("{action}: {answer}")).to_owned()
    }

    fn frame(&self) -> Call {
        let account: base::AccountId = ACCOUNT.parse().unwrap();
        Call {
            caller: Caller {
                principal: self.caller.clone(),
                account: account.clone(),
                access_key_id: "test".into(),
                session_policies: Vec::new(),
                session_started: None,
                session_facts: Default::default(),
            },
            scope: Scope { account, ..Scope::default() },
            request_id: "r".into(),
            now: self.now,
            source: Source { ip: [127, 0, 0, 1].into(), endpoint: None, secure_transport: true, tls: None },
            user_agent: None,
        }
    }
}

fn shorten(status: u16, body: &str) -> String {
    if let Some(message) = element(body, "Message") {
        return format!("{status} {}: {}", element(body, "Code").unwrap_or_default(), unescape(message));
    }
    let result = body.find("Result>").and_then(|at| {
        let inner = &body[at + "Result>".len()..];
        inner.rfind("Result>").map(|end| &inner[..inner[..end].rfind("</").unwrap_or(end)])
    });
    format!("{status} {}", unescape(result.unwrap_or_default()))
}

/// The text between the first such tags.
pub fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let start = text.find(&format!("<{name}>"))? + name.len() + 2;
    let end = text[start..].find(&format!("</{name}>"))? + start;
    Some(&text[start..end])
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}
