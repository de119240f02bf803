//! Statements that speak about a request and fail by their conditions only: what a person
//! looks for first when a permission "is there" and the call is denied all the same.

use crate::decision::{Deciding, PolicyKind};
use crate::document::Effect;
use crate::evaluate::{Policies, Policy, ResourceRule, addressed};
use crate::request::Request;
use std::fmt;

/// An allowing statement whose conditions do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    pub statement: Deciding,
    /// The conditions that fail, as `Operator key value | value`.
    pub failed: Vec<String>,
}

impl fmt::Display for NearMiss {
    /// `Allow in identity-based policy p, statement 0 does not apply: StringEquals aws:SourceVpc vpc-1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not apply: {}", self.statement, self.failed.join(" and "))
    }
}

/// The near misses of all policies, in the order in which they are asked.
pub fn near_misses(request: &Request, policies: &Policies<'_>) -> Vec<NearMiss> {
    in_order(policies).flat_map(|(kind, policy)| of_policy(kind, policy, request)).collect()
}

/// All policies, in the order in which they are asked.
pub(crate) fn in_order<'a>(policies: &Policies<'a>) -> impl Iterator<Item = (PolicyKind, &'a Policy)> {
    let resource = match policies.resource_rule {
        ResourceRule::Either => PolicyKind::ResourceBased,
        ResourceRule::Trust => PolicyKind::RoleTrust,
    };
    policies
        .service_control
        .iter()
        .flatten()
        .map(|p| (PolicyKind::ServiceControl, p))
        .chain(policies.endpoint.map(|p| (PolicyKind::VpcEndpoint, p)))
        .chain(policies.resource.map(|p| (resource, p)))
        .chain(policies.identity.iter().map(|p| (PolicyKind::IdentityBased, p)))
        .chain(policies.boundary.map(|p| (PolicyKind::PermissionsBoundary, p)))
        .chain(policies.session.iter().map(|p| (PolicyKind::Session, p)))
}

fn of_policy(kind: PolicyKind, policy: &Policy, request: &Request) -> Vec<NearMiss> {
    let statements = policy.document.about(request.action_parts().0);
    let allowing = statements.filter(|(_, s)| s.effect == Effect::Allow);
    let addressed = allowing.filter(|(_, s)| addressed(kind, s, request).is_some());
    addressed
        .filter_map(|(index, s)| {
            let failed: Vec<String> =
                s.conditions.iter().filter(|c| !c.holds(request)).map(ToString::to_string).collect();
            (!failed.is_empty())
                .then(|| NearMiss { statement: Deciding::new(kind, policy, index, s), failed })
        })
        .collect()
}
