//! The answer.

use serde::{Serialize, Serializer};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub from: String,
    pub to: String,
    pub reachable: bool,
    /// In the order in which they decide. After the first that fails, those that can be told all the same.
    pub steps: Vec<Step>,
    /// One line.
    pub verdict: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub layer: Layer,
    pub ok: bool,
    /// One line.
    pub reason: String,
    /// The rule, route, entry or statement that decides.
    pub rule: Option<String>,
    /// Commands that repair it together, empty when it is in order or no single repair is meant.
    pub fix: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Dns,
    Route,
    NetworkAcl,
    SecurityGroup,
    Endpoint,
    Listener,
    EndpointPolicy,
    Iam,
    ResourcePolicy,
}

impl Layer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Route => "route",
            Self::NetworkAcl => "network acl",
            Self::SecurityGroup => "security group",
            Self::Endpoint => "endpoint",
            Self::Listener => "listener",
            Self::EndpointPolicy => "endpoint policy",
            Self::Iam => "iam",
            Self::ResourcePolicy => "resource policy",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Step {
    pub(crate) fn ok(layer: Layer, reason: impl Into<String>, rule: Option<String>) -> Self {
        Self { layer, ok: true, reason: reason.into(), rule, fix: Vec::new() }
    }

    pub(crate) fn fails(
        layer: Layer,
        reason: impl Into<String>,
        rule: Option<String>,
        fix: Vec<String>,
    ) -> Self {
        Self { layer, ok: false, reason: reason.into(), rule, fix }
    }
}

impl Explanation {
    pub fn first_failure(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.ok)
    }
}
