//! Why APIs turned requests away, kept for who asks by the request's id. The record of calls is
//! CloudTrail's and has none of these, as on AWS; they live in memory, the newest ones.

use base::{AccountId, Timestamp};
use edge::{ApiAddress, ApiCall, ApiKind};
use service::{Denial, Source};
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// How many are kept.
const KEPT: usize = 1000;

/// Why an API turned a request away, whichever kind of API it is.
pub struct Refusal {
    status: u16,
    code: String,
    message: String,
    reason: String,
    denial: Option<Box<Denial>>,
}

impl From<svc_apigateway::Refusal> for Refusal {
    fn from(refusal: svc_apigateway::Refusal) -> Self {
        let svc_apigateway::Refusal { status, code, message, reason, denial, .. } = refusal;
        let message = message.unwrap_or_else(|| "null".to_owned());
        Self { status, code, message, reason, denial }
    }
}

impl From<svc_apigatewayv2::Refusal> for Refusal {
    fn from(refusal: svc_apigatewayv2::Refusal) -> Self {
        let svc_apigatewayv2::Refusal { status, code, message, reason, denial, .. } = refusal;
        Self { status, code, message, reason, denial }
    }
}

/// One request that an API refused, told to a person.
struct Told {
    request_id: String,
    /// The API's account; unknown when there is no such API.
    account: Option<AccountId>,
    text: String,
}

#[derive(Default)]
pub struct Refusals {
    newest: Mutex<VecDeque<Told>>,
}

impl Refusals {
    pub fn note(&self, call: &About, account: Option<AccountId>, refusal: &Refusal) {
        let told = Told { request_id: call.request_id.clone(), account, text: told(call, refusal) };
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.len() >= KEPT {
            newest.pop_front();
        }
        newest.push_back(told);
    }

    /// What is known of a request, for the root of the API's account.
    pub fn of(&self, account: &AccountId, request_id: &str) -> Option<String> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let found = newest.iter().rev().find(|told| told.request_id == request_id)?;
        let may_see = found.account.as_ref().is_none_or(|owner| owner == account);
        may_see.then(|| found.text.clone())
    }
}

/// The parts of a call that a person wants to see.
#[derive(Clone)]
pub struct About {
    request_id: String,
    what: String,
    from: String,
    at: String,
}

impl About {
    /// The same about a message of a client that was let in.
    pub fn with_request_id(&self, request_id: String) -> Self {
        Self { request_id, ..self.clone() }
    }
}

impl About {
    pub fn of(address: &ApiAddress, method: &str, source: &Source, request_id: &str, now: Timestamp) -> Self {
        let through = source.endpoint.as_ref().map(|e| format!(" through {}", e.vpce)).unwrap_or_default();
        Self {
            request_id: request_id.to_owned(),
            what: format!("{method} {} of {}", address.path, api_of(address)),
            from: format!("{}{through}", source.ip),
            at: now.iso8601(),
        }
    }
}

/// The API, and the domain name that led to it.
fn api_of(address: &ApiAddress) -> String {
    let ApiAddress { api, stage, domain, .. } = address;
    match (&address.kind, &address.base_path) {
        (ApiKind::Domain, _) => format!("the domain name {domain}"),
        (_, Some(base)) => format!("the API {api} (stage {stage}), below {domain}{base}"),
        (_, None) => format!("the API {api} (stage {stage})"),
    }
}

impl From<&ApiCall> for About {
    fn from(call: &ApiCall) -> Self {
        Self::of(&call.address, &call.request.method, &call.source, &call.request_id, call.now)
    }
}

fn told(call: &About, refusal: &Refusal) -> String {
    let About { what, from, at, .. } = call;
    let Refusal { status, code, message, reason, denial } = refusal;
    let mut out = format!("{what}\n  at      {at}\n  from    {from}\n  ended   {status} {code}: {message}");
    match denial {
        None => {
            let _ = write!(out, "\n  because {reason}");
        }
        Some(denial) => {
            let _ = write!(out, "\n  denied  {} on {}", denial.action, denial.resource);
            let decision = denial.decision.as_deref();
            for statement in decision.iter().flat_map(|d| &d.deciding) {
                let _ = write!(out, "\n  by      {statement}");
            }
            for kind in decision.iter().flat_map(|d| &d.missing) {
                let _ = write!(out, "\n  because no {kind} allows it");
            }
        }
    }
    out.push('\n');
    out
}
