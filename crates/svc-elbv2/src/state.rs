//! The tables of load balancers.

use crate::model::attributes;
use base::{AllocationId, Arn, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use store::Table;

pub type Tags = BTreeMap<String, String>;
pub type Attributes = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Application,
    Network,
}

impl Kind {
    pub fn text(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Network => "network",
        }
    }

    /// As it stands in ARNs.
    pub fn short(self) -> &'static str {
        match self {
            Self::Application => "app",
            Self::Network => "net",
        }
    }
}

/// ```text
///   create ──> Provisioning ──> Active ──> Deleting ──> (gone)
///                  │  ▲            │           ▲
///                  ▼  │ (retried)  └───────────┤
///                Failed ───────────────────────┘
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Provisioning,
    Active,
    Failed { reason: String },
    Deleting,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadBalancer {
    pub scope: Scope,
    pub name: String,
    /// Sixteen hexadecimal digits.
    pub id: String,
    pub kind: Kind,
    pub is_internal: bool,
    pub vpc: VpcId,
    pub placements: Vec<Placement>,
    pub groups: Vec<SecurityGroupId>,
    /// Whether its groups are asked about who comes by AWS PrivateLink, as a REST API's VPC link does.
    #[serde(default = "yes")]
    pub filters_private_link: bool,
    pub created: Timestamp,
    pub stage: Stage,
    /// Those that differ from the defaults.
    pub attributes: Attributes,
    pub tags: Tags,
}

/// A load balancer in one of its subnets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    pub subnet: SubnetId,
    pub zone: String,
    pub interface: Option<NetworkInterfaceId>,
    pub address: Option<Ipv4Addr>,
    pub public: Option<Ipv4Addr>,
    /// The Elastic IP address that was asked for.
    #[serde(default)]
    pub allocation: Option<AllocationId>,
}

impl Placement {
    pub fn new(subnet: SubnetId, zone: String) -> Self {
        Self { subnet, zone, interface: None, address: None, public: None, allocation: None }
    }
}

fn yes() -> bool {
    true
}

impl Table for LoadBalancer {
    const NAME: &'static str = "elbv2_load_balancer";
    fn key(&self) -> String {
        self.scope.key(&self.path())
    }
}

fn arn(scope: &Scope, resource: String) -> Arn {
    Arn::regional("elasticloadbalancing", scope, resource)
}

impl LoadBalancer {
    /// `app/name/id`.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.kind.short(), self.name, self.id)
    }

    pub fn arn(&self) -> String {
        arn(&self.scope, format!("loadbalancer/{}", self.path())).to_string()
    }

    /// The host name that leads to its nodes.
    pub fn host(&self) -> String {
        let inside = if self.is_internal { "internal-" } else { "" };
        let region = &self.scope.region;
        match self.kind {
            Kind::Application => {
                format!("{inside}{}-{}.{region}.elb.amazonaws.com", self.name, self.number())
            }
            Kind::Network => format!("{inside}{}-{}.elb.{region}.amazonaws.com", self.name, self.id),
        }
    }

    /// `on` or `off`; only a network load balancer says so.
    pub fn private_link_filter(&self) -> Option<String> {
        let text = if self.filters_private_link { "on" } else { "off" };
        (self.kind == Kind::Network).then(|| text.to_owned())
    }

    /// The number in an application load balancer's host name.
    fn number(&self) -> u64 {
        u64::from_str_radix(&self.id, 16).unwrap_or_default() % 10_000_000_000
    }

    pub fn attribute(&self, name: &str) -> String {
        attributes::value(attributes::of_load_balancer(self.kind), &self.attributes, name)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    pub scope: Scope,
    /// Its load balancer's path.
    pub load_balancer: String,
    pub id: String,
    pub port: u16,
    pub protocol: String,
    /// The id of the rule that holds when no other does.
    pub default_rule: String,
    #[serde(default)]
    pub tls: Option<ListenerTls>,
    pub action: Action,
    pub attributes: Attributes,
    pub tags: Tags,
}

/// What a listener with TLS has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerTls {
    /// The security policy's name.
    pub policy: String,
    /// The default certificate's ARN.
    pub certificate: String,
    /// The certificates that are chosen from by the name that a client asks for.
    pub list: Vec<String>,
}

impl ListenerTls {
    /// The default certificate, then the others.
    pub fn certificates(&self) -> impl Iterator<Item = &String> {
        let others = self.list.iter().filter(|arn| **arn != self.certificate);
        std::iter::once(&self.certificate).chain(others)
    }
}

impl Table for Listener {
    const NAME: &'static str = "elbv2_listener";
    fn key(&self) -> String {
        self.scope.key(&self.path())
    }
}

