//! For the tests of services: a caller who may do everything, and a pipeline around one registry.

use crate::{
    Access, Audit, Authority, Call, Caller, Event, IdentifyError, Identity, Pipeline, Registry, Settle,
    Source, Verdict,
};
use base::{AccountId, Scope, Timestamp};
use policy::{Context, Principal};
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
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

/// The pipeline of one service under [`AllowAll`].
pub fn pipeline(registry: Registry, store: &Store) -> Pipeline {
    let all = Arc::new(AllowAll);
    Pipeline::new(vec![registry], all.clone(), store, all.clone(), all)
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
