//! What was decided, by which statements, and the text AWS gives for a denial.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use crate::document::{Effect, Statement};
use crate::evaluate::Policy;
use std::fmt;
use std::sync::Arc;

/// The kinds of policies, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    ServiceControl,
    VpcEndpoint,
    ResourceBased,
    RoleTrust,
    IdentityBased,
    PermissionsBoundary,
    Session,
}

impl PolicyKind {
    /// With its article, as in "explicit deny in …".
    fn with_article(self) -> &'static str {
        match self {
            Self::ServiceControl => "a service control policy",
            Self::VpcEndpoint => "a VPC endpoint policy",
            Self::ResourceBased => "a resource-based policy",
            Self::RoleTrust => "the role trust policy",
            Self::IdentityBased => "an identity-based policy",
            Self::PermissionsBoundary => "a permissions boundary",
            Self::Session => "a session policy",
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServiceControl => "service control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
            Self::ResourceBased => "resource-based policy",
            Self::RoleTrust => "role trust policy",
            Self::IdentityBased => "identity-based policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Session => "session policy",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    /// A statement denies.
    ExplicitDeny(PolicyKind),
    /// No statement of this kind of policy allows.
    ImplicitDeny(PolicyKind),
}

/// A statement that had its say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    pub kind: PolicyKind,
    /// The policy's name, and its ARN where it has one.
    pub policy: Arc<str>,
    pub policy_arn: Option<Arc<str>>,
    /// The statement's place in the document, from 0.
    pub index: usize,
    pub sid: Option<Arc<str>>,
    pub effect: Effect,
}

impl Deciding {
    pub(crate) fn new(kind: PolicyKind, policy: &Policy, index: usize, statement: &Statement) -> Self {
        Self {
            kind,
            policy: policy.name.clone(),
            policy_arn: policy.arn.clone(),
            index,
            sid: statement.sid.clone(),
            effect: statement.effect,
        }
    }
}

impl fmt::Display for Deciding {
    /// `Allow in identity-based policy ReadSecret, statement 0 (Sid)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, policy, index, effect, .. } = self;
        write!(f, "{effect:?} in {kind} {policy}, statement {index}")?;
        self.sid.as_ref().map_or(Ok(()), |sid| write!(f, " ({sid})"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub outcome: Outcome,
    /// The statements that allowed, or those that denied; empty when nothing spoke.
    pub deciding: Vec<Deciding>,
    /// Every kind of policy that would have to allow and does not, the reported one first.
    pub missing: Vec<PolicyKind>,
}

impl Decision {
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// AWS's text for a denial; empty when the request is allowed.
    pub fn message(&self, principal_arn: &str, action: &str, resource: &str) -> String {
        let reason = match self.outcome {
            Outcome::Allowed => return String::new(),
            Outcome::ExplicitDeny(kind) => format!("with an explicit deny in {}", kind.with_article()),
            Outcome::ImplicitDeny(kind) => format!("because no {kind} allows the {action} action"),
        };
        format!(
            "User: {principal_arn} is not authorized to perform: {action} on resource: {resource} {reason}"
        )
    }
}
