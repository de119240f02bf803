//! The policy simulator: what would be decided, by which statements, and what it would have to
//! know. It asks the evaluator that decides calls.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>

use crate::api;
use crate::error::invalid_input;
use crate::model::page;
use base::AccountId;
use policy::{
    Context, Decision, Document, Effect, Outcome, Policies, Policy, PolicyKind, Principal, Reference,
    Request, evaluate, matches, missing_keys,
};
use service::ServiceError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const IAM_POLICY: &str = "IAM Policy";
const RESOURCE_POLICY: &str = "Resource Policy";

/// Everything that the questions of one simulation share.
pub(crate) struct Simulation {
    pub(crate) caller: Option<Principal>,
    pub(crate) account: AccountId,
    /// Named as the answer names them.
    pub(crate) identity: Vec<Policy>,
    pub(crate) boundary: Option<Policy>,
    pub(crate) resource: Option<Policy>,
    pub(crate) owner: Option<AccountId>,
    pub(crate) context: Context,
}

/// The questions, and how many answers to give at once.
pub(crate) struct Questions<'a> {
    pub(crate) actions: &'a [String],
    pub(crate) resources: &'a [String],
    pub(crate) marker: &'a Option<String>,
    pub(crate) max_items: Option<i32>,
}

/// Reads policies given as text, naming them by their list and place.
pub(crate) fn read_policies(list: &str, texts: &Option<Vec<String>>) -> Result<Vec<Policy>, ServiceError> {
    let read = |(index, text): (usize, &String)| {
        Ok(Policy::new(&format!("{list}.{}", index + 1), read_policy(text)?))
    };
    texts.iter().flatten().enumerate().map(read).collect()
}

pub(crate) fn read_policy(text: &str) -> Result<Arc<Document>, ServiceError> {
    Document::parse(text).map(Arc::new).map_err(|e| invalid_input(e.to_string()))
}

/// A boundary is one policy.
pub(crate) fn read_boundary(texts: &Option<Vec<String>>) -> Result<Option<Policy>, ServiceError> {
    let mut read = read_policies("PermissionsBoundaryPolicyInputList", texts)?;
    if read.len() > 1 {
        return Err(invalid_input("Only one permissions boundary policy can be specified."));
    }
    Ok(read.pop())
}

pub(crate) fn read_context(entries: &Option<Vec<api::ContextEntry>>) -> Context {
    let mut context = Context::default();
    for entry in entries.iter().flatten() {
        let key = entry.context_key_name.as_deref().unwrap_or_default();
        context.set(key, entry.context_key_values.clone().unwrap_or_default());
    }
    context
}

/// The account in the ARN of a resource's owner.
pub(crate) fn read_owner(arn: &Option<String>) -> Result<Option<AccountId>, ServiceError> {
    let Some(arn) = arn else { return Ok(None) };
    let account = arn.parse::<base::Arn>().ok().and_then(|arn| arn.account_id());
    account.map(Some).ok_or_else(|| invalid_input(format!("Invalid resource owner: {arn}")))
}

/// The condition keys of all policies, each once.
pub(crate) fn condition_keys(policies: &[Policy]) -> Vec<String> {
    let keys = policies.iter().flat_map(|policy| policy.document.condition_keys());
    let by_spelling: BTreeMap<String, String> = keys.map(|key| (key.to_ascii_lowercase(), key)).collect();
    by_spelling.into_values().collect()
}

impl Simulation {
    /// One result for each action on each resource.
    pub(crate) fn answer(&self, asked: &Questions<'_>) -> Result<api::SimulatePolicyResponse, ServiceError> {
        if let Some(action) = asked.actions.iter().find(|a| !a.contains(':') || a.contains('*')) {
            return Err(invalid_input(format!("Invalid action name: {action}")));
        }
        let any = ["*".to_owned()];
        let resources = if asked.resources.is_empty() { &any } else { asked.resources };
        let pairs = asked.actions.iter().flat_map(|action| resources.iter().map(move |r| (action, r)));
        let numbered: Vec<_> = pairs.enumerate().collect();
        let page = page(numbered, |(number, _)| format!("{number:08}"), asked.marker, asked.max_items)?;
        let results = page.items.into_iter().map(|(_, (action, resource))| self.result(action, resource));
        Ok(api::SimulatePolicyResponse {
            evaluation_results: Some(results.collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    fn result(&self, action: &str, resource: &str) -> api::EvaluationResult {
        let request = self.request(action, resource);
        let decision = evaluate(&request, &self.policies());
        let matched = self.matched(&request, &decision);
        let missing: Vec<String> = self.missing(&request).into_iter().collect();
        let verdict = Some(verdict(&decision).to_owned());
        let details = self.details(&request);
        let boundary = self.boundary.as_ref().map(|policy| api::PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(
                said(PolicyKind::PermissionsBoundary, policy, &request) == Some(Effect::Allow),
            ),
        });
        let specific = api::ResourceSpecificResult {
            eval_resource_name: Some(resource.to_owned()),
            eval_resource_decision: verdict.clone(),
            matched_statements: Some(matched.clone()),
            missing_context_values: Some(missing.clone()),
            eval_decision_details: Some(details.clone()),
            permissions_boundary_decision_detail: boundary.clone(),
        };
        api::EvaluationResult {
            eval_action_name: Some(action.to_owned()),
            eval_resource_name: Some(resource.to_owned()),
            eval_decision: verdict,
            matched_statements: Some(matched),
            missing_context_values: Some(missing),
            eval_decision_details: Some(details),
            permissions_boundary_decision_detail: boundary,
            organizations_decision_detail: None,
            resource_specific_results: has_resources(action, resource).then(|| vec![specific]),
        }
    }

    fn request<'a>(&'a self, action: &'a str, resource: &'a str) -> Request<'a> {
        // Policies without a caller are looked at as some user's: root would be allowed anything.
        let nobody = || Principal::User {
            account: self.account.clone(),
            path: "/".to_owned(),
            name: String::new(),
            id: String::new(),
        };
        let principal = self.caller.clone().unwrap_or_else(nobody);
        let request = Request::new(principal, action, resource)
            .with_context(known_of(&self.context, action))
            .simulated(self.caller.is_some());
        match &self.owner {
            Some(owner) => request.owned_by(owner.clone()),
            None => request.owned_as_its_arn_says(),
        }
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            resource: self.resource.as_ref(),
            boundary: self.boundary.as_ref(),
            ..Policies::default()
        }
    }

