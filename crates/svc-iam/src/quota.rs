//! AWS's quotas for IAM, by default values where AWS lets them be raised.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

pub(crate) const USERS_PER_ACCOUNT: usize = 5000;
pub(crate) const GROUPS_PER_ACCOUNT: usize = 300;
pub(crate) const GROUPS_PER_USER: usize = 10;
pub(crate) const ROLES_PER_ACCOUNT: usize = 1000;
pub(crate) const POLICIES_PER_ACCOUNT: usize = 1500;
pub(crate) const INSTANCE_PROFILES_PER_ACCOUNT: usize = 1000;
pub(crate) const ACCESS_KEYS_PER_USER: usize = 2;
pub(crate) const ATTACHED_POLICIES: usize = 10;
pub(crate) const VERSIONS_PER_POLICY: usize = 5;
pub(crate) const OPEN_ID_CONNECT_PROVIDERS: usize = 100;
pub(crate) const CLIENT_IDS_PER_PROVIDER: usize = 100;
pub(crate) const THUMBPRINTS_PER_PROVIDER: usize = 5;
pub(crate) const TAGS: usize = 50;
/// Characters without white space, over all inline policies of a user.
pub(crate) const INLINE_OF_USER: usize = 2048;
/// The same for a group.
pub(crate) const INLINE_OF_GROUP: usize = 5120;
/// The same for a role.
pub(crate) const INLINE_OF_ROLE: usize = 10_240;
/// Characters of a managed policy without white space.
pub(crate) const MANAGED_POLICY: usize = 6144;
/// Characters of a trust policy without white space.
pub(crate) const TRUST_POLICY: usize = 2048;
/// Items of a page when the caller names no number.
pub(crate) const PAGE: usize = 100;
