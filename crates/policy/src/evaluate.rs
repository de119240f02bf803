//! The decision: an explicit deny over all, then each kind of policy that limits, then those
//! that grant.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use crate::decision::{Deciding, Decision, Outcome, PolicyKind};
use crate::document::{Document, Effect, Statement};
use crate::principal::Principal;
use crate::principal_element::Grant;
use crate::request::Request;
use std::sync::Arc;

/// A document with the name and ARN that explanations show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub name: Arc<str>,
    pub arn: Option<Arc<str>>,
    pub document: Arc<Document>,
}

impl Policy {
    /// A policy without ARN: an inline policy, a trust policy, a resource's or an endpoint's.
    pub fn new(name: &str, document: Arc<Document>) -> Self {
        Self { name: name.into(), arn: None, document }
    }

    #[must_use]
    pub fn with_arn(mut self, arn: &str) -> Self {
        self.arn = Some(arn.into());
        self
    }
}

/// What the resource's own policy must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResourceRule {
    /// In one account either side may grant; across accounts both must.
    #[default]
    Either,
    /// The policy is a role's trust policy: without its allow nobody assumes the role.
    Trust,
}

/// All policies that apply to one request. An absent kind does not limit, except that
/// somebody must grant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    pub identity: &'a [Policy],
    pub resource: Option<&'a Policy>,
    pub resource_rule: ResourceRule,
    pub boundary: Option<&'a Policy>,
    /// Session policies; together they allow what any of them allows.
    pub session: &'a [Policy],
    /// Service control policies by level (organisation, unit, account): each level must allow.
    pub service_control: &'a [Vec<Policy>],
    pub endpoint: Option<&'a Policy>,
}

/// What one kind of policy says.
#[derive(Default)]
struct Finding {
    grant: Option<Grant>,
    allowing: Option<Deciding>,
    denying: Option<Deciding>,
}

impl Finding {
    fn allows(&self) -> bool {
        self.grant.is_some()
    }
}

struct Findings {
    service_control: Vec<Finding>,
    endpoint: Option<Finding>,
    resource: Finding,
    identity: Finding,
    boundary: Option<Finding>,
    session: Option<Finding>,
}

/// Decides one request.
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Decision {
    let findings = Findings::gather(request, policies);
    let denying: Vec<Deciding> = findings.all().filter_map(|f| f.denying.clone()).collect();
    if let Some(first) = denying.first() {
        return Decision {
            outcome: Outcome::ExplicitDeny(first.kind),
            deciding: denying,
            missing: Vec::new(),
        };
    }
    let missing = findings.missing(request, policies);
    match missing.first() {
        Some(kind) => Decision { outcome: Outcome::ImplicitDeny(*kind), deciding: Vec::new(), missing },
        None => {
            let deciding = findings.all().filter_map(|f| f.allowing.clone()).collect();
            Decision { outcome: Outcome::Allowed, deciding, missing }
        }
    }
}

impl Findings {
    fn gather(request: &Request, policies: &Policies<'_>) -> Self {
        let look = |kind, list: &[Policy]| find(kind, list, request);
        let one = |kind, policy: &Policy| find(kind, std::slice::from_ref(policy), request);
        let resource_kind = resource_kind(policies.resource_rule);
        Self {
            service_control: policies
                .service_control
                .iter()
                .map(|level| look(PolicyKind::ServiceControl, level))
                .collect(),
            endpoint: policies.endpoint.map(|p| one(PolicyKind::VpcEndpoint, p)),
            resource: policies.resource.map(|p| one(resource_kind, p)).unwrap_or_default(),
            identity: look(PolicyKind::IdentityBased, policies.identity),
            boundary: policies.boundary.map(|p| one(PolicyKind::PermissionsBoundary, p)),
            session: (!policies.session.is_empty()).then(|| look(PolicyKind::Session, policies.session)),
        }
    }

    /// In the order in which denials are reported.
    fn all(&self) -> impl Iterator<Item = &Finding> {
        self.service_control
            .iter()
            .chain(&self.endpoint)
            .chain([&self.resource, &self.identity])
            .chain(&self.boundary)
            .chain(&self.session)
    }

