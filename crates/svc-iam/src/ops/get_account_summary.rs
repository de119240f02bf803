//! Counts what the account has, beside its quotas.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>

use crate::api;
use crate::model::{Group, InstanceProfile, ManagedPolicy, OpenIdConnectProvider, Role, User};
use crate::quota;
use crate::state::{self, Iam};
use base::AccountId;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;
use store::{Fault, Snapshot};

impl Handler<Iam> for api::GetAccountSummary {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:GetAccountSummary", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (state, account) = (iam.read(), &call.scope.account);
        let counts = counts(&state, account)?.into_iter().chain(QUOTAS).chain(NONE.map(|name| (name, 0)));
        let number =
            |(name, count): (&str, usize)| (name.to_owned(), i32::try_from(count).unwrap_or(i32::MAX));
        let summary: BTreeMap<String, i32> = counts.map(number).collect();
        Ok(api::GetAccountSummaryResponse { summary_map: Some(summary) })
    }
}

const QUOTAS: [(&str, usize); 19] = [
    ("UsersQuota", quota::USERS_PER_ACCOUNT),
    ("GroupsQuota", quota::GROUPS_PER_ACCOUNT),
    ("RolesQuota", quota::ROLES_PER_ACCOUNT),
    ("PoliciesQuota", quota::POLICIES_PER_ACCOUNT),
    ("InstanceProfilesQuota", quota::INSTANCE_PROFILES_PER_ACCOUNT),
    ("GroupsPerUserQuota", quota::GROUPS_PER_USER),
    ("AccessKeysPerUserQuota", quota::ACCESS_KEYS_PER_USER),
    ("AttachedPoliciesPerUserQuota", quota::ATTACHED_POLICIES),
    ("AttachedPoliciesPerGroupQuota", quota::ATTACHED_POLICIES),
    ("AttachedPoliciesPerRoleQuota", quota::ATTACHED_POLICIES),
    ("VersionsPerPolicyQuota", quota::VERSIONS_PER_POLICY),
    ("PolicyVersionsInUseQuota", 10_000),
    ("PolicySizeQuota", quota::MANAGED_POLICY),
    ("UserPolicySizeQuota", quota::INLINE_OF_USER),
    ("GroupPolicySizeQuota", quota::INLINE_OF_GROUP),
    ("RolePolicySizeQuota", quota::INLINE_OF_ROLE),
    ("AssumeRolePolicySizeQuota", quota::TRUST_POLICY),
    ("ServerCertificatesQuota", 20),
    ("SigningCertificatesPerUserQuota", 2),
];

/// What moat has not: there is none of it.
const NONE: [&str; 7] = [
    "ServerCertificates",
    "MFADevices",
    "MFADevicesInUse",
    "AccountMFAEnabled",
    "AccountAccessKeysPresent",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
];

fn counts(state: &Snapshot, account: &AccountId) -> Result<[(&'static str, usize); 8], Fault> {
    let usages = state::usages(state, account)?;
    let in_use: i32 = usages.values().map(|usage| usage.attached).sum();
    Ok([
        ("Users", state::all::<User>(state, account)?.len()),
        ("Groups", state::all::<Group>(state, account)?.len()),
        ("Roles", state::all::<Role>(state, account)?.len()),
        ("Policies", state::all::<ManagedPolicy>(state, account)?.len()),
        ("InstanceProfiles", state::all::<InstanceProfile>(state, account)?.len()),
        ("Providers", state::all::<OpenIdConnectProvider>(state, account)?.len()),
        ("PolicyVersionsInUse", usize::try_from(in_use).unwrap_or_default()),
        // Tokens of the global endpoint are valid in all regions that need no opting in.
        ("GlobalEndpointTokenVersion", 1),
    ])
}
