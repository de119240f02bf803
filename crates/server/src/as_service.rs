//! Calls that a service of AWS makes for its users, such as of the functions behind an API.

use base::{Clock, Ids, Scope};
use policy::Principal;
use service::{Call, Caller, SessionFacts, Source};
use std::net::{IpAddr, Ipv4Addr};

/// A call by the service of this principal, such as `apigateway.amazonaws.com`.
pub(crate) fn call(principal: &str, scope: Scope, ids: &dyn Ids, clock: &dyn Clock) -> Call {
    Call {
        caller: Caller {
            principal: Principal::Service { name: principal.to_owned() },
            account: scope.account.clone(),
            access_key_id: String::new(),
            session_policies: Vec::new(),
            session_started: None,
            session_facts: SessionFacts::default(),
        },
        scope,
        request_id: ids.uuid(),
        now: clock.now(),
        source: Source {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            endpoint: None,
            secure_transport: true,
            tls: None,
        },
        user_agent: Some(principal.to_owned()),
    }
}
