//! When keys and roles were used last.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>

use crate::model::{AccessKey, LastUse, Role, RoleUse};
use crate::state::{self, Iam};
use base::Timestamp;
use store::Fault;

/// AWS updates the last use "typically within four hours"; a write per call would be a waste.
const PRECISION_MS: i64 = 15 * 60 * 1000;

pub(crate) fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now.0 - last.0 >= PRECISION_MS)
}

impl Iam {
    /// Remembers that an access key was used. Writes when the stored use is old, or is none.
    pub async fn note_key_use(
        &self,
        access_key_id: &str,
        service: &str,
        region: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let due = |key: &AccessKey| is_due(key.last_use.as_ref().map(|last| last.at), now);
        if !self.read().get::<AccessKey>(access_key_id)?.is_some_and(|key| due(&key)) {
            return Ok(());
        }
        let last = LastUse { at: now, service: service.to_owned(), region: region.to_owned() };
        self.store
            .write(|tx| {
                if let Some(stored) = tx.get::<AccessKey>(access_key_id)? {
                    tx.put(&AccessKey { last_use: Some(last), ..AccessKey::clone(&stored) })?;
                }
                Ok(())
            })
            .await
    }

    /// Remembers that a role was assumed, likewise.
    pub async fn note_role_use(&self, role_arn: &str, region: &str, now: Timestamp) -> Result<(), Fault> {
        let due = |role: &Role| is_due(role.last_used.as_ref().map(|last| last.at), now);
        if !state::role_by_arn(&self.read(), role_arn)?.is_some_and(|role| due(&role)) {
            return Ok(());
        }
        let last_used = Some(RoleUse { at: now, region: region.to_owned() });
        self.store
            .write(|tx| {
                if let Some(stored) = state::role_by_arn(&tx.snapshot(), role_arn)? {
                    tx.put(&Role { last_used, ..Role::clone(&stored) })?;
                }
                Ok(())
            })
            .await
    }
}
