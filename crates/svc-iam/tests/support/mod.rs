//! A world with one IAM in it: calls go through the whole pipeline as query requests, and IAM
//! itself decides who may do what.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses its part, and a test may fail"
)]

use base::{SequentialIds, Timestamp};
use policy::{Context, Principal};
use service::testing::{pipeline_under, root_call};
use service::{Access, Authority, Call, Caller, IdentifyError, Identity, Pipeline, Verdict};
use std::future::Future;
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

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let iam = Arc::new(Iam::new(store.clone(), Arc::new(SequentialIds::seeded(1)), Arc::new(Toy)));
        let registry = svc_iam::ops::registry(iam.clone());
        let pipeline = pipeline_under(Arc::new(ByIam(iam.clone())), registry, &store);
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

    pub fn frame(&self) -> Call {
        let call = root_call(self.now);
        Call { caller: Caller { principal: self.caller.clone(), ..call.caller }, ..call }
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
