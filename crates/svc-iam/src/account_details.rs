//! Everything of an account's IAM at once.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use crate::api;
use crate::encode::percent;
use crate::managed;
use crate::model::{Group, InstanceProfile, ManagedPolicy, Permissions, Role, Usage, User};
use crate::state;
use base::AccountId;
use service::ServiceError;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Fault, Snapshot};

pub(crate) enum Detail {
    User(api::UserDetail),
    Group(api::GroupDetail),
    Role(api::RoleDetail),
    Policy(api::ManagedPolicyDetail),
}

impl Detail {
    /// By kind, then by ARN: what the pages are sorted by.
    pub(crate) fn key(&self) -> String {
        let (kind, arn) = match self {
            Self::User(user) => (0, &user.arn),
            Self::Group(group) => (1, &group.arn),
            Self::Role(role) => (2, &role.arn),
            Self::Policy(policy) => (3, &policy.arn),
        };
        format!("{kind}{}", arn.as_deref().unwrap_or_default())
    }
}

/// The kinds that the filter names; without a filter, all. Of AWS's own policies those that
/// somebody uses.
pub(crate) fn all(
    state: &Snapshot,
    account: &AccountId,
    filter: Option<&[String]>,
) -> Result<Vec<Detail>, ServiceError> {
    let wants = |kind: &str| filter.is_none_or(|f| f.is_empty() || f.iter().any(|wanted| wanted == kind));
    let mut all = Vec::new();
    if wants("User") {
        for user in state::all::<User>(state, account)? {
            all.push(Detail::User(describe_user(state, &user)?));
        }
    }
    if wants("Group") {
        for group in state::all::<Group>(state, account)? {
            all.push(Detail::Group(describe_group(state, &group)?));
        }
    }
    if wants("Role") {
        for role in state::all::<Role>(state, account)? {
            all.push(Detail::Role(describe_role(state, &role)?));
        }
    }
    let usages = state::usages(state, account)?;
    let used = |policy: &Arc<ManagedPolicy>| usages.get(&policy.arn()).copied().unwrap_or_default();
    if wants("LocalManagedPolicy") {
        let own = state::all::<ManagedPolicy>(state, account)?;
        all.extend(own.iter().map(|policy| Detail::Policy(describe_policy(policy, used(policy)))));
    }
    if wants("AWSManagedPolicy") {
        let aws = managed::all().filter(|policy| used(policy) != Usage::default());
        all.extend(aws.map(|policy| Detail::Policy(describe_policy(&policy, used(&policy)))));
    }
    all.sort_by_key(Detail::key);
    Ok(all)
}

fn inline(permissions: &Permissions) -> Vec<api::PolicyDetail> {
    let detail = |(name, document): (&String, &Arc<policy::Document>)| api::PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(percent(document.text())),
    };
    permissions.inline.iter().map(detail).collect()
}

fn attached(
    state: &Snapshot,
    account: &AccountId,
    permissions: &Permissions,
) -> Result<Vec<api::AttachedPolicy>, Fault> {
    let mut all = Vec::new();
    for arn in &permissions.attached {
        if let Some(policy) = state::policy(state, account, arn)? {
            all.push(api::AttachedPolicy {
                policy_name: Some(policy.name.clone()),
                policy_arn: Some(arn.clone()),
            });
        }
    }
    Ok(all)
}

fn describe_user(state: &Snapshot, user: &User) -> Result<api::UserDetail, Fault> {
    let groups = state::groups_of(state, user)?;
    Ok(api::UserDetail {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.clone()),
        arn: Some(user.arn()),
        create_date: Some(user.created),
        user_policy_list: Some(inline(&user.permissions)),
        group_list: Some(groups.iter().map(|group| group.name.clone()).collect()),
        attached_managed_policies: Some(attached(state, &user.account, &user.permissions)?),
        permissions_boundary: user.permissions.describe_boundary(),
        tags: Some(user.tags.describe()),
    })
}

fn describe_group(state: &Snapshot, group: &Group) -> Result<api::GroupDetail, Fault> {
    Ok(api::GroupDetail {
        path: Some(group.path.clone()),
        group_name: Some(group.name.clone()),
        group_id: Some(group.id.clone()),
        arn: Some(group.arn()),
        create_date: Some(group.created),
        group_policy_list: Some(inline(&group.permissions)),
        attached_managed_policies: Some(attached(state, &group.account, &group.permissions)?),
    })
}

fn describe_role(state: &Snapshot, role: &Role) -> Result<api::RoleDetail, ServiceError> {
    let profiles = state::all::<InstanceProfile>(state, &role.account)?;
    let own = profiles.iter().filter(|profile| profile.role.as_deref() == Some(role.name.as_str()));
    let whole = role.describe();
    Ok(api::RoleDetail {
        path: whole.path,
        role_name: whole.role_name,
        role_id: whole.role_id,
        arn: whole.arn,
        create_date: whole.create_date,
        assume_role_policy_document: whole.assume_role_policy_document,
        instance_profile_list: Some(own.map(|profile| profile.describe(Some(role))).collect()),
        role_policy_list: Some(inline(&role.permissions)),
        attached_managed_policies: Some(attached(state, &role.account, &role.permissions)?),
        permissions_boundary: whole.permissions_boundary,
        tags: Some(role.tags.describe()),
        role_last_used: whole.role_last_used,
    })
}

fn describe_policy(policy: &ManagedPolicy, usage: Usage) -> api::ManagedPolicyDetail {
    let whole = policy.describe(usage);
    let versions: BTreeMap<_, _> = policy.versions.iter().map(|v| (v.number, v)).collect();
    let newest_first = versions.values().rev().map(|version| policy.describe_version_whole(version));
    api::ManagedPolicyDetail {
        policy_name: whole.policy_name,
        policy_id: whole.policy_id,
        arn: whole.arn,
        path: whole.path,
        default_version_id: whole.default_version_id,
        attachment_count: whole.attachment_count,
        permissions_boundary_usage_count: whole.permissions_boundary_usage_count,
        is_attachable: whole.is_attachable,
        description: whole.description,
        create_date: whole.create_date,
        update_date: whole.update_date,
        policy_version_list: Some(newest_first.collect()),
    }
}
