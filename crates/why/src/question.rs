//! What has to be known for an explanation.

use base::{NetworkInterfaceId, VpcEndpointId};
use policy::{Decision, NearMiss, Remark};
use std::net::IpAddr;
use vpc::{InterfaceKind, Network, Payload};

pub struct Question<'a> {
    pub subject: Subject<'a>,
    pub target: Target,
    /// What the target's host name is for the subject.
    pub dns: Dns,
    /// The call to AWS's API that the connection is for, when it is for one.
    pub call: Option<Call>,
    /// What is known of what listens at the target.
    pub listener: Option<Listener>,
}

pub struct Subject<'a> {
    /// As the user named it: `function:license`.
    pub label: String,
    /// The function's name, for commands.
    pub function: Option<String>,
    pub placement: Placement<'a>,
}

pub enum Placement<'a> {
    /// In no VPC: on the internet, from where private addresses are out of reach. `beside` is the VPC
    /// that the target is in, if there is one.
    Outside { beside: Option<&'a Network> },
    /// In a VPC, behind these interfaces: each invocation may go out by any of them.
    Vpc { network: &'a Network, interfaces: Vec<NetworkInterfaceId> },
}

pub struct Target {
    /// As the user named it: `db:main`, `secret:prod/db`, `10.0.2.5:5432`.
    pub label: String,
    pub host: String,
    pub port: u16,
    /// What is sent there first.
    pub payload: Payload,
    /// The endpoint service behind a public AWS name: `com.amazonaws.us-east-1.secretsmanager`.
    pub service: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dns {
    /// The host is an address.
    Literal(IpAddr),
    Addresses(Vec<IpAddr>),
    NoSuchName,
    /// Nobody here has the name: it is one of the internet at large, which is not asked for an explanation.
    AtLarge,
    /// The VPC has `enableDnsSupport` off.
    Off,
}

/// A call with the decision on it, which was made with the endpoint's policy when the name leads to one.
pub struct Call {
    /// `secretsmanager:GetSecretValue`
    pub action: String,
    /// The ARN that the action is on, or `*`.
    pub resource: String,
    /// The role that the subject has; `None` for other principals, whose policies get no fix here.
    pub role: Option<String>,
    pub decision: Decision,
    pub near_misses: Vec<NearMiss>,
    /// What keeps statements that were meant to allow it from ever doing so.
    pub remarks: Vec<Remark>,
    pub endpoint: Option<EndpointPolicy>,
}

/// The endpoint that the call goes through and the document it has now.
pub struct EndpointPolicy {
    pub vpce: VpcEndpointId,
    pub document: serde_json::Value,
}

pub struct Listener {
    pub ok: bool,
    /// One line: `db main is available`.
    pub reason: String,
    pub fix: Vec<String>,
}

/// The endpoint that one of the addresses belongs to.
pub fn endpoint_of<'a>(network: &'a Network, addresses: &[IpAddr]) -> Option<&'a VpcEndpointId> {
    addresses.iter().find_map(|address| match &network.interface_at(*address)?.kind {
        InterfaceKind::Endpoint { vpce, .. } => Some(vpce),
        _ => None,
    })
}
