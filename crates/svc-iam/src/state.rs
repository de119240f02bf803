//! IAM's tables, looked up and changed.

use crate::api;
use crate::cipher::Cipher;
use crate::decide::Kept;
use crate::error::{no_such, no_such_entity, protected_role};
use crate::managed;
use crate::model::{
    AccessJob, AccessKey, AccountSettings, Group, InstanceProfile, ManagedPolicy, OpenIdConnectProvider,
    Role, Usage, User, key,
};
use base::{AccountId, Ids};
use service::{Call, ServiceError};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use store::{Snapshot, Store, Table};

pub struct Iam {
    pub(crate) store: Store,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) cipher: Arc<dyn Cipher>,
    pub(crate) kept: RwLock<Kept>,
}

impl Iam {
    pub fn new(store: Store, ids: Arc<dyn Ids>, cipher: Arc<dyn Cipher>) -> Self {
        Self { store, ids, cipher, kept: RwLock::default() }
    }

    pub(crate) fn read(&self) -> Snapshot {
        self.store.read()
    }

    /// The role with this ARN, as any service may ask.
    pub fn role_by_arn(&self, arn: &str) -> Result<Option<Arc<Role>>, store::Fault> {
        role_by_arn(&self.read(), arn)
    }

    /// An instance profile by its name or ARN: its ARN, its id, and its role's ARN.
    pub fn instance_profile(
        &self,
        account: &AccountId,
        name_or_arn: &str,
    ) -> Result<Option<(String, String, Option<String>)>, store::Fault> {
        let state = self.read();
        let mut profiles = all::<InstanceProfile>(&state, account)?.into_iter();
        let Some(found) = profiles.find(|p| p.name == name_or_arn || p.arn() == name_or_arn) else {
            return Ok(None);
        };
        let role = all::<Role>(&state, account)?.into_iter().find(|r| Some(&r.name) == found.role.as_ref());
        Ok(Some((found.arn(), found.id.clone(), role.map(|role| role.arn()))))
    }

    /// The version in force of a managed policy that the account may use.
    pub fn managed_policy(
        &self,
        account: &AccountId,
        arn: &str,
    ) -> Result<Option<Arc<policy::Document>>, store::Fault> {
        Ok(policy(&self.read(), account, arn)?.and_then(|p| p.default_document().cloned()))
    }

