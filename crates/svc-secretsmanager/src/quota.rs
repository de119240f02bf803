//! AWS's quotas.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>

/// Secrets per region.
pub(crate) const SECRETS: usize = 500_000;
/// Versions of one secret that are kept; older ones without a label are removed.
pub(crate) const VERSIONS: usize = 100;
/// Labels attached across all versions of one secret.
pub(crate) const STAGES: usize = 20;
/// Bytes of one value.
pub(crate) const VALUE_BYTES: usize = 65_536;
/// Tags of one secret.
pub(crate) const TAGS: usize = 50;
/// Days that a deleted secret can be brought back.
pub(crate) const RECOVERY_DAYS: std::ops::RangeInclusive<i64> = 7..=30;
pub(crate) const DEFAULT_RECOVERY_DAYS: i64 = 30;
/// Entries of one page, when the caller names no number.
pub(crate) const PAGE: usize = 100;
