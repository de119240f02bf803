//! What a stored row is.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A row type. Its rows live under [`Table::NAME`], ordered by [`Table::key`].
pub trait Table: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Unique among all tables, for ever: it is on users' disks.
    const NAME: &'static str;

    /// Scoped resources begin with `base::Scope::key`, so that a scan by prefix stays in a scope.
    fn key(&self) -> String;
}
