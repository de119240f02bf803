//! The users, groups and roles whose policies somebody asks about, by ARN.

use crate::error::invalid_input;
use crate::model::{Group, ManagedPolicy, Permissions, Role, Tags, User};
use crate::state;
use base::{AccountId, Arn};
use policy::{Document, Policy, Principal};
use service::ServiceError;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// What simulated sessions of a role are called.
const SESSION: &str = "simulation";

pub(crate) enum Source {
    User(Arc<User>),
    Group(Arc<Group>),
    Role(Arc<Role>),
}

/// A policy with where it comes from.
pub(crate) struct Sourced {
    pub(crate) document: Arc<Document>,
    pub(crate) name: String,
    /// None for an inline policy.
    pub(crate) managed: Option<Arc<ManagedPolicy>>,
    /// `user`, `group` or `role`, and its name.
    pub(crate) owner: (&'static str, String),
}

impl Sourced {
    /// As the simulator names it.
    pub(crate) fn id(&self) -> String {
        let (kind, owner) = &self.owner;
        match self.managed {
            Some(_) => self.name.clone(),
            None => format!("{kind}_{owner}_{}", self.name),
        }
    }
}

impl Source {
    pub(crate) fn find(state: &Snapshot, account: &AccountId, arn: &str) -> Result<Self, ServiceError> {
        let unclear = || {
            invalid_input(format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."))
        };
        let parsed: Arn = arn.parse().map_err(|_| unclear())?;
        let (kind, rest) = parsed.resource.split_once('/').ok_or_else(unclear)?;
        let name = rest.rsplit('/').next().unwrap_or(rest);
        if parsed.service != "iam" || parsed.account != account.as_str() {
            return Err(unclear());
        }
        match kind {
            "user" => state::user(state, account, name).map(Self::User),
            "group" => state::group(state, account, name).map(Self::Group),
            "role" => state::role(state, account, name).map(Self::Role),
            _ => Err(unclear()),
        }
    }

    /// Who would call; a group calls nobody.
    pub(crate) fn principal(&self) -> Option<Principal> {
        match self {
            Self::User(user) => Some(user.principal()),
            Self::Role(role) => Some(Principal::RoleSession {
                account: role.account.clone(),
                role_arn: role.arn(),
                role_id: role.id.clone(),
                session_name: SESSION.to_owned(),
            }),
            Self::Group(_) => None,
        }
    }

    pub(crate) fn tags(&self) -> Option<&Tags> {
        match self {
            Self::User(user) => Some(&user.tags),
            Self::Role(role) => Some(&role.tags),
            Self::Group(_) => None,
        }
    }

    /// Its own policies, then those of its groups.
    pub(crate) fn policies(&self, state: &Snapshot) -> Result<Vec<Sourced>, Fault> {
        match self {
            Self::User(user) => {
                let mut all = sourced(state, &user.account, ("user", &user.name), &user.permissions)?;
                for group in state::groups_of(state, user)? {
                    all.extend(sourced(state, &group.account, ("group", &group.name), &group.permissions)?);
                }
                Ok(all)
            }
            Self::Group(group) => sourced(state, &group.account, ("group", &group.name), &group.permissions),
            Self::Role(role) => sourced(state, &role.account, ("role", &role.name), &role.permissions),
        }
    }

    pub(crate) fn boundary(&self, state: &Snapshot) -> Result<Option<Policy>, Fault> {
        let (account, permissions) = match self {
            Self::User(user) => (&user.account, &user.permissions),
            Self::Group(group) => (&group.account, &group.permissions),
            Self::Role(role) => (&role.account, &role.permissions),
        };
        let Some(arn) = &permissions.boundary else { return Ok(None) };
        let found = state::policy(state, account, arn)?;
        Ok(found.and_then(|p| Some(Policy::new(&p.name, p.default_document()?.clone()).with_arn(arn))))
    }
}

fn sourced(
    state: &Snapshot,
    account: &AccountId,
    (kind, owner): (&'static str, &str),
    permissions: &Permissions,
) -> Result<Vec<Sourced>, Fault> {
    let inline = permissions.inline.iter().map(|(name, document)| Sourced {
        document: document.clone(),
        name: name.clone(),
        managed: None,
        owner: (kind, owner.to_owned()),
    });
    let mut all: Vec<Sourced> = inline.collect();
    for arn in &permissions.attached {
        let Some(policy) = state::policy(state, account, arn)? else { continue };
        let Some(document) = policy.default_document().cloned() else { continue };
        let (name, owner) = (policy.name.clone(), (kind, owner.to_owned()));
        all.push(Sourced { document, name, managed: Some(policy), owner });
    }
    Ok(all)
}
