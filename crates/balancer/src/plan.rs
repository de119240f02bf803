//! What the nodes of all load balancers are to do.

use crate::rules::Condition;
use base::NetworkInterfaceId;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// Everything that is to be served, and every group whose targets are looked after.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub nodes: Vec<Node>,
}

/// One load balancer in one subnet.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub interface: NetworkInterfaceId,
    pub listeners: Vec<Arc<Listener>>,
}

/// A port on which a load balancer listens.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    pub arn: String,
    pub port: u16,
    pub protocol: Protocol,
    /// How the listener speaks TLS, if it does.
    pub tls: Option<Tls>,
    /// In the order in which they are tried; the last one has no conditions.
    pub rules: Vec<Rule>,
    pub settings: Settings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Tcp,
}

/// What a listener offers to clients that speak TLS.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub has_tls12: bool,
    pub has_tls13: bool,
    /// What is offered for the protocol that is spoken inside, the preferred one first.
    pub inside: Vec<String>,
    /// The default one first.
    pub certificates: Vec<Certificate>,
}

/// A certificate by its name. Its key is no part of a plan: the nodes ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub arn: String,
    /// Another one when the certificate was imported anew or renewed.
    pub version: String,
}

/// A load balancer's attributes.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection may be silent.
    pub idle_timeout: Duration,
    pub forwarded_for: ForwardedFor,
    /// Whether the port that the client used is part of `X-Forwarded-For`.
    pub client_port: bool,
    /// Whether `Host` reaches targets with the port that the client named.
    pub preserve_host: bool,
    /// Whether headers whose names are not of letters, digits and hyphens go no further.
    pub drop_invalid_headers: bool,
    /// Whether targets are told which TLS a client spoke.
    pub tls_headers: bool,
    /// Whether answers have the header `Server`.
    pub has_server_header: bool,
    /// Headers that every answer has.
    pub answered_headers: Vec<(String, String)>,
}

/// What becomes of `X-Forwarded-For`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedFor {
    Append,
    Preserve,
    Remove,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    FixedResponse { status: u16, content_type: String, body: String },
    Redirect(Redirect),
    Forward(Forward),
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// 301 or 302.
    pub status: u16,
    pub protocol: String,
    pub host: String,
    pub port: String,
    pub path: String,
    pub query: String,
}

/// Groups with their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    pub groups: Vec<(Arc<Group>, u32)>,
    /// How long a client stays with its group.
    pub stickiness: Option<Duration>,
}

/// A target group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub arn: String,
    /// The zone whose targets these are, where zones keep to themselves; else empty.
    pub part: String,
    pub targets: Vec<Target>,
    /// Whether targets are spoken to over TLS. Their certificates are not looked at, as on AWS.
    pub is_encrypted: bool,
    /// Whether a target is told first who the client is.
    pub proxy_protocol: bool,
    /// `None` when targets are not checked.
    pub check: Option<Check>,
    pub stickiness: Option<Stickiness>,
    pub choice: Choice,
    /// How long a target that became healthy gets less than the others, more and more of it.
    pub slow_start: Option<Duration>,
    /// Whether a function gets and gives lists of values for each header.
    pub multi_value_headers: bool,
}

/// How a client is led back to its target.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stickiness {
    /// By a cookie, for so long.
    Cookie(Duration),
    /// By a cookie for so long, once the target has set a cookie of this name.
    AfterCookie(String, Duration),
    /// By its address.
    SourceIp,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    RoundRobin,
    LeastOutstandingRequests,
    /// By chance, each as likely as the others.
    Random,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As it was registered: an instance's id, an address or a function's ARN, and the port.
    pub id: String,
    pub port: u16,
    pub place: Place,
    /// It was deregistered and gets no new requests.
    pub is_draining: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Address(SocketAddr),
    /// A function's ARN.
    Function(String),
    /// An instance that does not run.
    Nowhere,
}

/// A health check.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The path that is asked for over HTTP; `None` for a bare connection.
    pub path: Option<String>,
    /// Whether it asks over TLS.
    pub is_encrypted: bool,
    /// The target's own port when `None`.
    pub port: Option<u16>,
    /// The status codes that mean health.
    pub matcher: Vec<RangeInclusive<u16>>,
    pub interval: Duration,
    pub timeout: Duration,
    pub healthy_threshold: u32,
    pub unhealthy_threshold: u32,
}
