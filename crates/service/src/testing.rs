//! For the tests of services: a caller who may do everything, and a pipeline around one registry.

mod asked;

pub use asked::Asking;

use crate::{
    Access, Audit, Authority, Call, Caller, Event, IdentifyError, Identity, Pipeline, Registry, Settle,
    Source, Verdict,
};
use base::{AccountId, Scope, Timestamp};
use policy::{Context, Principal};
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Fault, Store};

/// Knows nobody, allows everything, settles at once and records nothing.
pub struct AllowAll;

impl Authority for AllowAll {
    fn identify(&self, _: &str, _: Option<&str>, _: Timestamp) -> Result<Identity, IdentifyError> {
        Err(IdentifyError::UnknownKey)
    }

    fn decide(&self, _: &Call, _: &Access, _: &Context) -> Result<Verdict, Fault> {
        Ok(Verdict::Allowed)
    }
}

impl Settle for AllowAll {
    fn settle(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

impl Audit for AllowAll {
    fn record(&self, _: Event<'_>) {}
}

/// Allows everything but the action it is told to deny, and remembers what it was asked.
#[derive(Default)]
pub struct Judge {
    pub asked: Mutex<Vec<Access>>,
    pub denied: Mutex<Option<String>>,
}

impl Judge {
    pub fn deny(&self, action: &str) {
        *self.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(action.to_owned());
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<Access> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same as lines: action, resource, then the keys that are not among those left out.
    pub fn asked_lines(&self, left_out: &[&str]) -> Vec<String> {
        let line = |access: Access| {
            let keys = access.context.iter().filter(|(key, _)| !left_out.contains(&key.as_str()));
            let keys: Vec<_> = keys.map(|(key, values)| format!(" {key}={}", values.join(","))).collect();
            format!("{} {}{}", access.action, access.resource, keys.concat())
        };
        self.asked().into_iter().map(line).collect()
    }
}

impl Authority for Judge {
    fn identify(&self, _: &str, _: Option<&str>, _: Timestamp) -> Result<Identity, IdentifyError> {
        Err(IdentifyError::UnknownKey)
    }

    fn decide(&self, _: &Call, access: &Access, _: &Context) -> Result<Verdict, Fault> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(access.clone());
        let denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(if denied.as_ref() == Some(&access.action) {
            Verdict::Denied { message: "denied".to_owned(), decision: None }
        } else {
            Verdict::Allowed
        })
    }
}

/// The pipeline of one service under [`AllowAll`].
pub fn pipeline(registry: Registry, store: &Store) -> Pipeline {
    pipeline_under(Arc::new(AllowAll), registry, store)
}

/// The pipeline of one service whose calls somebody decides.
pub fn pipeline_under(authority: Arc<dyn Authority>, registry: Registry, store: &Store) -> Pipeline {
    let all = Arc::new(AllowAll);
    Pipeline::new(vec![registry], authority, store, all.clone(), all)
}

/// A call by the default account's root from loopback.
pub fn root_call(now: Timestamp) -> Call {
    let account = AccountId::default();
    Call {
        caller: Caller {
            principal: Principal::Root { account: account.clone() },
            account,
            access_key_id: "test".to_owned(),
            session_policies: Vec::new(),
            session_facts: Default::default(),
            session_started: Default::default(),
        },
        scope: Scope::default(),
        request_id: "r-1".to_owned(),
        now,
        source: Source {
            ip: Ipv4Addr::LOCALHOST.into(),
            endpoint: None,
            secure_transport: true,
            tls: Default::default(),
        },
        user_agent: None,
    }
}