    fn all(&self) -> impl Iterator<Item = (PolicyKind, &Policy)> {
        let resource = self.resource.iter().map(|p| (PolicyKind::ResourceBased, p));
        let identity = self.identity.iter().map(|p| (PolicyKind::IdentityBased, p));
        resource.chain(identity).chain(self.boundary.iter().map(|p| (PolicyKind::PermissionsBoundary, p)))
    }

    /// The statements that made the decision: where something denies, only what denies.
    fn matched(&self, request: &Request<'_>, decision: &Decision) -> Vec<api::Statement> {
        let wanted = match decision.outcome {
            Outcome::Allowed => Effect::Allow,
            Outcome::ExplicitDeny(_) => Effect::Deny,
            Outcome::ImplicitDeny(_) => return Vec::new(),
        };
        let mut found = Vec::new();
        for (kind, policy) in self.all() {
            let spans = policy.document.spans();
            let matching = matches(kind, policy, request).into_iter().filter(|m| m.effect == wanted);
            found.extend(matching.map(|m| statement(kind, policy, spans.get(m.index))));
        }
        found
    }

    /// A key that the action never has is not missed: nobody could give it.
    fn missing(&self, request: &Request<'_>) -> BTreeSet<String> {
        let missing = self.all().flat_map(|(kind, policy)| missing_keys(kind, policy, request));
        missing.filter(|key| can_have(request.action(), key)).collect()
    }

    /// What each kind of policy says by itself, where more than one kind has a say.
    fn details(&self, request: &Request<'_>) -> BTreeMap<String, String> {
        let Some(resource) = &self.resource else { return BTreeMap::new() };
        let identity = self.identity.iter().map(|p| said(PolicyKind::IdentityBased, p, request));
        let identity = strongest(identity);
        let resource = said(PolicyKind::ResourceBased, resource, request);
        let named = |(name, said): (&str, Option<Effect>)| (name.to_owned(), word(said).to_owned());
        [(IAM_POLICY, identity), (RESOURCE_POLICY, resource)].map(named).into()
    }
}

/// What a call of the action could know of what is said; to the rest its conditions are blind.
fn known_of(said: &Context, action: &str) -> Context {
    let mut known = Context::default();
    for (key, values) in said.iter().filter(|(key, _)| can_have(action, key)) {
        known.set(key, values.iter().cloned());
    }
    known
}

fn can_have(action: &str, key: &str) -> bool {
    actions::Aws.uses_key(action, key) != Some(false)
}

/// Whether the action distinguishes resources, so that one has a result of its own.
fn has_resources(action: &str, resource: &str) -> bool {
    resource != "*" && actions::find(action).is_none_or(|found| found.resources().next().is_some())
}

/// What one policy says: a denial stands over an allowance.
fn said(kind: PolicyKind, policy: &Policy, request: &Request<'_>) -> Option<Effect> {
    strongest(matches(kind, policy, request).into_iter().map(|m| Some(m.effect)))
}

fn strongest(said: impl Iterator<Item = Option<Effect>>) -> Option<Effect> {
    said.fold(None, |strongest, said| match (strongest, said) {
        (Some(Effect::Deny), _) | (_, Some(Effect::Deny)) => Some(Effect::Deny),
        (Some(Effect::Allow), _) | (_, Some(Effect::Allow)) => Some(Effect::Allow),
        (None, None) => None,
    })
}

fn word(said: Option<Effect>) -> &'static str {
    match said {
        Some(Effect::Allow) => "allowed",
        Some(Effect::Deny) => "explicitDeny",
        None => "implicitDeny",
    }
}

fn verdict(decision: &Decision) -> &'static str {
    match decision.outcome {
        Outcome::Allowed => "allowed",
        Outcome::ExplicitDeny(_) => "explicitDeny",
        Outcome::ImplicitDeny(_) => "implicitDeny",
    }
}

fn statement(kind: PolicyKind, policy: &Policy, span: Option<&policy::Span>) -> api::Statement {
    let number = |n: usize| i32::try_from(n).ok();
    let position = |p: policy::Position| api::Position { line: number(p.line), column: number(p.column) };
    let source = if kind == PolicyKind::ResourceBased { RESOURCE_POLICY } else { IAM_POLICY };
    api::Statement {
        source_policy_id: Some(policy.name.to_string()),
        source_policy_type: Some(source.to_owned()),
        start_position: span.map(|s| position(s.start)),
        end_position: span.map(|s| position(s.end)),
    }
}
