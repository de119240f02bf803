//! Who calls, from where, about what.

use base::{AccountId, Scope, Timestamp, VpcEndpointId, VpcId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

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
    /// When the session began, for temporary keys.
    pub session_started: Option<Timestamp>,
    pub session_facts: SessionFacts,
}

/// What was said about a session when it was made, which it carries as long as it lasts.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// Its tags, over those of its role.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go on to the roles assumed from it.
    pub transitive: BTreeSet<String>,
    /// Who is behind it, which no role further on can change.
    pub source_identity: Option<String>,
    /// The token that it was made for, of a user whom an identity provider vouches for.
    #[serde(default)]
    pub federation: Option<Federation>,
    /// Condition keys of the service that had it made, such as `lambda:SourceFunctionArn`.
    #[serde(default)]
    pub service_keys: BTreeMap<String, String>,
}

/// A user of an identity provider.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    /// The provider's ARN.
    pub provider: String,
    /// What the token says, by condition key, such as `issuer.example:sub`.
    pub keys: BTreeMap<String, Vec<String>>,
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
    /// What was agreed with the client, when it came with TLS.
    pub tls: Option<Arc<Tls>>,
}

/// One TLS connection's parameters, in the words of the record of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.3`.
    pub version: String,
    /// `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: String,
    /// The name that the client asked for.
    pub server_name: Option<String>,
}

/// The interface endpoint whose socket accepted the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEndpoint {
    pub vpc: VpcId,
    pub vpce: VpcEndpointId,
}