impl Listener {
    /// `app/name/id/listener`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.load_balancer, self.id)
    }

    pub fn arn(&self) -> String {
        arn(&self.scope, format!("listener/{}", self.path())).to_string()
    }

    /// Whether it reads requests, and does not only carry connections.
    pub fn is_http(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTP" | "HTTPS")
    }

    pub fn attribute(&self, name: &str) -> String {
        attributes::value(attributes::of_listener(self), &self.attributes, name)
    }

    pub fn load_balancer_arn(&self) -> String {
        arn(&self.scope, format!("loadbalancer/{}", self.load_balancer)).to_string()
    }

    pub fn default_rule_arn(&self) -> String {
        arn(&self.scope, format!("listener-rule/{}/{}", self.path(), self.default_rule)).to_string()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub scope: Scope,
    /// Its listener's path.
    pub listener: String,
    pub id: String,
    pub priority: u32,
    pub conditions: Vec<Condition>,
    pub action: Action,
    pub tags: Tags,
}

impl Table for Rule {
    const NAME: &'static str = "elbv2_rule";
    fn key(&self) -> String {
        self.scope.key(&self.path())
    }
}

impl Rule {
    pub fn path(&self) -> String {
        format!("{}/{}", self.listener, self.id)
    }

    pub fn arn(&self) -> String {
        arn(&self.scope, format!("listener-rule/{}", self.path())).to_string()
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub order: Option<i32>,
    pub what: What,
    /// Of a forward: whether a client stays with its target group.
    #[serde(default)]
    pub stickiness: Stickiness,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stickiness {
    pub is_enabled: bool,
    pub seconds: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// ARNs of target groups with their weights.
    Forward(Vec<(String, u32)>),
    Redirect {
        status: String,
        protocol: String,
        host: String,
        port: String,
        path: String,
        query: String,
    },
    FixedResponse {
        status: String,
        content_type: Option<String>,
        body: Option<String>,
    },
}

impl Action {
    /// The target groups that it forwards to.
    pub fn groups(&self) -> &[(String, u32)] {
        match &self.what {
            What::Forward(groups) => groups,
            _ => &[],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    Host(Vec<String>),
    Path(Vec<String>),
    /// Regular expressions, of which one is found in the host, the path or the header.
    HostLike(Vec<String>),
    PathLike(Vec<String>),
    HeaderLike {
        name: String,
        values: Vec<String>,
    },
    Header {
        name: String,
        values: Vec<String>,
    },
    Query(Vec<(Option<String>, String)>),
    Method(Vec<String>),
    SourceIp(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetType {
    Instance,
    Ip,
    Lambda,
}

impl TargetType {
    pub fn text(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Ip => "ip",
            Self::Lambda => "lambda",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetGroup {
    pub scope: Scope,
    pub name: String,
    pub id: String,
    pub target_type: TargetType,
    /// `HTTP`, `HTTPS`, `TCP` or `TLS`; a function has none.
    pub protocol: Option<String>,
    pub port: Option<u16>,
    pub vpc: Option<VpcId>,
    pub check: HealthCheck,
    /// Those that differ from the defaults.
    pub attributes: Attributes,
    pub targets: Vec<Target>,
    pub tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    pub is_enabled: bool,
    pub protocol: Option<String>,
    /// A number or `traffic-port`.
    pub port: String,
    pub path: Option<String>,
    /// Such as `200,300-399`.
    pub matcher: Option<String>,
    pub interval_seconds: i32,
    pub timeout_seconds: i32,
    pub healthy_threshold: i32,
    pub unhealthy_threshold: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// An instance's id, an address or a function's ARN.
    pub id: String,
    /// 0 for a function.
    pub port: u16,
    pub zone: Option<String>,
    /// When it was deregistered; it is draining since.
    pub deregistered: Option<Timestamp>,
}

impl Table for TargetGroup {
    const NAME: &'static str = "elbv2_target_group";
    fn key(&self) -> String {
        self.scope.key(&self.path())
    }
}

impl TargetGroup {
    /// `name/id`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.name, self.id)
    }

    pub fn arn(&self) -> String {
        arn(&self.scope, format!("targetgroup/{}", self.path())).to_string()
    }

    pub fn is_http(&self) -> bool {
        matches!(self.protocol.as_deref(), Some("HTTP" | "HTTPS"))
    }

    /// Whether its targets are spoken to over TLS.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.protocol.as_deref(), Some("HTTPS" | "TLS"))
    }

    pub fn attribute(&self, name: &str) -> String {
        attributes::value(attributes::of_target_group(self), &self.attributes, name)
    }
}
