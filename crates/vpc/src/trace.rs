//! The answer to a flow: every decision on the way there and back, and the verdict.

use crate::{Packet, Reason, RuleRef};
use base::{NetworkInterfaceId, SubnetId, VpcEndpointId, VpcPeeringConnectionId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    pub forward: Vec<Hop>,
    /// The way of the answer. Empty when the request is dropped and when what it was delivered to is
    /// not a party of the connection (an appliance, the resolver).
    pub reply: Vec<Hop>,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Delivered(Delivery),
    Dropped { on: Way, by: Reason },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Forward,
    Reply,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Interface(NetworkInterfaceId),
    Internet,
    GatewayEndpoint(VpcEndpointId),
    Resolver,
}

/// One decision and the packet as it was decided upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    pub packet: Packet,
    pub step: Step,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// `rule` is `None` where no table is asked: from the internet gateway straight to the interface.
    Routed {
        rule: Option<RuleRef>,
        to: Link,
    },
    NetworkAcl {
        subnet: SubnetId,
        rule: RuleRef,
    },
    SecurityGroup {
        interface: NetworkInterfaceId,
        rule: RuleRef,
    },
    /// The source, or on the way in the destination, was exchanged.
    Translated {
        by: Link,
        from: IpAddr,
        to: IpAddr,
    },
    Dropped(Reason),
}

/// A way out of the router, or into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Interface(NetworkInterfaceId),
    InternetGateway,
    EgressOnlyInternetGateway,
    GatewayEndpoint(VpcEndpointId),
    Resolver,
    /// The way to another VPC, or from there.
    Peering(VpcPeeringConnectionId),
}

impl Trace {
    pub fn is_delivered(&self) -> bool {
        matches!(self.verdict, Verdict::Delivered(_))
    }

    pub fn reason(&self) -> Option<&Reason> {
        match &self.verdict {
            Verdict::Dropped { by, .. } => Some(by),
            Verdict::Delivered(_) => None,
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for hop in &self.forward {
            writeln!(f, "> {hop}")?;
        }
        for hop in &self.reply {
            writeln!(f, "< {hop}")?;
        }
        write!(f, "{}", self.verdict)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered(to) => write!(f, "delivered to {to}"),
            Self::Dropped { on: Way::Forward, by } => write!(f, "dropped: {by}"),
            Self::Dropped { on: Way::Reply, by } => write!(f, "reply dropped: {by}"),
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interface(id) => id.fmt(f),
            Self::Internet => f.write_str("the internet"),
            Self::GatewayEndpoint(id) => id.fmt(f),
            Self::Resolver => f.write_str("the resolver"),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peering(id) => id.fmt(f),
            Self::Interface(id) => id.fmt(f),
            Self::InternetGateway => f.write_str("the internet gateway"),
            Self::EgressOnlyInternetGateway => f.write_str("the egress-only internet gateway"),
            Self::GatewayEndpoint(id) => id.fmt(f),
            Self::Resolver => f.write_str("the resolver"),
        }
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.packet)?;
        match &self.step {
            Step::Routed { rule: Some(rule), to } => write!(f, "{rule} routes to {to}"),
            Step::Routed { rule: None, to } => write!(f, "to {to}"),
            Step::NetworkAcl { subnet, rule } => write!(f, "{subnet} {rule} allows"),
            Step::SecurityGroup { interface, rule } => write!(f, "{interface} {rule} allows"),
            Step::Translated { by, from, to } => write!(f, "{by} translates {from} to {to}"),
            Step::Dropped(reason) => write!(f, "dropped at {}", reason.place()),
        }
    }
}
