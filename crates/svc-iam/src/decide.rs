//! The policies that apply to a caller, and the decision.
//!
//! Documents are compiled where rows are decoded, once per stored row. What a principal's own
//! account grants it is put together once and kept until a row changes that it could depend on,
//! so that a decision looks up one entry and copies nothing.

use crate::model::{Group, ManagedPolicy, Permissions, Role, User, key};
use crate::state::{self, Iam};
use base::AccountId;
use policy::{
    Context, Decision, Document, NearMiss, Policies, Policy, Principal, Remark, Request, ResourceRule,
};
use service::Access;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::{Fault, Snapshot, Table};

/// The actions that a role's trust policy rules.
const OF_TRUST: [&str; 4] =
    ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
/// Principals whose grants are kept; with more, all are put together again.
const KEPT: usize = 4096;

/// What a principal's own account grants it.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// The principal's own policies, then those of its groups.
    pub identity: Vec<Policy>,
    pub boundary: Option<Policy>,
    /// Tags of the user or role, as `aws:PrincipalTag/…`.
    pub tags: Context,
}

/// The grants of principals, as of one state of IAM's tables.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    edits: u64,
    /// By the unique id of the user or role.
    grants: HashMap<String, Arc<Grants>>,
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

impl Iam {
    /// The identity policies and the boundary of a user or of a role's session.
    pub fn grants(&self, principal: &Principal) -> Result<Arc<Grants>, Fault> {
        let id = match principal {
            Principal::User { id, .. } | Principal::RoleSession { role_id: id, .. } => id,
            _ => return Ok(Arc::default()),
        };
        let state = self.read();
        let edits = edits(&state);
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(grants) = kept.grants.get(id).filter(|_| kept.edits == edits) {
                return Ok(grants.clone());
            }
        }
        let grants = Arc::new(grants_of(&state, principal)?);
        keep(&self.kept, edits, id, &grants);
        Ok(grants)
    }

    /// Evaluates every policy that has a say.
    pub fn decide(&self, asked: &Asked<'_>) -> Result<Decision, Fault> {
        self.with_policies(asked, policy::evaluate)
    }

    /// The statements that fail by their conditions only.
    pub fn near_misses(&self, asked: &Asked<'_>) -> Result<Vec<NearMiss>, Fault> {
        self.with_policies(asked, policy::near_misses)
    }

    /// What keeps statements that were meant to allow it from ever doing so.
    pub fn remarks(&self, asked: &Asked<'_>) -> Result<Vec<Remark>, Fault> {
        self.with_policies(asked, |request, policies| policy::remarks(request, policies, &actions::Aws))
    }

    fn with_policies<R>(
        &self,
        asked: &Asked<'_>,
        ask: impl FnOnce(&Request<'_>, &Policies<'_>) -> R,
    ) -> Result<R, Fault> {
        let grants = self.grants(asked.principal)?;
        let access = asked.access;
        let mut told = Context::default();
        for (key, values) in access.known_context() {
            told.set(key, values.iter().cloned());
        }
        // What the call says stands over the role's tags: a session's tags replace them.
        let request = Request::new(asked.principal, &access.action, &access.resource)
            .with_context(told)
            .standing_on([asked.context, &grants.tags])
            .owned_as_its_arn_says();
        let session = match asked.session_policies {
            [] => Vec::new(),
            texts => session_policies(&self.read(), asked.principal, texts)?,
        };
        let resource = access.resource_policy.clone().map(|d| Policy::new("resource policy", d));
        let trust = OF_TRUST.contains(&access.action.as_str());
        let policies = Policies {
            identity: &grants.identity,
            resource: resource.as_ref(),
            resource_rule: if trust { ResourceRule::Trust } else { ResourceRule::Either },
            boundary: grants.boundary.as_ref(),
            session: &session,
            service_control: &[],
            endpoint: asked.endpoint_policy,
        };
        Ok(ask(&request, &policies))
    }
}

/// How often the tables were written that grants come from.
fn edits(state: &Snapshot) -> u64 {
    [User::NAME, Group::NAME, Role::NAME, ManagedPolicy::NAME].iter().map(|table| state.edits(table)).sum()
}

fn keep(kept: &RwLock<Kept>, edits: u64, id: &str, grants: &Arc<Grants>) {
    let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
    // An older state than the one kept is not worth keeping.
    if kept.edits > edits {
        return;
    }
    if kept.edits < edits || kept.grants.len() >= KEPT {
        kept.grants.clear();
        kept.edits = edits;
    }
    kept.grants.insert(id.to_owned(), grants.clone());
}

/// A principal that is no more may do nothing.
fn grants_of(state: &Snapshot, principal: &Principal) -> Result<Grants, Fault> {
    match principal {
        Principal::User { account, name, id, .. } => {
            let user = state.get::<User>(&key(account.as_str(), name))?.filter(|u| u.id == *id);
            let Some(user) = user else { return Ok(Grants::default()) };
            let mut grants = grants(state, account, &user.permissions, user.tags.iter())?;
            for group in state::groups_of(state, &user)? {
                grants.identity.extend(identity(state, account, &group.permissions)?);
            }
            Ok(grants)
        }
        Principal::RoleSession { account, role_arn, role_id, .. } => {
            let role = state::role_by_arn(state, role_arn)?.filter(|r| r.id == *role_id);
            let Some(role) = role else { return Ok(Grants::default()) };
            grants(state, account, &role.permissions, role.tags.iter())
        }
        _ => Ok(Grants::default()),
    }
}

fn grants<'a>(
    state: &Snapshot,
    account: &AccountId,
    permissions: &Permissions,
    tags: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Grants, Fault> {
    let boundary = match &permissions.boundary {
        Some(arn) => Some(managed(state, account, arn)?.map_or_else(deny_all, Ok)?),
        None => None,
    };
    let mut context = Context::default();
    for (key, value) in tags {
        context.set(&format!("aws:PrincipalTag/{key}"), [value]);
    }
    Ok(Grants { identity: identity(state, account, permissions)?, boundary, tags: context })
}

/// Inline policies, then attached ones.
pub(crate) fn identity(
    state: &Snapshot,
    account: &AccountId,
    permissions: &Permissions,
) -> Result<Vec<Policy>, Fault> {
    let mut identity: Vec<Policy> =
        permissions.inline.iter().map(|(name, document)| Policy::new(name, document.clone())).collect();
    for arn in &permissions.attached {
        identity.extend(managed(state, account, arn)?);
    }
    Ok(identity)
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
