//! What the policy simulator tells beside a decision: every statement that applies, and the keys
//! that would have to be known.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>

use crate::decision::PolicyKind;
use crate::document::{Effect, Statement};
use crate::evaluate::{Policy, addressed};
use crate::request::Request;
use std::collections::BTreeSet;

/// A statement that applies to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Its place in the document, from 0.
    pub index: usize,
    pub effect: Effect,
}

/// The statements of a policy that apply to the request, conditions included.
pub fn matches(kind: PolicyKind, policy: &Policy, request: &Request<'_>) -> Vec<Match> {
    let addressed = addressed_by(kind, policy, request);
    let holding = addressed.filter(|(_, s)| s.conditions().iter().all(|c| c.holds(request)));
    holding.map(|(index, s)| Match { index, effect: s.effect() }).collect()
}

/// The condition keys of the statements about the request that have no value.
pub fn missing_keys(kind: PolicyKind, policy: &Policy, request: &Request<'_>) -> BTreeSet<String> {
    let keys = addressed_by(kind, policy, request).flat_map(|(_, s)| s.conditions()).map(|c| c.key());
    keys.filter(|key| !request.knows(key)).map(str::to_owned).collect()
}

fn addressed_by<'p>(
    kind: PolicyKind,
    policy: &'p Policy,
    request: &Request<'_>,
) -> impl Iterator<Item = (usize, &'p Statement)> {
    let service = request.action_parts().0;
    policy.document.about(service).filter(move |(_, s)| addressed(kind, s, request).is_some())
}
