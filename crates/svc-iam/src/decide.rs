//! The policies that apply to a caller, and the decision.
//!
//! Documents are compiled where rows are decoded, once per stored row; a decision clones
//! pointers to them.

use crate::model::{Permissions, Role, User, key};
use crate::state::{self, Iam};
use base::{AccountId, Arn};
use policy::{Context, Decision, Document, NearMiss, Policies, Policy, Principal, Request, ResourceRule};
use service::Access;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// The action that a role's trust policy rules.
const ASSUME_ROLE: &str = "sts:AssumeRole";

/// What a principal's own account grants it.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    pub identity: Vec<Policy>,
    pub boundary: Option<Policy>,
    /// Tags of the user or role, for `aws:PrincipalTag/…`.
    pub tags: Vec<(String, String)>,
}

/// One question, with what the caller's way adds to it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub principal: &'a Principal,
    /// Policies given to AssumeRole: documents as JSON, managed policies by ARN.
    pub session_policies: &'a [String],
    pub access: &'a Access,
    pub context: &'a Context,
    /// The policy of the endpoint that the request came through.
    pub endpoint_policy: Option<&'a Policy>,
}

/// Everything a decision is made of, kept for those who explain it.
struct Assembled {
    request: Request,
    grants: Grants,
    session: Vec<Policy>,
    resource: Option<Policy>,
    rule: ResourceRule,
}

impl Iam {
    /// The identity policies and the boundary of a user or of a role's session.
    pub fn grants(&self, principal: &Principal) -> Result<Grants, Fault> {
        let state = self.read();
        match principal {
            Principal::User { account, name, id, .. } => {
                let user = state.get::<User>(&key(account.as_str(), name))?.filter(|u| u.id == *id);
                let found = user.as_ref().map(|u| (&u.permissions, &u.tags));
                found.map_or_else(|| Ok(nothing()), |(p, t)| grants(&state, account, p, t.iter()))
            }
            Principal::RoleSession { account, role_arn, role_id, .. } => {
                let role = state::role_by_arn(&state, role_arn)?.filter(|r| r.id == *role_id);
                let found = role.as_ref().map(|r| (&r.permissions, &r.tags));
                found.map_or_else(|| Ok(nothing()), |(p, t)| grants(&state, account, p, t.iter()))
            }
            Principal::Root { .. } | Principal::Service { .. } | Principal::Anonymous => {
                Ok(Grants::default())
            }
        }
    }

    /// Evaluates every policy that has a say.
    pub fn decide(&self, asked: &Asked<'_>) -> Result<Decision, Fault> {
        let assembled = self.assemble(asked)?;
        Ok(policy::evaluate(&assembled.request, &assembled.policies(asked.endpoint_policy)))
    }

    /// The statements that fail by their conditions only.
    pub fn near_misses(&self, asked: &Asked<'_>) -> Result<Vec<NearMiss>, Fault> {
        let assembled = self.assemble(asked)?;
        Ok(policy::near_misses(&assembled.request, &assembled.policies(asked.endpoint_policy)))
    }

    fn assemble(&self, asked: &Asked<'_>) -> Result<Assembled, Fault> {
        let grants = self.grants(asked.principal)?;
        let mut context = asked.context.clone();
        for (key, values) in &asked.access.context {
            context.set(key, values.iter().cloned());
        }
        for (key, value) in &grants.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), [value.as_str()]);
        }
        let access = asked.access;
        let owner = access.resource.parse::<Arn>().ok().and_then(|arn| arn.account_id());
        let request =
            Request::new(asked.principal.clone(), &access.action, &access.resource).with_context(context);
        let request = match owner {
            Some(owner) => request.owned_by(owner),
            None => request,
        };
        let trust = access.action.eq_ignore_ascii_case(ASSUME_ROLE);
        Ok(Assembled {
            request,
            grants,
            session: session_policies(&self.read(), asked.principal, asked.session_policies)?,
            resource: access.resource_policy.clone().map(|d| Policy::new("resource policy", d)),
            rule: if trust { ResourceRule::Trust } else { ResourceRule::Either },
        })
    }
}

impl Assembled {
    fn policies<'a>(&'a self, endpoint: Option<&'a Policy>) -> Policies<'a> {
        Policies {
            identity: &self.grants.identity,
            resource: self.resource.as_ref(),
            resource_rule: self.rule,
            boundary: self.grants.boundary.as_ref(),
            session: &self.session,
            service_control: &[],
            endpoint,
        }
    }
}

/// A principal that is no more may do nothing.
fn nothing() -> Grants {
    Grants::default()
}

fn grants<'a>(
    state: &Snapshot,
    account: &AccountId,
    permissions: &Permissions,
    tags: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Grants, Fault> {
    let mut identity: Vec<Policy> =
        permissions.inline.iter().map(|(name, document)| Policy::new(name, document.clone())).collect();
    for arn in &permissions.attached {
        identity.extend(managed(state, account, arn)?);
    }
    let boundary = match &permissions.boundary {
        Some(arn) => Some(managed(state, account, arn)?.map_or_else(deny_all, Ok)?),
        None => None,
    };
    let tags = tags.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    Ok(Grants { identity, boundary, tags })
}

fn managed(state: &Snapshot, account: &AccountId, arn: &str) -> Result<Option<Policy>, Fault> {
    let found = state::policy(state, account, arn)?;
    Ok(found.and_then(|p| Some(Policy::new(&p.name, p.default_document()?.clone()).with_arn(arn))))
}

/// A boundary or session policy that is no more allows nothing.
fn deny_all() -> Result<Policy, Fault> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    Ok(Policy::new("missing policy", Arc::new(parse("missing", text)?)))
}

fn session_policies(
    state: &Snapshot,
    principal: &Principal,
    policies: &[String],
) -> Result<Vec<Policy>, Fault> {
    let one = |text: &String| match principal.account() {
        Some(account) if text.starts_with("arn:") => managed(state, account, text)?.map_or_else(deny_all, Ok),
        _ => Ok(Policy::new("session policy", Arc::new(parse("session", text)?))),
    };
    policies.iter().map(one).collect()
}

fn parse(kind: &str, text: &str) -> Result<Document, Fault> {
    Document::parse(text).map_err(|e| Fault::Decode {
        table: <Role as store::Table>::NAME,
        key: kind.to_owned(),
        reason: e.to_string(),
    })
}