    fn missing(&self, request: &Request, policies: &Policies<'_>) -> Vec<PolicyKind> {
        let mut missing = Vec::new();
        let mut want = |kind, allowed: bool| {
            if !allowed {
                missing.push(kind);
            }
        };
        want(PolicyKind::ServiceControl, self.service_control.iter().all(Finding::allows));
        want(PolicyKind::VpcEndpoint, self.endpoint.as_ref().is_none_or(Finding::allows));
        self.missing_grants(request, policies, &mut want);
        missing
    }

    fn missing_grants(
        &self,
        request: &Request,
        policies: &Policies<'_>,
        want: &mut impl FnMut(PolicyKind, bool),
    ) {
        let resource_kind = resource_kind(policies.resource_rule);
        let principal = request.principal();
        if principal.account().is_none() {
            return want(resource_kind, self.resource.allows());
        }
        let cross_account = request.is_cross_account();
        let grant = if cross_account { None } else { self.resource.grant };
        let trust = policies.resource_rule == ResourceRule::Trust;
        if trust {
            want(resource_kind, self.resource.allows());
        }
        if grant != Some(Grant::Direct) {
            let root = matches!(principal, Principal::Root { .. });
            let identity = root || self.identity.allows() || grant == Some(Grant::Role);
            want(PolicyKind::IdentityBased, identity);
            want(PolicyKind::PermissionsBoundary, root || self.boundary.as_ref().is_none_or(Finding::allows));
            want(PolicyKind::Session, self.session.as_ref().is_none_or(Finding::allows));
        }
        want(resource_kind, self.resource.allows() || trust || !cross_account);
    }
}

fn resource_kind(rule: ResourceRule) -> PolicyKind {
    match rule {
        ResourceRule::Either => PolicyKind::ResourceBased,
        ResourceRule::Trust => PolicyKind::RoleTrust,
    }
}

fn find(kind: PolicyKind, policies: &[Policy], request: &Request) -> Finding {
    let mut finding = Finding::default();
    for policy in policies {
        for (index, statement) in policy.document.about(request.action_parts().0) {
            if !can_change(&finding, statement.effect) {
                continue;
            }
            if let Some(grant) = grant_of(kind, statement, request) {
                note(&mut finding, Deciding::new(kind, policy, index, statement), grant);
            }
        }
    }
    finding
}

/// Whether a statement of this effect could still add to what was found.
fn can_change(finding: &Finding, effect: Effect) -> bool {
    match effect {
        Effect::Deny => finding.denying.is_none(),
        Effect::Allow => finding.grant != Some(Grant::Direct),
    }
}

fn note(finding: &mut Finding, deciding: Deciding, grant: Grant) {
    match deciding.effect {
        Effect::Deny => finding.denying = Some(deciding),
        Effect::Allow if finding.grant < Some(grant) => {
            finding.grant = Some(grant);
            finding.allowing = Some(deciding);
        }
        Effect::Allow => {}
    }
}

/// Whether the statement applies to the request, and to whom it speaks.
fn grant_of(kind: PolicyKind, statement: &Statement, request: &Request) -> Option<Grant> {
    let grant = addressed(kind, statement, request)?;
    statement.conditions.iter().all(|c| c.holds(request)).then_some(grant)
}

/// The same without the conditions.
pub(crate) fn addressed(kind: PolicyKind, statement: &Statement, request: &Request) -> Option<Grant> {
    let acts = statement.actions.as_ref().is_some_and(|a| a.apply_to(request.action_parts()));
    if !acts || !statement.resources.as_ref().is_none_or(|r| r.apply_to(request)) {
        return None;
    }
    match kind {
        PolicyKind::ResourceBased | PolicyKind::RoleTrust | PolicyKind::VpcEndpoint => {
            statement.principal.as_ref()?.grant(request.principal())
        }
        _ => Some(Grant::Direct),
    }
}