    /// Changes one role in a transaction.
    pub(crate) async fn edit_role<R>(
        &self,
        call: &Call,
        name: &str,
        change: impl FnOnce(&mut Role, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        let edit = |role: &mut Role, state: &Snapshot| {
            if role.linked_service.is_some() {
                return Err(protected_role(name));
            }
            change(role, state)
        };
        self.edit(|state| role(state, &call.scope.account, name), edit).await
    }

    pub(crate) async fn edit_user<R>(
        &self,
        call: &Call,
        name: &str,
        change: impl FnOnce(&mut User, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.edit(|state| user(state, &call.scope.account, name), change).await
    }

    pub(crate) async fn edit_group<R>(
        &self,
        call: &Call,
        name: &str,
        change: impl FnOnce(&mut Group, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.edit(|state| group(state, &call.scope.account, name), change).await
    }

    pub(crate) async fn edit_policy<R>(
        &self,
        call: &Call,
        arn: &str,
        change: impl FnOnce(&mut ManagedPolicy, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.edit(|state| own_policy(state, &call.scope.account, arn), change).await
    }

    pub(crate) async fn edit_profile<R>(
        &self,
        call: &Call,
        name: &str,
        change: impl FnOnce(&mut InstanceProfile, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.edit(|state| profile(state, &call.scope.account, name), change).await
    }

    pub(crate) async fn edit_provider<R>(
        &self,
        call: &Call,
        arn: &str,
        change: impl FnOnce(&mut OpenIdConnectProvider) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        let change = |row: &mut OpenIdConnectProvider, _: &Snapshot| change(row);
        self.edit(|state| provider(state, &call.scope.account, arn), change).await
    }

    pub(crate) async fn edit_settings<R>(
        &self,
        account: &AccountId,
        change: impl FnOnce(&mut AccountSettings, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.edit(|state| Ok(Arc::new(settings(state, account)?)), change).await
    }

    /// The issuer that the account trusts, by host and path of its URL.
    pub fn open_id_connect_provider(
        &self,
        account: &AccountId,
        url: &str,
    ) -> Result<Option<Arc<OpenIdConnectProvider>>, store::Fault> {
        self.read().get(&OpenIdConnectProvider::key_of(account.as_str(), url))
    }

    async fn edit<T: Table + Clone, R>(
        &self,
        find: impl FnOnce(&Snapshot) -> Result<Arc<T>, ServiceError>,
        change: impl FnOnce(&mut T, &Snapshot) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.store
            .write(|tx| {
                let state = tx.snapshot();
                let mut row = T::clone(&*find(&state)?);
                let result = change(&mut row, &state)?;
                tx.put(&row)?;
                Ok(result)
            })
            .await
    }
}

/// Finds by name exactly, though no second name may differ by case only.
fn named<T: Table>(
    state: &Snapshot,
    account: &AccountId,
    name: &str,
    name_of: impl Fn(&T) -> &str,
) -> Result<Option<Arc<T>>, store::Fault> {
    Ok(state.get::<T>(&key(account.as_str(), name))?.filter(|row| name_of(row) == name))
}

pub(crate) fn role(state: &Snapshot, account: &AccountId, name: &str) -> Result<Arc<Role>, ServiceError> {
    named(state, account, name, |r: &Role| &r.name)?.ok_or_else(|| no_such("role", name))
}

pub(crate) fn user(state: &Snapshot, account: &AccountId, name: &str) -> Result<Arc<User>, ServiceError> {
    named(state, account, name, |u: &User| &u.name)?.ok_or_else(|| no_such("user", name))
}

pub(crate) fn group(state: &Snapshot, account: &AccountId, name: &str) -> Result<Arc<Group>, ServiceError> {
    named(state, account, name, |g: &Group| &g.name)?.ok_or_else(|| no_such("group", name))
}

/// The users of a group, by name.
pub(crate) fn members(state: &Snapshot, group: &Group) -> Result<Vec<Arc<User>>, store::Fault> {
    let name = group.name.to_lowercase();
    Ok(all::<User>(state, &group.account)?.into_iter().filter(|user| user.groups.contains(&name)).collect())
}

/// The groups of a user, by name.
pub(crate) fn groups_of(state: &Snapshot, user: &User) -> Result<Vec<Arc<Group>>, store::Fault> {
    let group = |name: &String| state.get::<Group>(&key(user.account.as_str(), name));
    user.groups.iter().filter_map(|name| group(name).transpose()).collect()
}

pub(crate) fn profile(
    state: &Snapshot,
    account: &AccountId,
    name: &str,
) -> Result<Arc<InstanceProfile>, ServiceError> {
    named(state, account, name, |p: &InstanceProfile| &p.name)?
        .ok_or_else(|| no_such_entity(format!("Instance Profile {name} cannot be found.")))
}

/// A managed policy by its ARN: the account's own, or AWS's.
pub(crate) fn policy(
    state: &Snapshot,
    account: &AccountId,
    arn: &str,
) -> Result<Option<Arc<ManagedPolicy>>, store::Fault> {
    if let Some(builtin) = managed::find(arn) {
        return Ok(Some(builtin));
    }
    let Some(name) = arn.rsplit('/').next() else { return Ok(None) };
    Ok(state.get::<ManagedPolicy>(&key(account.as_str(), name))?.filter(|p| p.arn() == arn))
}

pub(crate) fn known_policy(
    state: &Snapshot,
    account: &AccountId,
    arn: &str,
) -> Result<Arc<ManagedPolicy>, ServiceError> {
    policy(state, account, arn)?.ok_or_else(|| no_such_entity(format!("Policy {arn} was not found.")))
}

pub(crate) fn attachable_policy(
    state: &Snapshot,
    account: &AccountId,
    arn: &str,
) -> Result<Arc<ManagedPolicy>, ServiceError> {
    if arn.parse::<base::Arn>().is_err() {
        return Err(crate::error::validation("Invalid ARN:  Could not be parsed!"));
    }
    policy(state, account, arn)?
        .ok_or_else(|| no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}

/// A policy that the account may change.
pub(crate) fn own_policy(
    state: &Snapshot,
    account: &AccountId,
    arn: &str,
) -> Result<Arc<ManagedPolicy>, ServiceError> {
    let policy = known_policy(state, account, arn)?;
    if policy.owner == "aws" {
        return Err(ServiceError::access_denied("Cannot perform the operation on an AWS managed policy."));
    }
    Ok(policy)
}

pub(crate) fn access_key(
    state: &Snapshot,
    account: &AccountId,
    user: &str,
    id: &str,
) -> Result<Arc<AccessKey>, ServiceError> {
    state
        .get::<AccessKey>(id)?
        .filter(|key| key.account == *account && key.user == user)
        .ok_or_else(|| no_such_entity(format!("The Access Key with id {id} cannot be found.")))
}

pub(crate) fn role_by_arn(state: &Snapshot, arn: &str) -> Result<Option<Arc<Role>>, store::Fault> {
    let Ok(parsed) = arn.parse::<base::Arn>() else { return Ok(None) };
    let Some(name) = parsed.resource.strip_prefix("role/").and_then(|r| r.rsplit('/').next()) else {
        return Ok(None);
    };
    Ok(state.get::<Role>(&key(&parsed.account, name))?.filter(|role| role.arn() == arn))
}

pub(crate) fn provider(
    state: &Snapshot,
    account: &AccountId,
    arn: &str,
) -> Result<Arc<OpenIdConnectProvider>, ServiceError> {
    let url = arn.split_once(":oidc-provider/").map_or("", |(_, url)| url);
    let found = state.get::<OpenIdConnectProvider>(&OpenIdConnectProvider::key_of(account.as_str(), url))?;
    found
        .filter(|provider| provider.arn() == arn)
        .ok_or_else(|| no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}")))
}

pub(crate) fn job(state: &Snapshot, account: &AccountId, id: &str) -> Result<Arc<AccessJob>, ServiceError> {
    state
        .get::<AccessJob>(&AccessJob::key_of(account, id))?
        .ok_or_else(|| no_such_entity(format!("Job with id {id} cannot be found.")))
}

/// What the account as a whole has; nothing until it is given something.
pub(crate) fn settings(state: &Snapshot, account: &AccountId) -> Result<AccountSettings, store::Fault> {
    let found = state.get::<AccountSettings>(account.as_str())?;
    Ok(found.map_or_else(
        || AccountSettings { account: account.clone(), alias: None, password_policy: None },
        |settings| AccountSettings::clone(&settings),
    ))
}

/// A profile with its role, which is there as long as the profile names it.
pub(crate) fn describe_profile(
    state: &Snapshot,
    profile: &InstanceProfile,
) -> Result<api::InstanceProfile, ServiceError> {
    let role = match &profile.role {
        Some(name) => Some(role(state, &profile.account, name)?),
        None => None,
    };
    Ok(profile.describe(role.as_deref()))
}

/// Every row of an account.
pub(crate) fn all<T: Table>(state: &Snapshot, account: &AccountId) -> Result<Vec<Arc<T>>, store::Fault> {
    state.scan::<T>(&key(account.as_str(), ""))
}

/// How many of the account's users, groups and roles use each policy, by ARN, in one pass.
pub(crate) fn usages(state: &Snapshot, account: &AccountId) -> Result<BTreeMap<String, Usage>, store::Fault> {
    let (users, groups) = (all::<User>(state, account)?, all::<Group>(state, account)?);
    let roles = all::<Role>(state, account)?;
    let of_users = users.iter().map(|u| &u.permissions).chain(groups.iter().map(|g| &g.permissions));
    let mut usages: BTreeMap<String, Usage> = BTreeMap::new();
    for permissions in of_users.chain(roles.iter().map(|r| &r.permissions)) {
        for arn in &permissions.attached {
            usages.entry(arn.clone()).or_default().attached += 1;
        }
        if let Some(arn) = &permissions.boundary {
            usages.entry(arn.clone()).or_default().boundary += 1;
        }
    }
    Ok(usages)
}

/// The same of one policy.
pub(crate) fn usage(state: &Snapshot, account: &AccountId, arn: &str) -> Result<Usage, store::Fault> {
    Ok(usages(state, account)?.remove(arn).unwrap_or_default())
}

/// The user that an operation without `UserName` is about: the caller.
pub(crate) fn user_or_caller(call: &Call, name: &Option<String>) -> Result<String, ServiceError> {
    match (name, &call.caller.principal) {
        (Some(name), _) => Ok(name.clone()),
        (None, policy::Principal::User { name, .. }) => Ok(name.clone()),
        (None, _) => {
            Err(crate::error::validation("Must specify userName when calling with non-User credentials"))
        }
    }
}
