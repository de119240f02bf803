//! Who calls, from where, about what.

use base::{AccountId, Scope, Timestamp, VpcEndpointId, VpcId};
use std::net::IpAddr;

/// One authenticated call, as every operation sees it.
#[derive(Debug, Clone)]
pub struct Call {
    pub caller: Caller,
    /// The caller's account and the region that the request was signed for.
    pub scope: Scope,
    pub request_id: String,
    pub now: Timestamp,
    pub source: Source,
    pub user_agent: Option<String>,
}

/// The identity behind the signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    pub principal: policy::Principal,
    pub account: AccountId,
    pub access_key_id: String,
    /// Policies passed to AssumeRole, as JSON, which narrow what the session may do.
    pub session_policies: Vec<String>,
}

/// The network path that the request took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The address the request came from, as the listening socket saw it.
    pub ip: IpAddr,
    /// Set when the request came through an interface endpoint.
    pub endpoint: Option<SourceEndpoint>,
    /// Also true on the loopback port: deployment tools put a Deny on its absence into buckets.
    pub secure_transport: bool,
}

/// The interface endpoint whose socket accepted the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEndpoint {
    pub vpc: VpcId,
    pub vpce: VpcEndpointId,
}
